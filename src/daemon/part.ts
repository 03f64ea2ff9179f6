import type { Change } from '../presence/change.js';

/** A part of the daemon that is told how things go. What it leaves out it has no need of. */
export interface Part {
  /** There is a stream. */
  online?(): void;
  /** There is none any more. */
  offline?(): void;
  /** Something has happened. */
  handle?(change: Change): void;
  /** The spool writes again, and has forgotten who holds what. */
  spoolRecovered?(): void;
  /** Ends it; it is told nothing more. */
  stop?(): void | Promise<void>;
}

/** The parts, told in the order in which they were started, and offline and stopped in reverse. */
export class Parts {
  readonly #parts: Part[] = [];

  /** A part has been started. Returns it. */
  add<Started extends Part>(part: Started): Started {
    this.#parts.push(part);
    return part;
  }

  online(): void {
    for (const part of this.#parts) part.online?.();
  }

  offline(): void {
    for (const part of this.#parts.toReversed()) part.offline?.();
  }

  handle(change: Change): void {
    for (const part of this.#parts) part.handle?.(change);
  }

  spoolRecovered(): void {
    for (const part of this.#parts) part.spoolRecovered?.();
  }

  async stop(): Promise<void> {
    for (const part of this.#parts.toReversed()) await part.stop?.();
  }
}
