import { harmless } from '../monitor/harmless.js';
import type { Log } from '../monitor/log.js';
import { type Message, sendMessage } from './send-message.js';

export interface NotifierOptions {
  env: NodeJS.ProcessEnv;
  log: Log;
  /** Returns why it failed, or null. */
  send?: typeof sendMessage;
}

/**
 * Tells systemd how the service is (sd_notify(3)), one message after another; where nobody wants to know it does
 * nothing. That it cannot is said once.
 */
export class Notifier {
  readonly #options: NotifierOptions;
  #waiting: Message[] = [];
  #sending: Promise<void> | null = null;
  #isStopping = false;
  /** Why it could not be told, as far as that was said. */
  #failure: string | null = null;

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  /** Does somebody listen? */
  get isWanted(): boolean {
    return Boolean(this.#options.env.NOTIFY_SOCKET);
  }

  /** The service does its work, after a start or after a reload. */
  ready(): void {
    this.#tell({ READY: '1' });
  }

  /** The config is read again; `ready` follows. */
  reloading(): void {
    const now = process.hrtime.bigint() / 1_000n; // CLOCK_MONOTONIC, in µs
    this.#tell({ RELOADING: '1', MONOTONIC_USEC: String(now) });
  }

  /** The service ends. Nothing is told after it. */
  stopping(): void {
    this.#tell({ STOPPING: '1' });
    this.#isStopping = true;
  }

  /** What `systemctl status` shows. */
  status(line: string): void {
    this.#tell({ STATUS: harmless(line) });
  }

  /** It is alive. */
  alive(): void {
    this.#tell({ WATCHDOG: '1' });
  }

  /** This process is the service's main one from now on. */
  main(pid: number): void {
    this.#tell({ MAINPID: String(pid) });
  }

  /** Resolves when all has been told. */
  async told(): Promise<void> {
    while (this.#sending !== null) await this.#sending;
  }

  #tell(message: Message): void {
    if (!this.isWanted || this.#isStopping) return;
    const last = this.#waiting.at(-1);
    // a state that nobody has heard of yet is of no use any more
    if (last !== undefined && 'STATUS' in last && 'STATUS' in message) this.#waiting.pop();
    this.#waiting.push(message);
    this.#sending ??= this.#sendAll();
  }

  async #sendAll(): Promise<void> {
    const { send = sendMessage, env, log } = this.#options;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const failure = await send(next, env);
      if (failure !== null && failure !== this.#failure)
        log.warn(`systemd cannot be told how respool is: ${failure}`);
      this.#failure = failure;
    }
    this.#sending = null;
  }
}
