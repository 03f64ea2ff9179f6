import type { Database } from 'better-sqlite3';
import type { Allowance } from './allowance.js';
import type { Gap, RoomMessage, SaidInRoom, StoredInRoom, Taken } from './content.js';
import type { Evictions } from './evictions.js';
import { Gaps } from './gaps.js';
import type { Held } from './held.js';
import { type Holding, Holdings } from './holdings.js';
import type { Journal } from './journal.js';
import type { Ledger } from './ledger.js';
import type { MemberRecord, RoomRecord } from './record.js';
import { type IsFree, type KeptMessage, RoomFinder } from './room-finder.js';
import { type Member, prepare, type Removed } from './room-statements.js';
import { sizeOf, weightOf } from './weight.js';

/** A device belongs to so many rooms at most. */
const MOST_ROOMS = 500;

export interface RoomLimits {
  /** Is anything kept of what is said in rooms? */
  replay: boolean;
  /** A room's message lives so many ms at most. */
  maxAge: number;
  /** Messages kept of one room; the oldest of who said most there go first. */
  maxPerRoom: number;
}

export interface RoomRange {
  after: number;
  upTo: number;
  at: number;
  limit: number;
}

/** A place in what was said in a room, by when that was: what its archive had was stored later than it was said. */
export interface SaidPlace {
  readonly stamp: number;
  readonly id: number;
}

export const BEGINNING: SaidPlace = { stamp: Number.MIN_SAFE_INTEGER, id: 0 };

/**
 * What was said in rooms, one row a message however many it is owed to: a device that belongs to a room is owed all after
 * its cursor, but for what it has proved out of order.
 */
export class Rooms {
  /** What is kept of each room, by its id. */
  readonly holdings: Holdings<number>;
  readonly gaps: Gaps;
  readonly #evictions: Evictions;
  #limits: RoomLimits;
  readonly #ledger: Ledger;
  readonly #journal: Journal;
  readonly #nextId: () => number;
  readonly #statements;
  readonly #finder: RoomFinder;
  readonly #touched = new Set<number>();

