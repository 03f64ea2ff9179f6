import { SafeEmitter } from './safe-emitter.js';
import { Stream } from './stream.js';
import type { StreamEvents, StreamFailure, StreamOptions } from './stream-options.js';
import type { Wire } from './wire.js';

/** A node that has refused respool, while others have not, is tried again after so long, in ms. */
const TRY_REFUSED = 60_000;

interface Node {
  readonly host: string;
  readonly stream: Stream;
}

/**
 * Streams to the nodes of a cluster, as one. Each node copies what its sessions send and get to the stream that it has
 * itself, or else to that of another node. What goes out takes one of them for as long as that is there, so that it stays
 * in order. Where one is lost and another is there, copies may be lost with it, and sessions with its node: that is told
 * as an end and a new beginning, so that nobody is believed to be where he was.
 *
 * Example: nodes a and b; b dies. `offline` and `online` follow each other, and what goes out takes a.
 */
export class Streams extends SafeEmitter<StreamEvents> implements Wire {
  readonly counts = { attempts: 0, handlerErrors: 0 };
  readonly #nodes: readonly Node[];
  readonly #refused = new Set<Stream>();
  readonly #there = new Set<Stream>();
  #wanted = false;
  /** What goes out takes it. */
  #primary: Stream | null = null;

  /** @param hosts one of each node */
  constructor(hosts: readonly string[], options: Omit<StreamOptions, 'host'>) {
    super();
    this.#nodes = hosts.map(host => ({ host, stream: new Stream({ ...options, host }) }));
    for (const node of this.#nodes) this.#follow(node);
  }

  get online(): boolean {
    return this.#primary !== null;
  }

  get bufferedBytes(): number {
    return this.#nodes.reduce((sum, { stream }) => sum + stream.bufferedBytes, 0);
  }

  /** Several cannot be handed over as one. */
  get fd(): null {
    return null;
  }

  start(): void {
    this.#wanted = true;
    for (const { stream } of this.#nodes) stream.start();
  }

  async stop(): Promise<void> {
    this.#wanted = false;
    this.#primary = null;
    await Promise.all(this.#nodes.map(({ stream }) => stream.stop()));
  }

  send(text: string): boolean {
    return this.#primary?.send(text) ?? false;
  }

  confirm(): Promise<boolean> {
    return this.#primary?.confirm() ?? Promise.resolve(false);
  }

  adopt(): never {
    throw new Error('a stream of one node is no stream to all of a cluster');
  }

  release(): Promise<false> {
    return Promise.resolve(false);
  }

  #follow({ host, stream }: Node): void {
    stream.on('online', () => this.#came(host, stream));
    stream.on('offline', (reason, retryIn, error) =>
      this.#went(stream, [`${host}: ${reason}`, retryIn, error]),
    );
    stream.on('fatal', failure => {
      this.#refused.add(stream);
      if (this.#refused.size === this.#nodes.length) return this.#end(failure);
      this.#went(stream, [failure.message, TRY_REFUSED, null]);
      setTimeout(() => this.#again(stream), TRY_REFUSED).unref();
    });
    stream.on('stanza', stanza => this.tell('stanza', stanza));
    stream.on('dropped', reason => this.tell('dropped', reason));
    stream.on('mended', reason => this.tell('mended', reason));
    stream.on('drain', () => stream === this.#primary && this.tell('drain'));
    stream.on('handlerError', (error, event) => this.tell('handlerError', error, event));
  }

  /** What one node says may pass, as while its config is changed; what all say does not. */
  #again(stream: Stream): void {
    if (!this.#wanted) return;
    this.#refused.delete(stream);
    stream.start();
  }

  #end(failure: StreamFailure): void {
    this.#wanted = false;
    this.#there.clear();
    this.#primary = null;
    this.tell('fatal', failure);
  }

  #came(host: string, stream: Stream): void {
    this.counts.attempts++;
    this.#there.add(stream);
    if (this.#primary !== null) return this.tell('node', host);
    this.#primary = stream;
    this.tell('online');
  }

  #went(stream: Stream, how: StreamEvents['offline']): void {
    const wasThere = this.#there.delete(stream);
    if (stream === this.#primary) [this.#primary = null] = this.#there;
    if (!this.online) return this.tell('offline', ...how);
    if (!wasThere) return this.tell('away', how[0]);
    this.tell('offline', ...how);
    this.tell('online');
  }
}
