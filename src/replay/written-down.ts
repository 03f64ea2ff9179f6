import type { Effect } from './effect.js';
import type { Handed } from './handed.js';
import type { LineState } from './line.js';
import type { UnansweredPing } from './ping.js';

/** Who has not answered after so long, in ms, may be asleep: what it holds is written down. */
const LATE = 150;

/** Whether what one session was handed is written down, so that it outlasts this process: while it lets pings pass. */
export class WrittenDown {
  #isSo = false;

  /** When it is to be, in ms. */
  dueAt({ awaited }: Handed, line: LineState): number {
    if (this.#isSo || awaited === undefined || line === 'mute') return Number.POSITIVE_INFINITY;
    return awaited.sentAt + LATE;
  }

  write({ unanswered }: Handed, line: LineState, out: Effect[]): void {
    if (this.#isSo || unanswered.length === 0 || line === 'mute') return;
    this.#isSo = true;
    out.push({ do: 'write-down', pings: unanswered });
  }

  /** It was, before respool was away. */
  recall({ unanswered }: Handed, out: Effect[]): void {
    this.#isSo = true;
    out.push({ do: 'write-down', pings: unanswered });
  }

  /** A ping goes out. */
  pinged(ping: UnansweredPing, out: Effect[]): void {
    if (this.#isSo) out.push({ do: 'write-down', pings: [ping] });
  }

  /** It has answered. Is no ping without an answer any more? */
  wipe({ unansweredSince }: Handed, out: Effect[]): void {
    if (!this.#isSo || unansweredSince !== null) return;
    this.#isSo = false;
    out.push({ do: 'wipe' });
  }
}