  /** @param nextId gives the ids of messages, in the order of their arrival */
  constructor(
    db: Database,
    { ledger, journal, evictions }: { ledger: Ledger; journal: Journal; evictions: Evictions },
    limits: RoomLimits,
    nextId: () => number,
  ) {
    this.#evictions = evictions;
    this.#limits = limits;
    this.#ledger = ledger;
    this.#journal = journal;
    this.#nextId = nextId;
    this.#statements = prepare(db);
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

  /** A device is in a room: what is said from now on is owed to it, until it leaves. */
  join(device: number, jid: string, nick: string | null, lastId: number, at: number): Member {
    const room = this.#statements.findRoom.get(jid) ?? (this.#statements.addRoom.get(jid, at) as number);
    const known = this.#statements.member.get(device, room);
    if (known === undefined) {
      const member = { id: this.#statements.addMember.get({ room, device, nick, lastId }) as number, room };
      this.#keepFew(device);
      return member;
    }
    if (nick !== null) this.#statements.rename.run({ nick, id: known });
    return { id: known, room };
  }

  /** The device as a member of a room, where it belongs to it. */
  member(device: number, jid: string): Member | undefined {
    const room = this.#statements.findRoom.get(jid);
    const id = room === undefined ? undefined : this.#statements.member.get(device, room);
    return room === undefined || id === undefined ? undefined : { id, room };
  }

  /** The device as a member of the room where this message was said; undefined for any other message. */
  memberFor(device: number, message: number): Member | undefined {
    return this.#statements.memberFor.get({ device, id: message });
  }

  /** A device belongs to a room no more. */
  leave(device: number, jid: string): void {
    const member = this.member(device, jid);
    if (member !== undefined) this.#remove(member);
  }

  /** Devices of an account (null: of all) belong to a room no more, one of them (null: each). Returns them. */
  expel(jid: string, account: string | null, resource: string | null): number[] {
    const members = this.#statements.expelled.all({ jid, account, resource });
    for (const member of members) this.#remove(member);
    return members.map(({ device }) => device);
  }

  /** A device is known no more, and belongs nowhere. Returns to how many rooms it belonged. */
  forgetDevice(device: number): number {
    const members = this.#statements.membersOf.all(device);
    for (const member of members) this.#remove(member);
    return members.length;
  }

  /** Adds a room of an exported queue. Returns false where it is known. */
  restore({ jid, last_id: lastId, heard_at: heardAt }: RoomRecord): boolean {
    if (this.#statements.findRoom.get(jid) !== undefined) return false;
    this.#statements.restoreRoom.run({ jid, lastId, heardAt });
    return true;
  }

  /** Adds a member of such a room; what was said there comes later, so its cursor stays where it was. */
  restoreMember(
    device: number,
    { room, nick, cursor, proved }: Pick<MemberRecord, 'room' | 'nick' | 'cursor' | 'proved'>,
  ): void {
    const { id } = this.join(device, room, nick, cursor, 0);
    this.#statements.moveUp.run({ id, cursor });
    for (const message of proved) this.#statements.prove.run({ id, message });
  }

  /** Stores what was said in a room of an exported queue, under an id of its own. Returns false where it cannot be. */
  restoreSaid(jid: string, message: KeptMessage, id: number): boolean {
    const room = this.#statements.findRoom.get(jid);
    if (room === undefined || this.#finder.byKey(room, message.key) !== undefined) return false;
    if (this.#finder.ofOtherProcess(room, message) !== undefined) return false;
    this.#add(room, message, id);
    return true;
  }

  /** A device is not to get a message of a room, and a line is kept about it for `whom`. Was it owed it? */
  drop(device: number, id: number, whom: string, at: number): boolean {
    const member = this.#statements.memberFor.get({ device, id });
    if (member === undefined || !this.isOwed(member, id)) return false;
    this.#statements.keepLine.run({ id, at, account: whom, outcome: 'dropped' });
    this.spare(member, [id]);
    this.#ledger.ended('dropped', { owing: null });
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
    this.#touched.add(said.room);
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

  /** All rooms that a device belongs to. */
  membersOf(device: number): Member[] {
    return this.#statements.membersOf.all(device);
  }

  /** The devices that belong to a room. */
  devicesIn(room: number): number[] {
    return this.#statements.devicesIn.all(room);
  }

  /** The full JID of a device, by its id. */
  nameOfDevice(device: number): string {
    return this.#statements.nameOfDevice.get(device) ?? '';
  }

  /** How much a member is owed. */
  owedTo(member: Member): Holding {
    const [messages, weight] = this.#statements.owedTo.get(member) ?? [0, 0];
    return { messages, weight: weight ?? 0 };
  }

  /** The oldest that a member is owed, so many. */
  heldFor(member: Member, limit: number): Held[] {
    return this.#statements.heldFor.all({ ...member, limit });
  }

  /** A member is owed a message no more, for it is over a limit; a line is kept about it for `whom`. Returns its weight. */
  evictFor(member: Member, id: number, whom: string, at: number): number {
    this.#statements.keepLine.run({ id, at, account: whom, outcome: 'evicted' });
    this.spare(member, [id]);
    this.#ledger.ended('evicted', { owing: null });
    return weightOf(this.#statements.size.get(id) ?? 0);
  }

  /** A device that is in too many rooms belongs no more to those that it joined first. */
  #keepFew(device: number): void {
    for (const member of this.#statements.beyond.all(device, MOST_ROOMS)) {
      this.#evictions.add('rooms_of_device', this.nameOfDevice(device), '', 0);
      this.#ledger.ended('evicted', { owing: null, messages: this.owedTo(member).messages });
      this.#remove(member);
    }
  }

  #remove({ id, room }: Member): void {
    this.#statements.forgetProved.run(id);
    this.#statements.removeMember.run(id);
    this.#touched.add(room);
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

  /** Those who belong to a room since after the gap. */
  membersSince(jid: string, { lastMember }: Gap): Member[] {
    return this.#statements.membersSince.all(jid, lastMember);
  }

  /** All of a gap has been fetched, up to its last message, or what comes from one on. */
  filled(jid: string, gap: Gap, filled: { last: string | null } | { from: string }): void {
    if ('from' in filled) return this.gaps.narrow(gap, filled.from);
    this.gaps.close(gap);
    // what is said next is behind it, unless something was heard meanwhile
    if (filled.last !== null) this.#statements.close.run({ jid, last: filled.last, after: gap.after });
  }

  /** A member is not owed these messages. */
  spare({ id, room }: Member, messages: readonly number[]): void {
    for (const message of messages) this.#statements.prove.run({ id, message });
    this.#statements.advance.run({ member: id, room });
    this.#statements.tidy.run(id, id);
    this.#touched.add(room);
  }

  /** A device is owed nothing any more of what was said in its rooms. Returns the messages. */
  spareAll(device: number, at: number): number[] {
    const spared: number[] = [];
    for (const member of this.#statements.membersOf.all(device)) {
      const range = { after: 0, upTo: Number.MAX_SAFE_INTEGER, at, limit: 500 };
      for (let ids = this.owedIds(member, range); ids.length > 0; ids = this.owedIds(member, range)) {
        this.spare(member, ids);
        spared.push(...ids);
      }
    }
    return spared;
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
    this.#touched.add(room);
    return id;
  }

  /** What a device is owed of a room, as it was said. @param allowance for so many characters, or little more */
  owed(
    { id, room }: Member,
    { after, ...range }: Omit<RoomRange, 'after'> & { after: SaidPlace },
    allowance: Allowance,
  ): Taken[] {
    const place = { afterStamp: after.stamp, after: after.id };
    const rows = this.#statements.owed.iterate({ member: id, room, ...range, ...place });
    return allowance.fill(rows, ({ payload }) => payload.length);
  }

  /** Is a member owed this message? */
  isOwed(member: Member, id: number): boolean {
    return this.owedIds(member, { after: id - 1, upTo: id, at: 0, limit: 1 }).length > 0;
  }

  /** The ids of that alone. */
  owedIds({ id, room }: Member, range: RoomRange): number[] {
    return this.#statements.owedIds.all({ member: id, room, ...range });
  }

  /** A device has proved these messages of a room. */
  prove(member: Member, messages: readonly number[], outcome: 'delivered' | 'replayed', at: number): void {
    this.spare(member, messages);
    this.#ledger.arrived(outcome, { owing: null, cause: 'room', at, messages: messages.length });
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
    for (const room of this.#touched) {
      this.#removed(this.#statements.removeProved.all({ room }));
      this.#statements.removeRoom.run({ room });
    }
    this.#touched.clear();
  }

  /** Returns how many there were. */
  #removed(rows: readonly Removed[]): number {
    for (const { room, size } of rows) this.holdings.removed(room, size);
    return rows.length;
  }
}

const ANY: IsFree = () => true;
