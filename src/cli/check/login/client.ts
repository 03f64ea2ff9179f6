import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import type { Element } from '@xmpp/component';
import { isLoopback } from '../../../config/loopback.js';
import { within } from '../../../control/within.js';
import { describe } from '../../../xmpp/describe.js';
import type { Jid } from '../../../xmpp/jid.js';
import { NS } from '../../../xmpp/namespaces.js';
import { StreamParser } from '../../../xmpp/parser.js';
import { escapeAttribute, escapeText } from '../../../xmpp/serialize.js';
import { readStreamError } from '../../../xmpp/stanza.js';
import { authenticate } from './authenticate.js';
import { LoginError } from './login-error.js';

const BIND = 'urn:ietf:params:xml:ns:xmpp-bind';
const TLS = 'urn:ietf:params:xml:ns:xmpp-tls';
const STREAMS = 'http://etherx.jabber.org/streams';

/** How long connecting and each answer may take, in ms. */
const PATIENCE = 10_000;

export interface Login {
  host: string;
  port: number;
  account: Jid;
  password: string;
  resource: string;
}

/**
 * As much of an XMPP client as a check needs (RFC 6120): STARTTLS, SCRAM or PLAIN, bind, answers to pings. A password
 * never goes out in clear text but to this machine itself.
 */
export class Client {
  readonly #login: Login;
  #socket: Socket;
  #parser!: StreamParser;
  #hear: (element: Element) => void = () => undefined;
  #lost: (reason: LoginError) => void = () => undefined;
  #messages: ((message: Element) => void)[] = [];
  #requests = 0;

  private constructor(login: Login, socket: Socket) {
    this.#login = login;
    this.#socket = socket;
  }

  /** @throws LoginError */
  static async login(login: Login): Promise<Client> {
    const socket = connect(login.port, login.host);
    const at = `${login.host}:${login.port}`;
    try {
      await within(PATIENCE, once(socket, 'connect'), () => new LoginError(`${at}: no answer`));
    } catch (error) {
      socket.destroy();
      const reason = error instanceof AggregateError ? error.errors[0] : error;
      const text = describe(reason);
      throw new LoginError(
        `cannot connect to ${at} (${text})`,
        'name the port for clients with --login-at HOST:PORT',
      );
    }
    const client = new Client(login, socket);
    try {
      await client.#begin();
      return client;
    } catch (error) {
      client.drop();
      throw error;
    }
  }

  get isConnected(): boolean {
    return !this.#socket.destroyed;
  }

  get jid(): string {
    return `${this.#login.account.bare}/${this.#login.resource}`;
  }

  send(text: string): void {
    this.#socket.write(text);
  }

  /** Calls back for each message that comes. */
  onMessage(listener: (message: Element) => void): void {
    this.#messages.push(listener);
  }

