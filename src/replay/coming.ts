import type { Session } from '../presence/session.js';
import type { RoomMessage } from '../spool/content.js';

/** What was heard is remembered up to so many messages, of each session that came and of what was live. */
const MOST_HEARD = 5_000;

/** Who has come into a room since its archive was last asked, and what was heard there since then. */
export class Coming {
  /** How many of them the spool has yet to say something about: what they missed may be more than is being fetched. */
  asking = 0;
  /** What was said and heard live, by a name that it shares with equal messages. */
  readonly live = new Set<string>();
  /** What they had from the room's own history. */
  readonly #had = new Map<Session, Set<string>>();

  get sessions(): Iterable<Session> {
    return this.#had.keys();
  }

  add(session: Session): void {
    this.#had.set(session, new Set());
  }

  heard(session: Session, name: string, isLive: boolean): void {
    const names = isLive ? this.live : this.#had.get(session);
    if (names !== undefined && names.size < MOST_HEARD) names.add(name);
  }

  /** Who had this message from the room's own history. */
  *whoHad({ key, identity }: RoomMessage): Iterable<Session> {
    for (const [session, had] of this.#had) if (had.has(key) || had.has(identity)) yield session;
  }
}
