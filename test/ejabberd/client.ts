import { EventEmitter } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type Element, xml } from '@xmpp/component';
import { StreamParser } from '../../src/xmpp/parser.js';
import { found, nextEvent, within } from '../wait.js';

const SM = 'urn:xmpp:sm:3';
const STREAM_FEATURES = 'stream:features';

export interface ClientOptions {
  ip: string;
  port: number;
  user: string;
  host: string;
  /** undefined: the server makes one */
  resource?: string | undefined;
  carbons?: boolean;
  /** Stream management (XEP-0198), with resumption. */
  management?: boolean;
  /** Presence after login: a priority, or false for none. */
  presence?: number | false;
}

interface ClientEvents {
  element: [element: Element];
  message: [message: Element];
  closed: [];
}

/** It waits so long for the other end to close too, in ms: a busy server has not read its last words yet. */
const UNTIL_CLOSED = 25_000;
/** Where it is frozen, it would not see that. */
const FROZEN = 5_000;
/** A slow line brings something so often, in ms. */
const SLOW_TICK = 50;

let ids = 0;

/** A raw XMPP client over a real socket, whose every habit a test can change. */
export class Client extends EventEmitter<ClientEvents> {
  /** Messages that came, in order. */
  readonly messages: Element[] = [];
  /** So many of them came before the server told it of its own presence for the first time. */
  hadBeforePresence = Number.POSITIVE_INFINITY;
  /** Whether it answers pings, and other requests. */
  answers = true;
  jid = '';
  #handled = 0;
  /** What names the session for resumption, '' for none. */
  #resumption = '';
  /** What the server has said before it ended the stream. */
  #streamError = '';
  #socket!: Socket;
  #parser!: StreamParser;
  /** What is still on a slow line, and what brings it; null: the line is not slow. */
  #onTheLine = '';
  #slow: NodeJS.Timeout | null = null;

  private constructor(readonly options: ClientOptions) {
    super();
    this.setMaxListeners(0);
  }

  static async login(options: ClientOptions): Promise<Client> {
    const client = new Client(options);
    await client.#login();
    return client;
  }

  /** A login from the server's own coordinates. */
  static at(
    server: { ip: string; c2sPort: number; host: string },
    jid: string,
    options: Partial<ClientOptions> = {},
  ): Promise<Client> {
    const [bare = '', resource] = jid.split('/');
    const [user = '', host = server.host] = bare.split('@');
    return Client.login({ ip: server.ip, port: server.c2sPort, user, host, resource, ...options });
  }

  /**
   * Takes up the session of a connection that was lost (XEP-0198); what this end had sent and the server not got is
   * not sent again.
   */
  async resume(): Promise<void> {
    await this.#authenticate();
    this.send(`<resume xmlns='${SM}' h='${this.#handled}' previd='${this.#resumption}'/>`);
    const answer = await this.#element('resumption', ({ name }) => name === 'resumed' || name === 'failed');
    if (answer.name === 'failed') throw new Error(`${this.jid}: the session is not there any more`);
  }

  send(text: string): void {
    this.#socket.write(text);
  }

  presence(priority = 0, inside = ''): void {
    this.send(`<presence><priority>${priority}</priority>${inside}</presence>`);
  }

  unavailable(): void {
    this.send(`<presence type='unavailable'/>`);
  }

  /** Sends a message of type chat, unless told otherwise; `id: null` for none. */
  message(
    to: string,
    body: string,
    options: { id?: string | null; type?: string; inside?: string } = {},
  ): void {
    const { id = `m${++ids}`, type = 'chat', inside = '' } = options;
    const attributes = `to='${to}' type='${type}'${id === null ? '' : ` id='${id}'`}`;
    this.send(`<message ${attributes}><body>${xml.escapeXMLText(body)}</body>${inside}</message>`);
  }

  /** Sends a request and waits for its answer. */
  async request(type: 'get' | 'set', inside: string, to?: string): Promise<Element> {
    if (this.#socket.destroyed) throw new Error(`${this.jid}: the connection has ended`);
    const id = `q${++ids}`;
    const answer = this.#element(
      `answer to ${inside}`,
      ({ name, attrs }) => name === 'iq' && attrs.id === id,
    );
    this.send(`<iq type='${type}' id='${id}'${to === undefined ? '' : ` to='${to}'`}>${inside}</iq>`);
    return answer;
  }

