import type { Database } from 'better-sqlite3';
import type { Gap, RoomMessage, SaidInRoom, StoredInRoom } from './content.js';
import { Gaps } from './gaps.js';
import type { Held } from './held.js';
import { Holdings } from './holdings.js';
import type { Journal } from './journal.js';
import type { Ledger } from './ledger.js';
import type { Members } from './members.js';
import type { RoomRecord } from './record.js';
import { type IsFree, type KeptMessage, RoomFinder } from './room-finder.js';
import type { Removed, RoomStatements } from './room-statements.js';
import { sizeOf } from './weight.js';

export interface RoomLimits {
  /** Is anything kept of what is said in rooms? */
  replay: boolean;
  /** A room's message lives so many ms at most. */
  maxAge: number;
  /** Messages kept of one room; the oldest of who said most there go first. */
  maxPerRoom: number;
}

/** What was said in rooms, one row a message however many members it is owed to. */
export class Rooms {
  /** What is kept of each room, by its id. */
  readonly holdings: Holdings<number>;
  readonly gaps: Gaps;
  readonly members: Members;
  #limits: RoomLimits;
  readonly #ledger: Ledger;
  readonly #journal: Journal;
  readonly #nextId: () => number;
  readonly #statements: RoomStatements;
  readonly #finder: RoomFinder;

  /** @param nextId gives the ids of messages, in the order of their arrival */
  constructor(
    db: Database,
    {
      ledger,
      journal,
      members,
      statements,
    }: { ledger: Ledger; journal: Journal; members: Members; statements: RoomStatements },
    limits: RoomLimits,
    nextId: () => number,
  ) {
    this.members = members;
    this.#limits = limits;
    this.#ledger = ledger;
    this.#journal = journal;
    this.#nextId = nextId;
    this.#statements = statements;
    this.#finder = new RoomFinder(db);
    this.gaps = new Gaps(db);
    this.holdings = new Holdings({
      all: () => this.#statements.weights.all(),
      one: room => this.#statements.holding.get(room),
    });
  }

  limit(limits: RoomLimits): void {
    this.#limits = limits;
    this.holdings.look();
  }

