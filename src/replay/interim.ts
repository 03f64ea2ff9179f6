import type { Change } from '../presence/change.js';
import type { TapEvent } from '../tap/event.js';
import type { Jid } from '../xmpp/jid.js';

/** So much may happen before the other respool's books are here; after that nothing that they say of sessions is believed. */
const MOST = 100_000;

/**
 * Which sessions begin and end here, and which messages come back, while the books of another respool are on their way.
 * What those say of such a session may be of the stream before: a message that the old stream was handed would be proved
 * by the answer of the new one.
 */
export class Interim {
  /** Full JIDs of sessions, and messages that came back; null: no books are awaited. */
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
      if (change.kind === 'bounced') this.#note(messageOf(change.from.bare, change.identity));
      const isEnd = change.kind === 'unavailable';
      if (isEnd || (change.kind === 'available' && change.stream !== 'same'))
        this.changed(change.session.jid);
    }
  }

  /** A session has ended, or another stream of it has begun. */
  changed(jid: Jid): void {
    this.#note(jid.full);
  }

  /** What the books say of a session may be of an older stream. */
  isOutdated({ full }: Jid): boolean {
    return this.#has(full);
  }

  /** The books may say that this session has a message which the server has returned since. */
  hasLost(jid: Jid, identity: string): boolean {
    return this.isOutdated(jid) || this.#has(messageOf(jid.bare, identity));
  }

  #note(what: string): void {
    if (this.#changed !== null && this.#changed.size < MOST) this.#changed.add(what);
  }

  #has(what: string): boolean {
    return this.#changed !== null && (this.#changed.size >= MOST || this.#changed.has(what));
  }
}

/** A bare JID has no space, and what follows one in a full JID is a slash: it is no session. */
function messageOf(account: string, identity: string): string {
  return `${account} ${identity}`;
}