  /** Waits until everything sent so far has been through the server. */
  async flush(): Promise<void> {
    await this.request('get', "<ping xmlns='urn:xmpp:ping'/>");
  }

  /** Waits until so many messages with a body have come, carbons not counted. */
  async bodies(count: number): Promise<string[]> {
    const look = () => (this.texts().length < count ? undefined : this.texts());
    return found(`${this.jid} gets ${count} messages`, this, 'message', look);
  }

  texts(): string[] {
    return this.messages.flatMap(message => message.getChildText('body') ?? []);
  }

  /** Waits for a message, one that has come already included. */
  received(matches: (message: Element) => boolean): Promise<Element> {
    return found(`${this.jid} gets a message such that ${matches}`, this, 'message', () =>
      this.messages.find(matches),
    );
  }

  async join(room: string, nick: string, history = ''): Promise<void> {
    const joined = this.#element(
      `subject of ${room}`,
      element =>
        element.name === 'message' &&
        element.attrs.type === 'groupchat' &&
        element.getChild('subject') !== undefined &&
        element.attrs.from?.startsWith(room) === true,
    );
    this.send(
      `<presence to='${room}/${nick}'><x xmlns='http://jabber.org/protocol/muc'>${history}</x></presence>`,
    );
    await joined;
  }

  async leave(room: string, nick: string): Promise<void> {
    const left = this.#element(
      `unavailable presence from ${room}/${nick}`,
      element =>
        element.name === 'presence' &&
        element.attrs.type === 'unavailable' &&
        element.attrs.from === `${room}/${nick}`,
    );
    this.send(`<presence to='${room}/${nick}' type='unavailable'/>`);
    await left;
  }

  /** Asks an archive, page by page, to its end (XEP-0313). */
  async queryArchive(to?: string, max = 50): Promise<Element[]> {
    const results: Element[] = [];
    const gather = (message: Element) => {
      if (message.getChild('result', 'urn:xmpp:mam:2')) results.push(message);
    };
    this.on('message', gather);
    let after = '';
    for (;;) {
      const set = `<set xmlns='http://jabber.org/protocol/rsm'><max>${max}</max>${after}</set>`;
      const answer = await this.request('set', `<query xmlns='urn:xmpp:mam:2'>${set}</query>`, to);
      const fin = answer.getChild('fin', 'urn:xmpp:mam:2');
      const last = fin?.getChild('set', 'http://jabber.org/protocol/rsm')?.getChildText('last');
      if (fin === undefined || fin.attrs.complete === 'true' || !last) break;
      after = `<after>${last}</after>`;
    }
    this.off('message', gather);
    return results;
  }

  /** Ends the stream as RFC 6120 wants. */
  async close(): Promise<void> {
    if (this.#socket.destroyed) return;
    const closed = nextEvent(this, 'closed');
    this.#socket.end('</stream:stream>');
    const patience = this.#socket.isPaused() ? FROZEN : UNTIL_CLOSED;
    const giveUp = setTimeout(() => this.#socket.destroy(), patience);
    await closed;
    clearTimeout(giveUp);
  }

  /** Cuts the connection with a TCP reset. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  /** Neither reads nor answers any more, but keeps the connection. */
  freeze(): void {
    this.slow(0);
    this.#socket.pause();
  }

  /**
   * What the server sends comes by a slow line from now on.
   * @param rate in characters a second; null: as fast as it can
   */
  slow(rate: number | null): void {
    if (this.#slow !== null) clearInterval(this.#slow);
    this.#slow = null;
    if (rate === null) this.#bring(this.#onTheLine.length);
    else this.#slow = setInterval(() => this.#bring(Math.ceil((rate * SLOW_TICK) / 1000)), SLOW_TICK);
  }

  #bring(length: number): void {
    const text = this.#onTheLine.slice(0, length);
    this.#onTheLine = this.#onTheLine.slice(length);
    if (text !== '') this.#parser.write(text);
  }

  async #connect(): Promise<void> {
    const socket = connect(this.options.port, this.options.ip);
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding('utf8');
    socket.on('data', data => {
      if (this.#slow === null) this.#parser.write(data.toString());
      else this.#onTheLine += data.toString();
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (this.#slow !== null) clearInterval(this.#slow);
      this.#slow = null;
      this.#onTheLine = ''; // it never came
      this.emit('closed');
    });
    await nextEvent(socket, 'connect');
  }

  async #authenticate(): Promise<void> {
    const { user, host } = this.options;
    await this.#connect();
    await this.#open();
    const plain = Buffer.from(`\0${user}\0secret`).toString('base64');
    this.send(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${plain}</auth>`);
    const { name } = await this.#element(
      'result of the authentication',
      element => element.name === 'success' || element.name === 'failure',
    );
    if (name !== 'success') throw new Error(`${user}@${host} was refused`);
    await this.#open();
  }

  async #login(): Promise<void> {
    const { resource, carbons, management, presence } = this.options;
    await this.#authenticate();
    const wanted = resource === undefined ? '' : `<resource>${xml.escapeXMLText(resource)}</resource>`;
    const bound = await this.request(
      'set',
      `<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>${wanted}</bind>`,
    );
    this.jid = bound.getChild('bind')?.getChildText('jid') ?? '';
    if (management) {
      this.send(`<enable xmlns='${SM}' resume='true'/>`);
      const enabled = await this.#element('stream management', element => element.name === 'enabled');
      this.#resumption = enabled.attrs.id ?? '';
    }
    if (carbons) await this.request('set', "<enable xmlns='urn:xmpp:carbons:2'/>");
    if (presence !== false) this.presence(presence ?? 0);
  }

  async #open(): Promise<void> {
    this.#parser = new StreamParser();
    this.#parser.on('element', (element: Element) => this.#hear(element));
    const features = this.#element('stream features', element => element.name === STREAM_FEATURES);
    this.send(
      `<?xml version='1.0'?><stream:stream to='${this.options.host}' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`,
    );
    await features;
  }

  #element(what: string, matches: (element: Element) => boolean): Promise<Element> {
    const awaited = new Promise<Element>((resolve, reject) => {
      const done = () => {
        this.off('element', look);
        this.off('closed', fail);
      };
      const look = (element: Element) => {
        if (!matches(element)) return;
        done();
        resolve(element);
      };
      const fail = () => {
        done();
        const why = this.#streamError === '' ? '' : ` (${this.#streamError})`;
        reject(new Error(`${this.jid || this.options.user}: the connection ended${why}, no ${what}`));
      };
      this.on('element', look);
      this.on('closed', fail);
    });
    return within(`${this.options.user}: ${what}`, awaited);
  }

  #hear(element: Element): void {
    const { name, attrs } = element;
    if (name === 'stream:error') this.#streamError = element.toString();
    if (name === 'r') this.send(`<a xmlns='${SM}' h='${this.#handled}'/>`);
    if (name === 'enabled') this.#handled = 0;
    if (name === 'message' || name === 'presence' || name === 'iq') this.#handled++;
    if (name === 'message') this.messages.push(element);
    if (name === 'presence' && attrs.from === this.jid)
      this.hadBeforePresence = Math.min(this.hadBeforePresence, this.messages.length);
    if (name === 'iq' && (attrs.type === 'get' || attrs.type === 'set') && this.answers)
      this.#answer(element);
    this.emit('element', element);
    if (name === 'message') this.emit('message', element);
  }

  #answer({ attrs, children }: Element): void {
    const known =
      children.some(child => typeof child !== 'string' && child.attrs.xmlns === 'urn:xmpp:ping') ||
      attrs.type === 'set';
    const to = `to='${attrs.from ?? ''}' id='${attrs.id ?? ''}'`;
    if (known) this.send(`<iq ${to} type='result'/>`);
    else {
      const condition = "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>";
      this.send(`<iq ${to} type='error'><error type='cancel'>${condition}</error></iq>`);
    }
  }
}
