import { createHash, randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { type Element, xml } from '@xmpp/component';
import { StreamParser } from '../../src/xmpp/parser.js';
import { freePort } from '../free-port.js';
import { nextEvent, within } from '../wait.js';

const VERSION = 'jabber:iq:version';

interface FakeServerEvents {
  /** a TCP connection is there */
  connection: [];
  /** its handshake was right */
  online: [];
  /** a child of the stream came in, other than the handshake */
  element: [element: Element];
  /** the connection is gone */
  closed: [];
}

/** ejabberd's end of XEP-0114 on a loopback socket, for one component at a time; the fields set how it behaves. */
export class FakeServer extends EventEmitter<FakeServerEvents> {
  secret = 'secret';
  /** the stream error that answers the handshake, whatever the secret */
  refusal: string | null = null;
  /** answers nothing, but keeps the connection */
  silent = false;
  /** keeps and parses what comes after the handshake; a benchmark turns it off */
  recording = true;
  /** all that the present connection has sent */
  received = '';
  /** what it says that it is (XEP-0092), null: nothing */
  version: [name: string, version: string] | null = ['ejabberd', '23.01'];
  /** vhosts that it does not serve */
  readonly strangers = new Set<string>();
  connections = 0;
  /** the one it listens on, or did before stop() */
  port = 0;
  #domain = '';
  #socket: Socket | null = null;
  #unclaimed = 0;
  readonly #open = new Set<Socket>();
  readonly #server = createServer({ noDelay: true }, socket => this.#connected(socket));

  /** Listens on the loopback interface, on a free port unless one is given. */
  async start(port?: number, ip = '127.0.0.1'): Promise<void> {
    this.port = port ?? (await freePort());
    this.#server.listen(this.port, ip);
    await once(this.#server, 'listening');
  }

  /** Waits until a component is online that no earlier accept() has returned for. */
  async accept(): Promise<void> {
    if (this.#unclaimed === 0) await nextEvent(this, 'online');
    this.#unclaimed--;
  }

  /** Sends as it is. @returns resolves when the kernel has it */
  write(bytes: Uint8Array | string): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!this.#socket) reject(new Error('nobody is connected'));
      else this.#socket.write(bytes, error => (error ? reject(error) : resolve()));
    });
  }

  /** Waits for an element that the component sends; the ones before it are passed over. */
  element(matches: (element: Element) => boolean = () => true): Promise<Element> {
    const awaited = new Promise<Element>(resolve => {
      // a listener, not once(): several elements can come in one turn of the event loop
      const look = (element: Element) => {
        if (!matches(element)) return;
        this.off('element', look);
        resolve(element);
      };
      this.on('element', look);
    });
    return within(`the component sends an element such that ${matches}`, awaited);
  }

  /** Ends the stream with an error, as ejabberd does. */
  streamError(condition: string, text = ''): void {
    const ns = 'urn:ietf:params:xml:ns:xmpp-streams';
    const words = text && `<text xml:lang='en' xmlns='${ns}'>${xml.escapeXMLText(text)}</text>`;
    this.#socket?.end(`<stream:error><${condition} xmlns='${ns}'/>${words}</stream:error></stream:stream>`);
  }

  /** Closes the connection without a word, as ejabberd does when it is stopped. */
  closeConnection(): void {
    this.#socket?.end();
  }

  /** Cuts the connection with a TCP reset. */
  resetConnection(): void {
    this.#socket?.resetAndDestroy();
  }

  /** Stops reading, so that what the component sends is held up (back-pressure). */
  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  /** Closes the port and every connection, also those that a newer one has taken the place of. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = nextEvent(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
    await closed;
  }

  #connected(socket: Socket): void {
    this.connections++;
    this.received = '';
    this.#socket = socket;
    this.#open.add(socket);
    const parser = this.#parser(socket);
    let online = false;
    parser.once('element', () => {
      online = true;
    });
    socket.setEncoding('utf8');
    socket.on('data', data => {
      const text = data.toString();
      if (online && !this.recording) return;
      this.received += text;
      parser.write(text);
    });
    socket.on('error', () => socket.destroy()); // a reset is one of the things to test
    socket.on('close', () => {
      this.#open.delete(socket);
      if (this.#socket === socket) this.#socket = null;
      this.emit('closed');
    });
    this.emit('connection');
  }

  #parser(socket: Socket): StreamParser {
    const id = randomUUID();
    const parser = new StreamParser();
    parser.on('start', (root: Element) => {
      this.#domain = root.attrs.to ?? '';
      if (this.silent) return;
      socket.write(
        `<?xml version='1.0'?><stream:stream id='${id}' xmlns:stream='http://etherx.jabber.org/streams' ` +
          `from='${this.#domain}' xmlns='jabber:component:accept'>`,
      );
    });
    parser.once('element', (handshake: Element) => {
      if (this.silent) return;
      const right = createHash('sha1').update(`${id}${this.secret}`, 'utf8').digest('hex');
      if (this.refusal) this.streamError(this.refusal);
      else if (handshake.getText() !== right) this.streamError('not-authorized');
      else {
        parser.on('element', (element: Element) => this.#element(element, socket));
        socket.write('<handshake/>');
        this.#unclaimed++;
        this.emit('online');
      }
    });
    parser.on('end', () => {
      if (!this.silent) socket.end('</stream:stream>');
    });
    return parser;
  }

  /** What a component sends to its own name, ejabberd routes back to it. */
  #element(element: Element, socket: Socket): void {
    if (element.attrs.to === this.#domain && !this.silent) socket.write(element.toString());
    if (element.getChild('query', VERSION) && !this.silent) socket.write(this.#answerVersion(element.attrs));
    this.emit('element', element);
  }

  /** As ejabberd does, with mod_version and without it. */
  #answerVersion({ from = '', to = '', id = '' }: Element['attrs']): string {
    const addresses = `from='${to}' to='${from}' id='${id}'`;
    if (this.version !== null && !this.strangers.has(to)) {
      const [name, version] = this.version;
      return `<iq type='result' ${addresses}><query xmlns='${VERSION}'><name>${name}</name><version>${version}</version></query></iq>`;
    }
    const condition = this.strangers.has(to) ? 'remote-server-not-found' : 'service-unavailable';
    return `<iq type='error' ${addresses}><error type='cancel'><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`;
  }
}