  /** Sends a request, to the account's server or another JID, and waits for its answer, be it an error. */
  request(type: 'get' | 'set', inside: string, to?: string): Promise<Element> {
    const id = `check-${++this.#requests}`;
    const address = to === undefined ? '' : ` to='${escapeAttribute(to)}'`;
    return this.#ask(
      `<iq type='${type}' id='${id}'${address}>${inside}</iq>`,
      ({ name, attrs }) => name === 'iq' && attrs.id === id,
    );
  }

  /** Waits until all that was sent has been through the server, and the copies of it through a component of it. */
  async flush(component?: string): Promise<void> {
    await this.request('get', `<ping xmlns='${NS.ping}'/>`, component);
  }

  /** Reads no more, as a client whose line is dead. */
  freeze(): void {
    this.#socket.pause();
  }

  /** Cuts the connection without a word. */
  drop(): void {
    this.#socket.destroy();
  }

  async close(): Promise<void> {
    if (!this.isConnected) return;
    const closed = once(this.#socket, 'close');
    this.#socket.end('</stream:stream>');
    setTimeout(() => this.#socket.destroy(), 1_000).unref();
    await closed;
  }

  async #begin(): Promise<void> {
    this.#listen(this.#socket);
    let features = await this.#open();
    if (features.getChild('starttls', TLS)) {
      await this.#secure();
      features = await this.#open();
    } else if (!isLoopback(this.#login.host)) {
      throw new LoginError(
        'the server offers no STARTTLS',
        'log in at 127.0.0.1 on the server itself (--login-at)',
      );
    }
    const { account, password } = this.#login;
    await authenticate(features, account.local, password, (stanza, fits) => this.#ask(stanza, fits));
    await this.#open();
    const resource = `<resource>${escapeText(this.#login.resource)}</resource>`;
    const bound = await this.request('set', `<bind xmlns='${BIND}'>${resource}</bind>`);
    if (bound.attrs.type !== 'result') throw new LoginError('the server refused the session');
  }

  /** Nobody stands between us and this machine itself, so its certificate may be any. */
  async #secure(): Promise<void> {
    await this.#ask(`<starttls xmlns='${TLS}'/>`, ({ name }) => name === 'proceed');
    const { host, account } = this.#login;
    const plain = this.#socket;
    plain.removeAllListeners();
    const secured = connectTls({
      socket: plain,
      servername: account.domain,
      rejectUnauthorized: !isLoopback(host),
    });
    this.#socket = secured;
    try {
      await within(PATIENCE, once(secured, 'secureConnect'), () => new LoginError('TLS: no answer'));
    } catch (error) {
      throw new LoginError(
        `TLS with ${host} failed (${(error as Error).message})`,
        'log in at 127.0.0.1 on the server itself, or name the authority with NODE_EXTRA_CA_CERTS=FILE',
      );
    }
    this.#listen(secured);
  }

  #open(): Promise<Element> {
    const parser = new StreamParser();
    this.#parser = parser;
    parser.on('element', (element: Element) => this.#element(element));
    this.#socket.removeAllListeners('data');
    this.#socket.on('data', data => {
      try {
        if (parser === this.#parser) parser.write(data.toString());
      } catch (error) {
        this.#end(`the server sent malformed XML: ${(error as Error).message}`);
      }
    });
    const to = escapeAttribute(this.#login.account.domain);
    return this.#ask(
      `<?xml version='1.0'?><stream:stream to='${to}' version='1.0' xmlns='jabber:client' xmlns:stream='${STREAMS}'>`,
      ({ name }) => name === 'stream:features',
    );
  }

  #listen(socket: Socket): void {
    socket.setEncoding('utf8');
    socket.on('error', error => this.#end(error.message));
    socket.on('close', () => this.#end('the server ended the connection'));
    if (socket instanceof TLSSocket) socket.setNoDelay(true);
  }

  #end(reason: string): void {
    this.#lost(new LoginError(`${this.#login.account.bare}: ${reason}`));
    this.#socket.destroy();
  }

  /** Sends, and waits for the first element that fits; one question at a time. */
  #ask(text: string, fits: (element: Element) => boolean): Promise<Element> {
    const answer = new Promise<Element>((resolve, reject) => {
      this.#hear = element => fits(element) && resolve(element);
      this.#lost = reject;
    });
    this.send(text);
    return within(
      PATIENCE,
      answer,
      () => new LoginError(`${this.#login.account.bare}: the server does not answer`),
    );
  }

  #element(element: Element): void {
    const { name, attrs } = element;
    if (element.is('error', STREAMS)) this.#end(`stream error: ${readStreamError(element).condition}`);
    else if (name === 'iq' && (attrs.type === 'get' || attrs.type === 'set')) this.#answer(element);
    else if (name === 'message') for (const listener of this.#messages) listener(element);
    this.#hear(element);
  }

  #answer(request: Element): void {
    const { from, id = '' } = request.attrs;
    const to = from === undefined ? '' : ` to='${escapeAttribute(from)}'`;
    const head = `<iq id='${escapeAttribute(id)}'${to}`;
    const known = request.getChild('ping', NS.ping) !== undefined || request.attrs.type === 'set';
    const condition = `<service-unavailable xmlns='${NS.stanzaErrors}'/>`;
    this.send(
      known
        ? `${head} type='result'/>`
        : `${head} type='error'><error type='cancel'>${condition}</error></iq>`,
    );
  }
}
