import type { Way } from '../tap/event.js';
import type { Allowance } from './allowance.js';
import type { Command } from './command.js';
import type { SaidInRoom, Taken } from './content.js';
import { EarlyJoins } from './early-joins.js';
import type { Forms } from './forms.js';
import { type Holder, seenThere } from './holder.js';
import type { Holds } from './holds.js';
import { JustIn } from './just-in.js';
import { BEGINNING } from './members.js';
import type { Questions } from './question.js';
import type { Member } from './room-statements.js';
import type { Rooms } from './rooms.js';

/** Which sessions are in which rooms, and what they were given of what is said there. */
export class Occupancy {
  readonly #rooms: Rooms;
  readonly #holds: Holds;
  readonly #forms: Forms;
  readonly #justIn = new JustIn();
  readonly #early = new EarlyJoins();

  constructor(rooms: Rooms, holds: Holds, forms: Forms) {
    this.#rooms = rooms;
    this.#holds = holds;
    this.#forms = forms;
  }

  /** A room lets it in. @param lastId the last message stored: what comes later is owed to a new member */
  join(holder: Holder, room: string, nick: string | null, lastId: number, at: number): Member | undefined {
    if (holder.device === null) this.#early.add(holder, room, { nick, lastId, at });
    const member = this.#belong(holder, room, nick, lastId, at);
    const place = holder.occupies.get(room);
    if (place !== undefined) {
      place.joinedAt = at; // of another stream than the last one, it may be
      this.#justIn.add(room, place, at);
    }
    return member;
  }

