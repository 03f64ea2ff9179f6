import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { type Component, component, type Element } from '@xmpp/component';
import createDebug from 'debug';
import { Backoff } from './backoff.js';
import { StreamParser } from './parser.js';
import { readingSocket } from './reading-socket.js';
import { ping, readStreamError } from './stanza.js';

const trace = createDebug('respool:stream'); // conditions and counts only: never a body, never the secret
const STREAM = 'http://etherx.jabber.org/streams';
/** What an end that takes over a stream has not read: its parser has to know in what the stanzas are. */
const HEADER = `<stream:stream xmlns='jabber:component:accept' xmlns:stream='${STREAM}'>`;

/** What the stream attaches to, and its waits in milliseconds (the defaults are right outside of tests). */
export interface StreamOptions {
  host: string;
  port: number;
  domain: string;
  secret: string;
  backoff?: Backoff;
  /** for the TCP connection, and then again for header and handshake */
  connectTimeout?: number;
  /** after this long without a byte the server is pinged; after twice as long the connection is given up */
  keepAlive?: number;
  /** a stream that lasted this long starts the back-off afresh */
  steady?: number;
  /** how long stop() waits for the server to close its side */
  closeTimeout?: number;
  /** whether what was read waits to be worked off, so that less is to be read for a while */
  isBehind?: () => boolean;
  /** how long release() waits for a moment between two stanzas */
  releaseTimeout?: number;
}

/** What a Stream tells. */
export interface StreamEvents {
  /** the handshake is accepted */
  online: [];
  /** the stream was lost or an attempt failed: why, and in how many milliseconds the next attempt follows */
  offline: [reason: string, retryIn: number];
  /** a message, presence or iq */
  stanza: [element: Element];
  /** a stanza that was too deep or too big to be read: why */
  dropped: [reason: string];
  /** something in the stanza that comes next was left out: why */
  mended: [reason: string];
  /** all that was sent is in the kernel's hands; does not come for what a lost stream took with it (see offline) */
  drain: [];
  /** the stream ended for good; no attempt follows */
  fatal: [failure: StreamFailure];
  /** a listener of another event threw this; the stream goes on */
  handlerError: [error: unknown, event: string];
}

/** Trying again cannot help. The message says what happened, where, and what the operator can do. */
export class StreamFailure extends Error {
  override readonly name = 'StreamFailure';
  /** @param condition the stream error by its name in RFC 6120, section 4.9.3 */
  constructor(
    readonly condition: string,
    message: string,
  ) {
    super(message);
  }
}

/**
 * An XEP-0114 component stream that stays: it connects again, with back-off, until stop() or a refusal that no further
 * attempt would change. Each attempt has a library entity of its own, so nothing of a dead one leaks into the next.
 * No method throws, and no listener that throws can end the stream.
 */
