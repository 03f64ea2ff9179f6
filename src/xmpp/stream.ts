import type { Component, Element } from '@xmpp/component';
import createDebug from 'debug';
import { describe } from './describe.js';
import { adoptInto, discard, entityFor, STREAM } from './entity.js';
import { Gathered } from './gathered.js';
import { KeepAlive } from './keep-alive.js';
import { Moment } from './moment.js';
import { StreamParser } from './parser.js';
import { failureOf } from './refusal.js';
import { SafeEmitter } from './safe-emitter.js';
import { SelfPings } from './self-pings.js';
import { readStreamError, type StreamError } from './stanza.js';
import { type StreamEvents, type StreamFailure, type StreamOptions, withDefaults } from './stream-options.js';
import type { Wire } from './wire.js';

const trace = createDebug('respool:stream'); // conditions and counts only: never a body, never the secret

/**
 * An XEP-0114 component stream that stays: it connects again, with back-off, until stop() or a refusal that no further
 * attempt would change. Each attempt has a library entity of its own, so nothing of a dead one leaks into the next.
 * No method throws, and no listener that throws can end the stream.
 */
export class Stream extends SafeEmitter<StreamEvents> implements Wire {
  /** how often each has happened */
  readonly counts = { attempts: 0, online: 0, malformed: 0, silent: 0, handlerErrors: 0 };
  readonly #options: Required<StreamOptions>;
  readonly #selfPings: SelfPings;
  readonly #keepAlive: KeepAlive;
  readonly #betweenStanzas = new Moment();
  #wanted = false;
  #entity: Component | null = null; // of the attempt under way
  #onlineSince: number | null = null; // from the handshake to the end of the attempt
  readonly #gathered: Gathered;
  #parser = new StreamParser('bytes'); // of the attempt under way
  #deadline: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor(options: StreamOptions) {
    super();
    this.#options = withDefaults(options);
    const drained = () => {
      this.tell('drain');
      this.#betweenStanzas.look();
    };
    this.#gathered = new Gathered(() => this.#entity?.socket ?? null, drained);
    this.#selfPings = new SelfPings(options.domain);
    const ping = () => this.send(this.#selfPings.ping());
    this.#keepAlive = new KeepAlive(this.#options.keepAlive, ping, () => this.#silent());
  }

  /** Whether send() has somebody to send to. */
  get online(): boolean {
    return this.#wanted && this.#onlineSince !== null;
  }

  /** What has been sent but is not yet in the kernel's hands, about in bytes (UTF-16 units). 0 while offline. */
  get bufferedBytes(): number {
    return this.#gathered.length;
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
    const read = (bytes: string) => this.#read(entity, parser, bytes);
    adoptInto(entity, parser, { fd, read, isBehind: this.#options.isBehind });
    this.#isOnline();
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
    return this.#betweenStanzas.wait(
      () => !this.online || (this.#parser.isBetweenStanzas && this.bufferedBytes === 0),
      () => {
        const released = this.online;
        this.#wanted &&= !released;
        if (released) this.#lost(this.#entity as Component, 'released');
        return released;
      },
      this.#options.releaseTimeout,
    );
  }

  /**
   * Sends what was gathered, closes the stream and takes what the server still sends until it has closed its side too
   * (XEP-0114 follows RFC 6120, section 4.4). A second call cuts the wait short.
   * @returns resolves when the socket is closed, at the latest after `closeTimeout`; never rejects
   */
  stop(): Promise<void> {
    const polite = this.online;
    if (polite) this.#gathered.flush();
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
    this.#gathered.add(text);
    return true;
  }

  /**
   * Finds out whether the server has read what was sent so far.
   * @returns resolves true once it has; false where the stream has ended before, or there is none
   */
  confirm(): Promise<boolean> {
    if (!this.online) return Promise.resolve(false);
    return this.#selfPings.echo(ping => this.send(ping));
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
    const parser = new StreamParser('bytes');
    const entity = entityFor(this.#options, parser, {
      read: bytes => this.#read(entity, parser, bytes),
      element: element => this.#route(entity, element),
      lost: reason => this.#lost(entity, reason),
    });
    this.#entity = entity;
    this.#parser = parser;
    parser.on('dropped', reason => entity === this.#entity && this.tell('dropped', reason));
    parser.on('mended', reason => entity === this.#entity && this.tell('mended', reason));
    return entity;
  }

  #read(entity: Component, parser: StreamParser, bytes: string): void {
    this.#keepAlive.heard();
    try {
      parser.write(bytes);
      this.#betweenStanzas.look();
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
      if (this.#onlineSince === null || this.#selfPings.take(element)) return;
      this.tell('stanza', element);
    } else if (name === 'handshake') {
      // Not the library's `online`: it comes after the stanzas that share a chunk with the handshake.
      entity.emit('element', element);
      this.#isOnline();
    } else if (element.is('error', STREAM)) {
      const error = readStreamError(element);
      const failure = failureOf(error, this.#onlineSince !== null, this.#options);
      this.#lost(entity, `stream error: ${error.said}`, failure, error);
    }
  }

  #isOnline(): void {
    if (this.#onlineSince !== null) return;
    clearTimeout(this.#deadline);
    this.#onlineSince = performance.now();
    this.#keepAlive.start();
    this.counts.online++;
    trace('online');
    this.tell('online');
  }

  #silent(): void {
    this.counts.silent++;
    if (this.#entity === null) return;
    this.#lost(this.#entity, `the server has been silent for ${this.#options.keepAlive * 2} ms`);
  }

  #within(wait: number, entity: Component, reason: string): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#lost(entity, reason), wait).unref();
  }

  /** Ends an attempt, whatever it had reached, and sees to the next one; only the first call for an entity counts. */
  #lost(entity: Component, reason: string, failure?: StreamFailure, error: StreamError | null = null): void {
    if (entity !== this.#entity) return;
    trace('ended: %s', reason);
    const { backoff, steady } = this.#options;
    if (this.#onlineSince !== null && performance.now() - this.#onlineSince >= steady) backoff.reset();
    this.#entity = null;
    this.#onlineSince = null;
    this.#gathered.clear();
    clearTimeout(this.#deadline);
    this.#keepAlive.stop();
    discard(entity, error => trace('after the end: %s', describe(error)));
    this.#selfPings.lost();
    this.#betweenStanzas.look();
    if (!this.#wanted) return;
    if (failure) {
      this.#wanted = false;
      this.tell('fatal', failure);
      return;
    }
    const retryIn = backoff.next();
    this.#retry = setTimeout(() => this.#attempt(), retryIn); // not unref'd: it may be all that keeps the process
    this.tell('offline', reason, retryIn, error);
  }
}
