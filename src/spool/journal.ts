import type { Database } from 'better-sqlite3';

/** What may happen to a message: put into the spool, sent by respool, proved by a device, and what became of it else. */
export const EVENT_KINDS = [
  'stored',
  'replayed',
  'proved',
  'bounced',
  'refused',
  'expired',
  'evicted',
  'dropped',
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** Something that has happened to a message. */
export interface QueueEvent {
  /** In ms since 1970. */
  at: number;
  kind: EventKind;
  id: number;
  /** null: what was said in a room, to all that lack it. */
  account: string | null;
  /** null: the account as a whole, or all of its devices. */
  device: string | null;
  from: string;
  to: string;
  type: string;
  stanzaId: string | null;
  /** Who had delivered what was proved. */
  by: 'ejabberd' | 'respool' | null;
}

/** Which events somebody wants to hear of; null: of all. */
export interface Wanted {
  account: string | null;
  kinds: readonly EventKind[] | null;
}

/** What the journal of a batch holds, and how many events did not fit. */
export interface Happened {
  events: QueueEvent[];
  missed: number;
}

/** Events kept of one batch: a crowd of them must not hold up who only commits. */
const MOST_EVENTS = 1_000;

type Described = Pick<QueueEvent, 'account' | 'from' | 'to' | 'type' | 'stanzaId'>;
type Noted = { id: number; at: number; device?: string | null; by?: QueueEvent['by'] };

/** Whether an event is one of those wanted. */
export function isWanted({ account, kind }: QueueEvent, wanted: Wanted): boolean {
  return (
    (wanted.account === null || account === null || account === wanted.account) &&
    (wanted.kinds === null || wanted.kinds.includes(kind))
  );
}

/** What happens to messages, for those who follow; while nobody does it is off, and costs nothing. */
export class Journal {
  readonly #describe;
  readonly #expired;
  #wanted: readonly Wanted[] = [];
  #events: QueueEvent[] = [];
  #missed = 0;

  constructor(db: Database) {
    this.#describe = db.prepare<[{ id: number }], Described>(`
      SELECT jid AS account, sender AS "from", recipient AS "to", coalesce(type, 'normal') AS type,
        stanza_id AS stanzaId
      FROM message JOIN account ON account.id = message.account WHERE message.id = @id
      UNION ALL SELECT NULL, sender, room.jid, 'groupchat', stanza_id
      FROM room_message AS said JOIN room ON room.id = said.room WHERE said.id = @id
      UNION ALL SELECT account, sender, recipient, coalesce(type, 'normal'), stanza_id
      FROM remote_message WHERE id = @id`);
    this.#expired = db
      .prepare<[number, number], number>('SELECT id FROM room_message WHERE expires_at <= ? LIMIT ?')
      .pluck();
  }

  get isOn(): boolean {
    return this.#wanted.length > 0;
  }

  /** Is to note these from now on. */
  want(wanted: readonly Wanted[]): void {
    this.#wanted = wanted;
  }

  /** What an event says of a message, to be asked before the message is gone. */
  describe(id: number): Described | undefined {
    return this.isOn ? this.#describe.get({ id }) : undefined;
  }

  /** Notes an event; nothing where the message was not there. `account`: of whom, where it was said in a room. */
  note(kind: EventKind, noted: Noted, described = this.describe(noted.id), account?: string): void {
    if (described === undefined) return;
    const { device = null, by = null } = noted;
    const event = { ...noted, ...described, kind, device, by, account: described.account ?? account ?? null };
    if (!this.#wanted.some(wanted => isWanted(event, wanted))) return;
    if (this.#events.length < MOST_EVENTS) this.#events.push(event);
    else this.#missed++;
  }

  /** Notes what rooms had that is about to be removed, for its time is over. */
  noteExpiredInRooms(judgedAt: number, at: number): void {
    if (!this.isOn) return;
    for (const id of this.#expired.all(judgedAt, MOST_EVENTS)) this.note('expired', { id, at });
  }

  /** What was noted since, or null; it is for a batch that has been committed. */
  take(): Happened | null {
    const happened = { events: this.#events, missed: this.#missed };
    this.#events = [];
    this.#missed = 0;
    return happened.events.length === 0 && happened.missed === 0 ? null : happened;
  }
}
