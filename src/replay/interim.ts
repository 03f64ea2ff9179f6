import type { Change } from '../presence/change.js';
import type { TapEvent } from '../tap/event.js';
import type { Jid } from '../xmpp/jid.js';

/** So many sessions may begin or end before the other respool's books are here; after that none of them is believed. */
const MOST = 100_000;

/**
 * Which sessions begin and end here while the books of another respool are on their way. What those say of such a session
 * may be of the stream before: a message that the old stream was handed would be proved by the answer of the new one.
 */
export class Interim {
  /** Full JIDs; null: no books are awaited. */
  #changed: Set<string> | null = null;

  /** The books are asked for: what happens from now on may be later than what they say. */
  begin(): void {
    this.#changed = new Set();
  }

  /** The books are here, or do not come. */
  end(): void {
    this.#changed = null;
  }

  /** Takes what a copy means, and what has changed by it: of a session that is not known nothing changes. */
  take(event: TapEvent, changes: readonly Change[]): void {
    if (this.#changed === null) return;
    switch (event.kind) {
      case 'login':
      case 'unavailable':
      case 'ended':
      case 'told-of-end':
        this.changed(event.jid);
    }
    for (const change of changes) {
      const isEnd = change.kind === 'unavailable';
      if (isEnd || (change.kind === 'available' && change.stream !== 'same'))
        this.changed(change.session.jid);
    }
  }

  /** A session has ended, or another stream of it has begun. */
  changed(jid: Jid): void {
    if (this.#changed !== null && this.#changed.size < MOST) this.#changed.add(jid.full);
  }

  /** What the books say of a session may be of an older stream. */
  isOutdated(jid: Jid): boolean {
    return this.#changed !== null && (this.#changed.size >= MOST || this.#changed.has(jid.full));
  }
}
