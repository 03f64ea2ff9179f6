/** Asks a silent server for a sign of life, and tells when it stays silent. */
export class KeepAlive {
  readonly #wait: number;
  readonly #ask: () => void;
  readonly #silent: () => void;
  #timer: NodeJS.Timeout | undefined;
  #quietTicks = 0;

  /**
   * @param wait after so many ms without a byte the server is asked, again and again (of two components with one name
   * ejabberd picks one at random to get what is routed to them); after twice as long it is silent
   */
  constructor(wait: number, ask: () => void, silent: () => void) {
    this.#wait = wait;
    this.#ask = ask;
    this.#silent = silent;
  }

  start(): void {
    this.#quietTicks = 0;
    this.#timer = setInterval(() => this.#tick(), this.#wait / 4).unref();
  }

  /** Something came. */
  heard(): void {
    this.#quietTicks = 0;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Ticks, not a clock: a process that was itself stopped or busy must not blame the server. */
  #tick(): void {
    this.#quietTicks++;
    if (this.#quietTicks >= 8) this.#silent();
    else if (this.#quietTicks >= 4) this.#ask();
  }
}
