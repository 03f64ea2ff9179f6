import type { FakeClock } from '../fake-clock.js';
import type { Handed, Session } from './session.js';
import type { Stanza } from './stanza.js';

export interface Ends {
  /** The client gets a stanza. */
  receive(handed: Handed, session: Session): void;
  /** The server gets a stanza. */
  send(session: Session, stanza: Stanza, lag: number): void;
}

/** The connection between a client and its session: it keeps order, takes its time, and may break. */
export class Line {
  readonly #clock: FakeClock;
  readonly #session: Session;
  readonly #latency: number;
  readonly #ends: Ends;
  #broken = false;

  constructor(clock: FakeClock, session: Session, latency: number, ends: Ends) {
    this.#clock = clock;
    this.#session = session;
    this.#latency = latency;
    this.#ends = ends;
  }

  get isBroken(): boolean {
    return this.#broken;
  }

  /** What is under way is lost, and what comes after it. */
  break(): void {
    this.#broken = true;
  }

  toClient(handed: Handed): void {
    this.#later(() => {
      handed.received = true;
      this.#ends.receive(handed, this.#session);
      if (this.#session.managed) this.#later(() => this.#session.acknowledge(handed));
    });
  }

  /** @param lag how long the server takes between its copy and the delivery, in ms */
  toServer(stanza: Stanza, lag = 0): void {
    this.#later(() => this.#ends.send(this.#session, stanza, lag));
  }

  /** The client is done: what it sent before still arrives, it reads no more. */
  close(end: () => void): void {
    this.#later(() => {
      this.#broken = true;
      end();
    });
  }

  #later(what: () => void): void {
    this.#clock.after(this.#latency, () => {
      if (!this.#broken && !this.#session.ended) what();
    });
  }
}
