import type { Config } from '../config/config.js';
import type { Log } from '../monitor/log.js';
import { systemClock } from '../replay/clock.js';
import type { Quarantine } from '../replay/quarantine.js';
import { describe } from '../xmpp/describe.js';
import type { StreamEvents } from '../xmpp/stream-options.js';
import type { Wire } from '../xmpp/wire.js';
import type { Part, Parts } from './part.js';

export interface ConnectionOptions {
  stream: Wire;
  component: Config['component'];
  log: Log;
  /** Who is told when it comes and goes. */
  parts: Parts;
  /** The socket takes more again. */
  drained(): void;
  /** It is gone, and what was sent last may be the cause. @param error the server's, null: it gave none */
  lost: Quarantine['lost'];
  /** Before the stream is closed at the end, while it is there. */
  finish(): Promise<void>;
}

/** The stream as the daemon sees it: whether it is there, since when it is not, and why. */
export class Connection implements Part {
  readonly #options: ConnectionOptions;
  #reason = 'not yet connected';
  /** Why nodes of a cluster are not there, as was said last. */
  readonly #aways = new Set<string>();
  #disconnectedSince: number | null = systemClock.date();

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { stream, log } = options;
    stream.on('online', () => this.#came());
    stream.on('offline', (...how) => this.#went(...how));
    stream.on('node', host => {
      this.#aways.clear();
      log.info(`connected to ${host} too`);
    });
    stream.on('away', reason => this.#away(reason));
    stream.on('drain', () => options.drained());
    stream.on('handlerError', (error, event) => log.error(`unexpected, at ${event}: ${describe(error)}`));
  }

  get isOnline(): boolean {
    return this.#options.stream.online;
  }

  /** Why there is none, or null. */
  get away(): string | null {
    return this.isOnline ? null : this.#reason;
  }

  /** The same as a sentence. */
  get trouble(): string | null {
    return this.away === null ? null : `not connected to ejabberd: ${this.away}`;
  }

  /** In ms since 1970; null: it is there. */
  get disconnectedSince(): number | null {
    return this.#disconnectedSince;
  }

  /** Connects; or goes on with a stream that was taken over. */
  start(): void {
    if (this.isOnline) this.#came();
  }

  async stop(): Promise<void> {
    const { stream, parts, finish } = this.#options;
    if (stream.online) await finish();
    await stream.stop();
    parts.offline();
  }

  #came(): void {
    const { component, log, parts } = this.#options;
    const { nodes, port, domain } = component;
    const at = nodes.map(host => `${host}:${port}`).join(' or ');
    log.info(`connected to ${at} as ${domain}`, { host: nodes.join(), port, domain });
    this.#disconnectedSince = null;
    this.#reason = '';
    parts.online();
  }

  /** The others of the cluster go on; it is tried again, and said once. */
  #away(reason: string): void {
    if (this.#aways.has(reason)) return;
    this.#aways.add(reason);
    this.#options.log.warn(`a node of the cluster is not there: ${reason}`);
  }

  #went(...[reason, retryIn, error]: StreamEvents['offline']): void {
    const { log, parts, lost } = this.#options;
    if (error !== null || reason !== this.#reason)
      log.warn(`not connected: ${reason}; next attempt in ${Math.ceil(retryIn / 1000)} s`, {
        reason,
        retry_in_ms: retryIn,
      });
    else log.debug(`still not connected: ${reason}; next attempt in ${Math.ceil(retryIn / 1000)} s`);
    this.#reason = reason;
    this.#disconnectedSince ??= systemClock.date();
    lost(error);
    parts.offline();
  }
}