export class Stream extends EventEmitter<StreamEvents> {
  /** how often each has happened */
  readonly counts = { attempts: 0, online: 0, malformed: 0, silent: 0, handlerErrors: 0 };
  readonly #options: Required<StreamOptions>;
  readonly #pingId = `ping-${randomUUID()}`;
  #wanted = false;
  #entity: Component | null = null; // of the attempt under way
  #onlineSince: number | null = null; // from the handshake to the end of the attempt
  #gathered = '';
  #parser = new StreamParser('bytes'); // of the attempt under way
  #release: (() => void) | null = null;
  #quietTicks = 0;
  #deadline: NodeJS.Timeout | undefined;
  #keepAlive: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor(options: StreamOptions) {
    super();
    const backoff = new Backoff();
    const waits = { connectTimeout: 10_000, keepAlive: 20_000, steady: 10_000 };
    const ends = { closeTimeout: 2000, releaseTimeout: 10_000 };
    this.#options = { backoff, isBehind: () => false, ...waits, ...ends, ...options };
  }

  /** Whether send() has somebody to send to. */
  get online(): boolean {
    return this.#wanted && this.#onlineSince !== null;
  }

  /** What has been sent but is not yet in the kernel's hands, about in bytes (UTF-16 units). 0 while offline. */
  get bufferedBytes(): number {
    return this.#gathered.length + (this.#entity?.socket?.writableLength ?? 0);
  }

  /** Connects, and connects again whenever the stream is lost. Does nothing if it has been started already. */
  start(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    if (this.#entity === null) this.#attempt();
  }

  /**
   * Goes on with a stream that another process has opened and released.
   * @param fd of its socket, from which nobody else reads
   */
  adopt(fd: number): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.counts.attempts++;
    const entity = this.#prepare();
    const parser = this.#parser;
    entity._attachSocket(
      readingSocket(bytes => this.#read(entity, parser, bytes), this.#options.isBehind, fd),
    );
    entity._attachParser(parser);
    parser.write(HEADER);
    this.#isOnline(entity);
  }

  /** The file descriptor of the stream while it is online, for a process that is to take it over; else null. */
  get fd(): number | null {
    return this.online ? (this.#entity?.socket?._handle?.fd ?? null) : null;
  }

  /**
   * Lets go of the stream without a word to the server, between two stanzas and with all written that was sent: what
   * comes from then on is for whoever has a duplicate of the descriptor. Nothing is told afterwards, and no attempt
   * follows.
   * @returns false where there was no such moment in time, or no stream; it goes on then
   */
  release(): Promise<boolean> {
    if (!this.online) return Promise.resolve(false);
    return new Promise(resolve => {
      const giveUp = setTimeout(() => {
        this.#release = null;
        resolve(false);
      }, this.#options.releaseTimeout);
      this.#release = () => {
        if (this.online && !this.#isBetweenStanzas) return;
        clearTimeout(giveUp);
        this.#release = null;
        const released = this.online;
        if (released) {
          this.#wanted = false;
          this.#lost(this.#entity as Component, 'released');
        }
        resolve(released);
      };
      this.#release();
    });
  }

  get #isBetweenStanzas(): boolean {
    return this.#parser.isBetweenStanzas && this.bufferedBytes === 0;
  }

  /**
   * Sends what was gathered, closes the stream and takes what the server still sends until it has closed its side too
   * (XEP-0114 follows RFC 6120, section 4.4). A second call cuts the wait short.
   * @returns resolves when the socket is closed, at the latest after `closeTimeout`; never rejects
   */
  stop(): Promise<void> {
    const polite = this.online;
    if (polite) this.#flush();
    this.#wanted = false;
    clearTimeout(this.#retry);
    const entity = this.#entity;
    const socket = entity?.socket;
    if (!entity || !socket) return Promise.resolve();
    const closed = new Promise<void>(resolve => socket.once('close', () => resolve()));
    if (polite) {
      socket.end('</stream:stream>');
      this.#within(this.#options.closeTimeout, entity, 'the server did not close the stream');
    } else this.#lost(entity, 'stopped');
    return closed;
  }

  /**
   * Sends stanzas; those of one turn of the event loop go out in one write.
   * @param text one or more whole stanzas, each with `from` and `to`
   * @returns false if the stream is not online: nothing was sent. True does not mean received.
   */
  send(text: string): boolean {
    if (!this.online) return false;
    if (this.#gathered === '') setImmediate(() => this.#flush());
    this.#gathered += text;
    return true;
  }

  #flush(): void {
    const entity = this.#entity;
    const text = this.#gathered;
    this.#gathered = '';
    if (text === '') return;
    // A failed write calls back too, but then the socket's error has ended the attempt.
    entity?.socket?.write(text, () => {
      if (entity !== this.#entity || this.bufferedBytes > 0) return;
      this.#tell('drain');
      this.#release?.();
    });
  }

  #attempt(): void {
    const { host, port, domain, connectTimeout } = this.#options;
    this.counts.attempts++;
    trace('connecting to %s:%d as %s', host, port, domain);
    const entity = this.#prepare();
    entity.on('connect', () => {
      this.#within(connectTimeout, entity, `no answer to the handshake within ${connectTimeout} ms`);
      entity.open({ domain }).catch((error: unknown) => this.#lost(entity, describe(error)));
    });
    this.#within(connectTimeout, entity, `no connection within ${connectTimeout} ms`);
    entity.connect('').catch((error: unknown) => this.#lost(entity, describe(error)));
  }

  #prepare(): Component {
    const { host, port, domain, secret } = this.#options;
    // The library hashes the low byte of each character; the hash is of the UTF-8 bytes.
    const password = Buffer.from(secret, 'utf8').toString('latin1');
    const entity = component({ service: `xmpp://${host}:${port}`, domain, password });
    this.#entity = entity;
    entity.reconnect.stop(); // after a fixed second, for ever, whatever happened
    entity.removeAllListeners('element'); // its middleware, a third of the parse time
    entity.timeout = 0; // no time-outs of its own (2 s): #within has them
    entity.socketParameters = () => ({ host, port }); // as they are: its URL parser breaks IPv6 addresses
    const parser = new StreamParser('bytes');
    this.#parser = parser;
    const read = (bytes: string) => this.#read(entity, parser, bytes);
    const { isBehind } = this.#options;
    entity.Socket = function ReadingSocket() {
      return readingSocket(read, isBehind);
    } as unknown as new () => Socket;
    entity.Parser = function Parser() {
      return parser;
    } as unknown as new () => StreamParser;
    parser.on('dropped', reason => entity === this.#entity && this.#tell('dropped', reason));
    parser.on('mended', reason => entity === this.#entity && this.#tell('mended', reason));
    entity._onElement = element => this.#route(entity, element);
    entity.on('error', error => this.#lost(entity, describe(error)));
    entity.on('close', () => this.#lost(entity, 'the server closed the stream'));
    entity.on('disconnect', () => this.#lost(entity, 'the server closed the connection'));
    return entity;
  }

  #read(entity: Component, parser: StreamParser, bytes: string): void {
    this.#quietTicks = 0;
    try {
      parser.write(bytes);
      this.#release?.();
    } catch (error) {
      if (entity === this.#entity) this.counts.malformed++;
      this.#lost(entity, `the server sent malformed XML: ${describe(error)}`);
    }
  }

  #route(entity: Component, element: Element): void {
    if (entity !== this.#entity) return;
    const { name } = element;
    if (name === 'message' || name === 'presence' || name === 'iq') {
      // Before the handshake there is nothing to trust; our own ping coming back is no stanza for anybody else.
      if (this.#onlineSince === null || (name === 'iq' && element.attrs.id === this.#pingId)) return;
      this.#tell('stanza', element);
    } else if (name === 'handshake') {
      // Not the library's `online`: it comes after the stanzas that share a chunk with the handshake.
      entity.emit('element', element);
      this.#isOnline(entity);
    } else if (element.is('error', STREAM)) this.#streamError(entity, element);
  }

  #isOnline(entity: Component): void {
    if (this.#onlineSince !== null) return;
    clearTimeout(this.#deadline);
    this.#onlineSince = performance.now();
    this.#quietTicks = 0;
    this.#keepAlive = setInterval(() => this.#tick(entity), this.#options.keepAlive / 4).unref();
    this.counts.online++;
    trace('online');
    this.#tell('online');
  }

  /** Ticks, not a clock: a process that was itself stopped or busy must not blame the server. */
  #tick(entity: Component): void {
    this.#quietTicks++;
    if (this.#quietTicks >= 8) {
      this.counts.silent++;
      this.#lost(entity, `the server has been silent for ${this.#options.keepAlive * 2} ms`);
    } else if (this.#quietTicks >= 4) {
      // To ourselves, which ejabberd routes back without any module (a ping of the vhost needs mod_ping). Several,
      // because of two components with one name ejabberd picks one at random.
      const { domain } = this.#options;
      this.send(ping(domain, domain, this.#pingId));
    }
  }

  #streamError(entity: Component, element: Element): void {
    const { condition, text } = readStreamError(element);
    const said = text ? `${condition}, "${text}"` : condition;
    const remedy = refusal(condition, this.#onlineSince !== null, this.#options);
    const failure = remedy ? new StreamFailure(condition, `${remedy} (the server says: ${said})`) : undefined;
    this.#lost(entity, `stream error: ${said}`, failure);
  }

  #within(wait: number, entity: Component, reason: string): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#lost(entity, reason), wait).unref();
  }

  /** Ends an attempt, whatever it had reached, and sees to the next one; only the first call for an entity counts. */
  #lost(entity: Component, reason: string, failure?: StreamFailure): void {
    if (entity !== this.#entity) return;
    trace('ended: %s', reason);
    const { backoff, steady } = this.#options;
    if (this.#onlineSince !== null && performance.now() - this.#onlineSince >= steady) backoff.reset();
    this.#entity = null;
    this.#onlineSince = null;
    this.#gathered = '';
    clearTimeout(this.#deadline);
    clearInterval(this.#keepAlive);
    entity.removeAllListeners();
    entity.on('error', error => trace('after the end: %s', describe(error)));
    entity.socket?.destroy();
    this.#release?.();
    if (!this.#wanted) return;
    if (failure) {
      this.#wanted = false;
      this.#tell('fatal', failure);
      return;
    }
    const retryIn = backoff.next();
    this.#retry = setTimeout(() => this.#attempt(), retryIn); // not unref'd: it may be all that keeps the process
    this.#tell('offline', reason, retryIn);
  }

  #tell<E extends keyof StreamEvents>(event: E, ...args: StreamEvents[E]): void {
    try {
      (this as EventEmitter).emit(event, ...args);
    } catch (error) {
      this.counts.handlerErrors++;
      trace('a listener of %s threw', event);
      if (!this.emit('handlerError', error, event))
        process.emitWarning(describe(error), 'StreamHandlerError');
    }
  }
}

/** @returns what an operator has to do about a stream error that would only come again, or null for any other */
function refusal(condition: string, wasOnline: boolean, options: StreamOptions): string | null {
  const { domain, host, port } = options;
  const at = `${domain} on ${host}:${port}`;
  const listener = 'the ejabberd_service listener in ejabberd.yml';
  const advice = new Map(
    wasOnline
      ? [
          [
            'conflict',
            `another component took over the name ${at}: stop the other one, then start respool again`,
          ],
          [
            'invalid-from',
            `ejabberd lets ${at} send in no name but its own: set check_from: false in ${listener}`,
          ],
        ]
      : [
          [
            'not-authorized',
            `ejabberd refused the secret for ${at}: make component.secret equal to the password of this domain ` +
              `under ${listener}; if the domain is not under its hosts, add it there`,
          ],
          [
            'conflict',
            `the name ${at} is taken, by a virtual host of ejabberd or by another component: set component.domain ` +
              `to a name of its own, for example respool.${domain}, and add it under hosts of ${listener}`,
          ],
          ['host-unknown', `the server does not know ${at}: add the domain under hosts of ${listener}`],
          [
            'invalid-namespace',
            `${host}:${port} is not for components: set component.port to that of ${listener}`,
          ],
          ['invalid-xml', `the server does not accept the name ${at}: correct component.domain`],
          ['improper-addressing', `the server does not accept the name ${at}: correct component.domain`],
        ],
  );
  return advice.get(condition) ?? null;
}

/** @returns the message of an error; of several attempts (IPv4, IPv6) the first one's, as the sum of them has none */
function describe(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return describe(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
