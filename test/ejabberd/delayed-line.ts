import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { freePort } from '../free-port.js';

/** A long way between clients and a server: all that goes over it, an end too, comes so much later. */
export class DelayedLine {
  /** Where clients connect to. */
  readonly port: number;
  readonly #target: { ip: string; c2sPort: number };
  readonly #delay: number;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer({ noDelay: true }, client => this.#accepted(client));

  private constructor(target: { ip: string; c2sPort: number }, delay: number, port: number) {
    this.#target = target;
    this.#delay = delay;
    this.port = port;
  }

  /** @param delay each way, in ms */
  static async open(target: { ip: string; c2sPort: number }, delay: number): Promise<DelayedLine> {
    const line = new DelayedLine(target, delay, await freePort(target.ip));
    line.#server.listen(line.port, target.ip);
    await once(line.#server, 'listening');
    return line;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #accepted(client: Socket): void {
    const server = connect({ host: this.#target.ip, port: this.#target.c2sPort, noDelay: true });
    this.#carry(client, server);
    this.#carry(server, client);
  }

  #carry(from: Socket, to: Socket): void {
    // timers of one length fire in the order in which they were set
    const later = (what: () => void) => setTimeout(what, this.#delay);
    this.#sockets.add(from);
    let isReset = false;
    from.on('data', bytes => later(() => to.writable && to.write(bytes)));
    from.on('end', () => later(() => to.end()));
    from.on('error', () => {
      isReset = true;
    });
    from.on('close', () => {
      this.#sockets.delete(from);
      later(() => (isReset ? to.resetAndDestroy() : to.destroy()));
    });
  }
}