  /** Adds a room of an exported queue. Returns false where it is known. */
  restore({ jid, last_id: lastId, heard_at: heardAt }: RoomRecord): boolean {
    if (this.#statements.findRoom.get(jid) !== undefined) return false;
    this.#statements.restoreRoom.run({ jid, lastId, heardAt });
    return true;
  }

  /** Stores what was said in a room of an exported queue, under an id of its own. Returns false where it cannot be. */
  restoreSaid(jid: string, message: KeptMessage, id: number): boolean {
    const room = this.#statements.findRoom.get(jid);
    if (room === undefined || this.#finder.byKey(room, message.key) !== undefined) return false;
    if (this.#finder.ofOtherProcess(room, message) !== undefined) return false;
    this.#add(room, message, id);
    return true;
  }

  /** Ends a message for all, and keeps a line about it for its room. Was there one? */
  refuse(id: number, at: number): boolean {
    return this.#end(id, 'refused', at);
  }

  /** Ends a message that is over a limit, and keeps a line about it. */
  evict(id: number, at: number): void {
    this.#journal.note('evicted', { id, at });
    this.#end(id, 'evicted', at);
  }

  /** Its writer or a moderator has taken it back: it is not sent to anybody any more. */
  #takeBack(id: number, at: number): void {
    this.#journal.note('dropped', { id, at });
    this.#end(id, 'dropped', at);
  }

  #end(id: number, outcome: 'refused' | 'evicted' | 'dropped', at: number): boolean {
    const said = this.#statements.said.get(id);
    if (said === undefined) return false;
    this.#statements.keepLine.run({ id, at, account: said.jid, outcome });
    this.#statements.removeSaid.run(id);
    this.holdings.removed(said.room, said.size);
    this.members.touched.add(said.room);
    this.#ledger.ended(outcome, { owing: null });
    return true;
  }

  /** The oldest of a room, as it is judged who has too much of it: each occupant has his own. */
  heldBy(room: number, limit: number): Held[] {
    return this.#statements.heldBy.all(room, limit);
  }

  /** The JID of a room, by its id. */
  nameOf(room: number): string {
    return this.#statements.jid.get(room) ?? '';
  }

  /** Stores what was said in a gap, oldest first. Returns the ids of what was not known. */
  fill(jid: string, messages: readonly RoomMessage[]): number[] {
    const room = this.#statements.findRoom.get(jid);
    if (room === undefined) return [];
    return messages.flatMap(message => {
      const stored = { ...message, keyByStamp: null };
      if (this.#finder.ofStored(room, message.key, stored, ANY) !== undefined) return [];
      return this.#hear(room, jid, message);
    });
  }

  /** All of a gap has been fetched, up to its last message, or what comes from one on. */
  filled(jid: string, gap: Gap, filled: { last: string | null } | { from: string }): void {
    if ('from' in filled) return this.gaps.narrow(gap, filled.from);
    this.gaps.close(gap);
    // what is said next is behind it, unless something was heard meanwhile
    if (filled.last !== null) this.#statements.close.run({ jid, last: filled.last, after: gap.after });
  }

  /** The message that a live copy is of. */
  find(jid: string, key: string): number | undefined {
    const room = this.#statements.findRoom.get(jid);
    return room === undefined ? undefined : this.#finder.ofLive(room, key);
  }

  /** The message that a room's history or archive has brought, by any of its names; see RoomFinder. */
  findStored(jid: string, key: string, stored: StoredInRoom, isFree: IsFree): number | undefined {
    const room = this.#statements.findRoom.get(jid);
    return room === undefined ? undefined : this.#finder.ofStored(room, key, stored, isFree);
  }

  /** Something is taken back there: where it is kept, it ends for all. Returns it. */
  takeBack(jid: string, { retracts, from }: SaidInRoom, at: number): number | undefined {
    const room = retracts === null ? undefined : this.#statements.findRoom.get(jid);
    const id =
      room === undefined || retracts === null ? undefined : this.#finder.takenBack(room, retracts, from);
    if (id !== undefined) this.#takeBack(id, at);
    return id;
  }

  /** Stores what was said now, once; undefined where no known device belongs to the room. */
  add(jid: string, message: RoomMessage): number | undefined {
    const room = this.#statements.findRoom.get(jid);
    if (room === undefined) return undefined;
    const id =
      this.#finder.byKey(room, message.key) ??
      this.#finder.ofOtherProcess(room, message) ??
      this.#hear(room, jid, message);
    const { archiveId } = message;
    if (archiveId !== null) {
      this.#statements.heard.run({ jid, archiveId, at: message.receivedAt });
      this.gaps.heard(jid, archiveId);
    }
    return id;
  }

  #hear(room: number, jid: string, message: RoomMessage): number {
    const id = this.#add(room, message, this.#nextId());
    const { from, stanzaId, receivedAt: at } = message;
    this.#journal.note('stored', { id, at }, { account: null, from, to: jid, type: 'groupchat', stanzaId });
    return id;
  }

  #add(room: number, message: KeptMessage, id: number): number {
    const { payload, from, stanzaId, key, lang } = message;
    const size = sizeOf(payload, from, stanzaId, key, lang);
    const expiresAt = Math.min(message.expiresAt, message.stamp + this.#limits.maxAge);
    this.#statements.add.run({ ...message, retracts: null, id, room, size, expiresAt });
    this.holdings.added(room, size);
    this.#ledger.entered(null);
    this.members.touched.add(room);
    return id;
  }

  /**
   * Removes what nobody is owed any more and what has expired, of rooms that have changed.
   * @param judgedAt the date by which it is judged what has expired
   */
  sweep(judgedAt: number, at: number): void {
    this.#journal.noteExpiredInRooms(judgedAt, at);
    this.gaps.forget(judgedAt - this.#limits.maxAge);
    const expired = this.#removed(this.#statements.expire.all(judgedAt));
    this.#ledger.ended('expired', { owing: null, messages: expired });
    for (const room of this.members.touched) {
      this.#removed(this.#statements.removeProved.all({ room }));
      this.#statements.removeRoom.run({ room });
    }
    this.members.touched.clear();
  }

  /** Returns how many there were. */
  #removed(rows: readonly Removed[]): number {
    for (const { room, size } of rows) this.holdings.removed(room, size);
    return rows.length;
  }
}

const ANY: IsFree = () => true;
