import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { SECRET } from './names.js';
import { Random } from './random.js';
import { noArchive, pingAnswer } from './stanzas.js';

const STREAM_ID = 'bench-stream';
const HANDSHAKE = createHash('sha1').update(`${STREAM_ID}${SECRET}`).digest('hex');
const MESSAGE_END = '</message>';
const IQ_END = '</iq>';
/** Stanzas go out in writes of about this size, as a busy server's socket would have them. */
const WRITE = 1 << 16;

/**
 * ejabberd's end of XEP-0114 with as little work of its own as can be: texts are written as they are, what comes is
 * searched and not parsed, so that the component is what is measured. Pings are answered at once.
 */
export class BenchServer {
  /** The sessions whose clients answer pings. */
  readonly there = new Set<string>();
  /** Message stanzas that came from the component. */
  messages = 0;
  pings = 0;
  /** Is called when message stanzas came, with their number. */
  onMessages: ((count: number) => void) | null = null;
  readonly #random = new Random(1);
  #socket: Socket | null = null;
  #rest = '';
  #online: (() => void) | null = null;
  readonly #server = createServer({ noDelay: true }, socket => this.#connected(socket));

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  /** Resolves when the next component's handshake was right. */
  online(): Promise<void> {
    return new Promise(resolve => {
      this.#online = resolve;
    });
  }

  /** Streams whole stanzas as fast as the socket takes them. */
  async stream(stanzas: readonly Buffer[]): Promise<void> {
    for (const bytes of stanzas) {
      if (this.#socket === null) throw new Error('the component is gone');
      if (!this.#socket.write(bytes)) await once(this.#socket, 'drain');
    }
  }

  send(text: string): void {
    this.#socket?.write(text);
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#socket?.destroy();
    await closed;
  }

  #connected(socket: Socket): void {
    this.#socket = socket;
    this.#rest = '';
    let isOnline = false;
    socket.setEncoding('latin1'); // only ASCII is looked for
    socket.on('error', () => socket.destroy()); // a component that is ended may reset the connection
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = null;
    });
    socket.on('data', (text: unknown) => {
      if (isOnline) {
        this.#read(text as string, socket);
        return;
      }
      this.#rest += text as string;
      isOnline = this.#handshake(socket);
    });
  }

  #handshake(socket: Socket): boolean {
    if (this.#rest.includes('<handshake')) {
      if (!this.#rest.includes(`>${HANDSHAKE}<`)) throw new Error('wrong handshake');
      this.#rest = '';
      socket.write('<handshake/>');
      this.#online?.();
      return true;
    }
    if (/<stream:stream [^>]*>/.test(this.#rest)) {
      this.#rest = '';
      socket.write(
        `<?xml version='1.0'?><stream:stream id='${STREAM_ID}' xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:component:accept'>`,
      );
    }
    return false;
  }

  #read(text: string, socket: Socket): void {
    const all = this.#rest + text;
    const end = Math.max(
      all.lastIndexOf(MESSAGE_END) + MESSAGE_END.length,
      all.lastIndexOf(IQ_END) + IQ_END.length,
    );
    const whole = all.slice(0, end < IQ_END.length ? 0 : end);
    this.#rest = all.slice(whole.length);
    let came = 0;
    for (let at = whole.indexOf(MESSAGE_END); at >= 0; at = whole.indexOf(MESSAGE_END, at + 1)) came++;
    this.messages += came;
    if (came > 0) this.onMessages?.(came);
    if (whole.includes('<iq ')) this.#answer(whole, socket);
    if (whole.includes('</stream:stream>') || this.#rest.includes('</stream:stream>')) {
      socket.end('</stream:stream>');
    }
  }

  #answer(text: string, socket: Socket): void {
    let answers = '';
    for (const [, to = '', type, id = ''] of text.matchAll(
      /<iq from='[^']*' to='([^']*)' type='([gs]et)' id='([^']*)'/g,
    )) {
      if (type === 'set') {
        answers += noArchive(to, id);
        continue;
      }
      this.pings++;
      answers += pingAnswer(to, id, this.there.has(to), this.#random);
    }
    if (answers !== '') socket.write(answers);
  }
}

/** Joins stanzas to the writes in which they go out. */
export function inWrites(stanzas: Iterable<string>): Buffer[] {
  const writes: Buffer[] = [];
  let text = '';
  for (const stanza of stanzas) {
    text += stanza;
    if (text.length < WRITE) continue;
    writes.push(Buffer.from(text));
    text = '';
  }
  if (text !== '') writes.push(Buffer.from(text));
  return writes;
}
