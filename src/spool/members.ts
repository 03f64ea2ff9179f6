import type { Allowance } from './allowance.js';
import type { Gap, Taken } from './content.js';
import type { Evictions } from './evictions.js';
import type { Held } from './held.js';
import type { Holding } from './holdings.js';
import type { Ledger } from './ledger.js';
import type { MemberRecord } from './record.js';
import type { Member, RoomStatements } from './room-statements.js';
import { weightOf } from './weight.js';

/** A device belongs to so many rooms at most. */
const MOST_ROOMS = 500;

interface RoomRange {
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
 * The devices that belong to rooms: each is owed all that was said there after its cursor, but for what it has proved out
 * of order.
 */
export class Members {
  /** Rooms in which somebody may be owed less than before; Rooms empties it. */
  readonly touched = new Set<number>();
  readonly #evictions: Evictions;
  readonly #ledger: Ledger;
  readonly #statements: RoomStatements;

  constructor(statements: RoomStatements, { ledger, evictions }: { ledger: Ledger; evictions: Evictions }) {
    this.#ledger = ledger;
    this.#evictions = evictions;
    this.#statements = statements;
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

  /**
   * Devices leave a room for good: this one, all of this account (`resource` null), or all that there are (`account`
   * null too). Returns them.
   */
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

  /** Adds a member of a room of an exported queue; what was said there comes later, so its cursor stays where it was. */
  restore(
    device: number,
    { room, nick, cursor, proved }: Pick<MemberRecord, 'room' | 'nick' | 'cursor' | 'proved'>,
  ): void {
    const { id } = this.join(device, room, nick, cursor, 0);
    this.#statements.moveUp.run({ id, cursor });
    for (const message of proved) this.#statements.prove.run({ id, message });
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
    this.touched.add(room);
  }

  /** Those who belong to a room since after the gap. */
  membersSince(jid: string, { lastMember }: Gap): Member[] {
    return this.#statements.membersSince.all(jid, lastMember);
  }

  /** A member is not owed these messages. */
  spare({ id, room }: Member, messages: readonly number[]): void {
    for (const message of messages) this.#statements.prove.run({ id, message });
    this.#statements.advance.run({ member: id, room });
    this.#statements.tidy.run(id, id);
    this.touched.add(room);
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
}
