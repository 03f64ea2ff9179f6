import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** Where a server listens for other servers. */
export interface Place {
  ip: string;
  port: number;
}

const SRV = 33;
/** Response, recursion desired and available; the lowest bits are the result. */
const ANSWER = 0x8180;
const NO_SUCH_NAME = 3;

/**
 * A name server for the servers of one test (RFC 1035, RFC 2782): it says where each domain's server listens, and that
 * there is nothing else. Erlang asks libc for addresses, but of an SRV record's target that is an address libc makes
 * one by itself, so that neither /etc/hosts nor port 5269 is needed.
 */
export class NameServer {
  /** Servers by domain; what is not here does not exist. */
  readonly places = new Map<string, Place>();
  readonly #socket: Socket = createSocket('udp4');

  static async start(): Promise<NameServer> {
    const server = new NameServer();
    server.#socket.on('message', (query, from) => server.#answer(query, from));
    server.#socket.bind(0, '127.0.0.1');
    await once(server.#socket, 'listening');
    server.#socket.unref();
    return server;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  #answer(query: Buffer, { address, port }: RemoteInfo): void {
    const labels: string[] = [];
    let at = 12; // after the header
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
      labels.push(query.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
    const type = query.readUInt16BE(at + 1);
    const question = query.subarray(12, at + 5);
    const [service, , ...domain] = labels;
    const place = service === '_xmpp-server' && type === SRV ? this.places.get(domain.join('.')) : undefined;
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(place === undefined ? ANSWER | NO_SUCH_NAME : ANSWER, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(place === undefined ? 0 : 1, 6);
    const record = place === undefined ? Buffer.alloc(0) : recordOf(place);
    this.#socket.send(Buffer.concat([header, question, record]), port, address);
  }
}

/** An SRV record for the name of the question, not to be remembered (TTL 0). */
function recordOf({ ip, port }: Place): Buffer {
  const target = Buffer.concat([...ip.split('.').map(label), Buffer.from([0])]);
  const record = Buffer.alloc(18);
  record.writeUInt16BE(0xc00c, 0); // the name at offset 12
  record.writeUInt16BE(SRV, 2);
  record.writeUInt16BE(1, 4); // IN
  record.writeUInt16BE(6 + target.length, 10);
  record.writeUInt16BE(port, 16);
  return Buffer.concat([record, target]);
}

function label(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text, 'latin1')]);
}
