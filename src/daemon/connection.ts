import type { Config } from '../config/config.js';
import type { Log } from '../monitor/log.js';
import { systemClock } from '../replay/clock.js';
import type { Quarantine } from '../replay/quarantine.js';
import { describe } from '../xmpp/describe.js';
import type { Stream } from '../xmpp/stream.js';
import type { StreamEvents } from '../xmpp/stream-options.js';
import type { Part, Parts } from './part.js';

export interface ConnectionOptions {
  stream: Stream;
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
  #disconnectedSince: number | null = systemClock.date();

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { stream, log } = options;
    stream.on('online', () => this.#came());
    stream.on('offline', (...how) => this.#went(...how));
    stream.on('drain', () => options.drained());
    stream.on('handlerError', (error, event) => log.error(`unexpected, at ${event}: ${describe(error)}`));
  }

  get isOnline(): boolean {
    return this.#options.stream.online;
  }

  /** Why there is none, or null. */
  get trouble(): string | null {
    return this.isOnline ? null : `not connected to ejabberd: ${this.#reason}`;
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
    const { host, port, domain } = component;
    log.info(`connected to ${host}:${port} as ${domain}`, { host, port, domain });
    this.#disconnectedSince = null;
    parts.online();
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
