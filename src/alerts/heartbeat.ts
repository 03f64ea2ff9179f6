import type { Log } from '../monitor/log.js';
import type { Clock } from '../replay/clock.js';
import { callUrl } from './call-url.js';

export interface HeartbeatSettings {
  /** Called with GET. All of it but the host may be a secret. */
  url: string;
  /** Between two calls, in ms. */
  every: number;
}

export interface HeartbeatOptions extends HeartbeatSettings {
  /** Why not all is well, or null. */
  trouble(): string | null;
  clock: Clock;
  log: Log;
  /** Returns why it failed, or null. */
  call?: typeof callUrl;
}

/** Between two looks whether all is well, in ms. */
const LOOK = 1_000;
/** A call may take so long, in ms. */
const TIMEOUT = 10_000;

/**
 * Calls a URL again and again while all is well, so that somebody else notices when nothing comes. One call at a time:
 * the next one waits for its end.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #ended = new AbortController();
  #lastAt = Number.NEGATIVE_INFINITY;
  #callOff: () => void = () => undefined;
  /** Why the last call failed, as far as it was told. */
  #failure: string | null = null;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#next();
  }

  stop(): void {
    this.#callOff();
    this.#ended.abort();
  }

  #next(): void {
    this.#callOff = this.#options.clock.after(LOOK, () => void this.#look());
  }

  async #look(): Promise<void> {
    const { clock, every, trouble } = this.#options;
    const now = clock.now();
    if (now - this.#lastAt >= every && trouble() === null) {
      this.#lastAt = now;
      await this.#beat();
    }
    if (!this.#ended.signal.aborted) this.#next();
  }

  async #beat(): Promise<void> {
    const { url, log, call = callUrl } = this.#options;
    const { signal } = this.#ended;
    const failure = await call(new URL(url), { timeout: TIMEOUT, signal });
    if (signal.aborted || failure === this.#failure) return;
    const { host } = new URL(url);
    if (failure === null) log.info(`alerts.heartbeat: ${host} answers again`, { host });
    else log.warn(`alerts.heartbeat: ${host} cannot be called: ${failure}; respool goes on trying`, { host });
    this.#failure = failure;
  }
}