  /** Its device may be known from now on, and belongs to the rooms that have let it in. */
  arrived(holder: Holder): void {
    if (holder.device === null) return;
    for (const [room, { nick, lastId, at }] of this.#early.take(holder))
      this.join(holder, room, nick, lastId, at);
  }

  /** The session is in a room, and its device belongs to it from now on. */
  #belong(
    { device, occupies }: Holder,
    room: string,
    nick: string | null,
    lastId: number,
    at: number,
  ): Member | undefined {
    if (device === null) return undefined; // a server-made resource does not come back
    return this.#enter(
      occupies,
      room,
      this.#rooms.members.join(device.id, room, nick, lastId, at),
      lastId,
      at,
    );
  }

  /** The session is in a room to which its device belongs. */
  #enter(occupies: Holder['occupies'], room: string, member: Member, lastId: number, at: number): Member {
    const place = occupies.get(room);
    if (place?.member.id !== member.id) {
      occupies.set(room, { member, joinedAt: at, cursor: BEGINNING, seenAt: lastId });
      return member;
    }
    seenThere(place, lastId);
    return place.member; // one object for all that it hears there, so that this is proved together
  }

  /** Is the session's device no member of this room? */
  isStranger({ device }: Holder, room: string): boolean {
    return device === null || this.#rooms.members.member(device.id, room) === undefined;
  }

  /** Stores what was said in a gap; who has come in since is not owed it. Returns how many were not known. */
  fill({ room, gap, messages, filled, had }: Questions['fill']['ask']): number {
    const ids = this.#rooms.fill(room, messages);
    for (const message of messages) this.#takeBack(room, message, message.receivedAt);
    for (const newcomer of this.#rooms.members.membersSince(room, gap))
      this.#rooms.members.spare(newcomer, ids);
    for (const { session, group, key } of had) {
      const holder = this.#holds.get(session);
      const member = holder?.occupies.get(room)?.member;
      const message = messages.find(one => one.key === key);
      const id = message && this.#rooms.findStored(room, key, { ...message, keyByStamp: null }, ANY);
      if (holder !== undefined && member !== undefined && id !== undefined)
        this.#hold(holder, member, group, id);
    }
    const lastId = ids.at(-1);
    if (lastId !== undefined) {
      // it was said before whoever is in the room now came in
      for (const { occupies } of this.#holds.all()) seenThere(occupies.get(room), lastId);
    }
    if (filled !== null) this.#rooms.filled(room, gap, filled);
    return ids.length;
  }

  part(holder: Holder, room: string): void {
    const { device, occupies } = holder;
    this.#early.remove(holder, room);
    occupies.delete(room);
    if (device !== null) this.#rooms.members.leave(device.id, room);
  }

  /** Devices belong to a room no more. */
  expel({ room, account, resource }: Extract<Command, { do: 'expel' }>): void {
    const devices = new Set(this.#rooms.members.expel(room, account, resource));
    if (devices.size === 0) return;
    for (const { device, occupies } of this.#holds.all()) {
      if (device !== null && devices.has(device.id)) occupies.delete(room);
    }
  }

  /**
   * A session got a message of a room. One that is live shows that it is there, though its join was not seen, if it has
   * asked for that or its device belongs to the room: anybody can send what looks like a room's. Where the session is not
   * known any more (the spool failed meanwhile), or is of no device, the message is kept all the same for the others.
   */
  hear(holder: Holder | undefined, command: Extract<Command, { do: 'hear' }>, lastId: number): void {
    const { room, way, group, stored, key, at } = command;
    const member = holder === undefined ? undefined : this.#member(holder, command, lastId);
    const id = this.#heard(holder, member, command);
    if (id !== undefined && command.message !== null) this.#stored(room, id, at);
    if (holder !== undefined && stored !== null) {
      this.#forms.holdsSaid(holder, group, room, stored, way);
      if (id === undefined && way !== 'live') this.#justIn.brings({ holder, group, room, key, stored, at });
    }
    if (id === undefined || holder === undefined || member === undefined) return;
    if (way === 'live') seenThere(holder.occupies.get(room), id);
    this.#hold(holder, member, group, id, way);
  }

  /** Something said in a room was stored: who has just joined may have had it by the room's history. */
  #stored(room: string, id: number, at: number): void {
    for (const { holder, group, key, stored } of this.#justIn.stored(room, id, at)) {
      const member = this.#holds.get(holder.key)?.occupies.get(room)?.member;
      const isIt = this.#rooms.findStored(room, key, stored, one => one === id) === id;
      if (isIt && member !== undefined) this.#hold(holder, member, group, id);
    }
  }

  /** Which message it is, stored where it is new; what takes another one back ends that. */
  #heard(
    holder: Holder | undefined,
    member: Member | undefined,
    { room, key, message, stored, at }: Extract<Command, { do: 'hear' }>,
  ): number | undefined {
    const said = message ?? stored;
    if (said !== null) this.#takeBack(room, said, at);
    if (message !== null) {
      const id = this.#rooms.add(room, message);
      if (id !== undefined) this.#forms.stored(room, message.identity);
      return id;
    }
    if (stored === null) return this.#rooms.find(room, key);
    // what a history or an archive brings, and is not kept, is owed to nobody any more
    return this.#rooms.findStored(room, key, stored, id => this.#isFree(holder, member, id));
  }

  /** What takes another one back ends that: nobody is sent it any more, nor has to prove it. */
  #takeBack(room: string, said: SaidInRoom, at: number): void {
    const takenBack = this.#rooms.takeBack(room, said, at);
    if (takenBack !== undefined) this.#holds.letGoOfAll(takenBack);
  }

  /** The device lacks it, as far as is known. */
  #isFree(holder: Holder | undefined, member: Member | undefined, id: number): boolean {
    return holder?.held.has(id) !== true && (member === undefined || this.#rooms.members.isOwed(member, id));
  }

  #hold(holder: Holder, member: Member, group: number, id: number, way: Way = 'archive'): void {
    holder.heard.set(id, member);
    this.#holds.hold(holder, group, id, way);
  }

  #member(
    holder: Holder,
    { room, way, asked, at }: Extract<Command, { do: 'hear' }>,
    lastId: number,
  ): Member | undefined {
    const isLive = way === 'live';
    if (isLive && asked) return this.#belong(holder, room, null, lastId, at);
    const member = holder.device === null ? undefined : this.#rooms.members.member(holder.device.id, room);
    return isLive && member !== undefined ? this.#enter(holder.occupies, room, member, lastId, at) : member;
  }

  /** True where something said in a room that the session is in now is owed to it. */
  owes(holder: Holder, at: number): boolean {
    for (const { member, seenAt } of holder.occupies.values()) {
      const range = { after: 0, upTo: seenAt, at, limit: holder.held.size + 1 };
      if (this.#rooms.members.owedIds(member, range).some(id => !holder.held.has(id))) return true;
    }
    return false;
  }

  /** Takes what the session is owed of the rooms that it is in now, each in order. */
  take(holder: Holder, group: number, limit: number, allowance: Allowance, at: number): Taken[] {
    const taken: Taken[] = [];
    for (const place of holder.occupies.values()) {
      while (taken.length < limit && !allowance.isUsedUp) {
        const range = {
          after: place.cursor,
          upTo: Math.min(holder.limit, place.seenAt),
          at,
          limit: limit - taken.length,
        };
        const rows = this.#rooms.members.owed(place.member, range, allowance);
        const last = rows.at(-1);
        if (last === undefined) break;
        place.cursor = last;
        for (const message of rows) {
          const { id } = message;
          if (holder.held.has(id)) {
            allowance.giveBack(message.payload.length);
            continue;
          }
          holder.heard.set(id, place.member);
          this.#holds.hold(holder, group, id, 'replay');
          taken.push(message);
        }
      }
    }
    return taken;
  }

  /** Settles what of these messages was said in rooms. Returns the rest. */
  prove(holder: Holder, ids: readonly number[], outcome: 'delivered' | 'replayed', at: number): number[] {
    const rest: number[] = [];
    const byMember = new Map<Member, number[]>();
    for (const id of ids) {
      const member = holder.heard.get(id);
      if (member === undefined) rest.push(id);
      else byMember.set(member, [...(byMember.get(member) ?? []), id]);
      holder.heard.delete(id);
    }
    for (const [member, messages] of byMember) this.#rooms.members.prove(member, messages, outcome, at);
    return rest;
  }
}

const ANY = () => true;
