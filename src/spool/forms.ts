import type { Way } from '../tap/event.js';
import { mucSubIdentity, saidIn } from '../tap/mucsub-identity.js';
import type { StoredInRoom } from './content.js';
import type { Devices } from './devices.js';
import type { Holder } from './holder.js';
import type { Holds } from './holds.js';
import type { Messages } from './messages.js';
import type { Member } from './room-statements.js';
import type { Rooms } from './rooms.js';

/** So many subscribers' copies wait at most for the copy of an occupant. */
const MOST_WAITING = 1_000;

/** A subscriber's copy that a session holds, whose device belongs to the room. */
interface Waiting {
  readonly holder: Holder;
  readonly group: number;
  readonly event: number;
  readonly way: Way | 'replay';
}

/**
 * What was said in a room reaches a device in two forms: as an occupant's copy, and as a subscriber's (MucSub), which
 * is a message of the account. They are one message: a session that holds one form holds the other, and proves both.
 * But the subscriber's form goes to all devices of an account, and a client that does not subscribe shows nothing of
 * it. So for such a device it does not count as the occupant's form.
 */
export class Forms {
  readonly #rooms: Rooms;
  readonly #messages: Messages;
  readonly #holds: Holds;
  readonly #devices: Devices;
  /** By what they are known by as a message of an account; the occupants' copies come in the same moment, before or after. */
  readonly #waiting = new Map<string, Waiting[]>();

  constructor(rooms: Rooms, messages: Messages, holds: Holds, devices: Devices) {
    this.#rooms = rooms;
    this.#messages = messages;
    this.#holds = holds;
    this.#devices = devices;
  }

  /** A session holds a message of its account: where that is a subscriber's copy, it holds the occupant's form too. */
  holdsEvent(holder: Holder, group: number, event: number, identity: string, way: Way | 'replay'): void {
    const said = saidIn(identity);
    if (said === null || holder.device === null || !this.#devices.subscribes(holder.device.id)) return;
    const member =
      holder.occupies.get(said.room)?.member ?? this.#rooms.members.member(holder.device.id, said.room);
    if (member === undefined) return;
    if (!this.#holdSaid({ holder, group, event, way }, member, said)) {
      this.#wait(identity, { holder, group, event, way });
    }
  }

  /** A session was told by a room's history or archive: it holds the subscriber's form too. */
  holdsSaid(holder: Holder, group: number, room: string, { identity }: StoredInRoom, way: Way): void {
    const events = this.#messages.stored.alike(holder.account, mucSubIdentity(identity, room));
    const event = events.find(id => !holder.held.has(id));
    if (event !== undefined) this.#holds.hold(holder, group, event, way);
  }

  /** An occupant's copy is stored: who holds the subscriber's form holds it too. */
  stored(room: string, identity: string): void {
    if (this.#waiting.size === 0) return;
    const name = mucSubIdentity(identity, room);
    const waiting = this.#waiting.get(name) ?? [];
    this.#waiting.delete(name);
    for (const one of waiting) {
      const { holder, event, group } = one;
      const member = holder.device === null ? undefined : this.#rooms.members.member(holder.device.id, room);
      const isThere = this.#holds.get(holder.key) === holder && holder.held.get(event) === group;
      if (member !== undefined && isThere)
        this.#holdSaid(one, holder.occupies.get(room)?.member ?? member, { identity, room });
    }
  }

  #holdSaid(
    { holder, group, way }: Waiting,
    member: Member,
    said: { identity: string; room: string },
  ): boolean {
    const stored = { identity: said.identity, from: '', retracts: null, keyByStamp: null };
    const isFree = (id: number) => !holder.held.has(id) && this.#rooms.members.isOwed(member, id);
    const id = this.#rooms.findStored(said.room, said.identity, stored, isFree);
    if (id === undefined) return false;
    if (!isFree(id)) return true;
    holder.heard.set(id, member);
    this.#holds.hold(holder, group, id, way);
    return true;
  }

  #wait(name: string, waiting: Waiting): void {
    const others = this.#waiting.get(name);
    if (others !== undefined) others.push(waiting);
    else this.#waiting.set(name, [waiting]);
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size > MOST_WAITING && oldest !== undefined) this.#waiting.delete(oldest);
  }
}
