import type { Quota } from './evictions.js';
import type { Kind, Kinds } from './held.js';
import type { Holding, Holdings } from './holdings.js';
import type { Parts } from './parts.js';
import { keepWithin } from './within.js';

/** Of the whole spool one may have a part: a room, a device in all its rooms, another server. */
const PARTS = { room: 1 / 64, device: 1 / 16, server: 1 / 32 } as const;
/** But so much in any case, in bytes. */
const LEAST = 1 << 20;
/** So many devices are looked at with one sweep, or little more. */
const MOST_DEVICES = 500;

/** What a room, a device in its rooms and another server may have: nobody fills the spool by means of one of these. */
export class Shares {
  readonly #parts: Parts;
  readonly #kinds: Kinds;
  /** Rooms in which there is more since it was looked at what the devices in them are owed. */
  readonly #rooms = new Set<number>();

  constructor(parts: Parts, kinds: Kinds) {
    this.#parts = parts;
    this.#kinds = kinds;
  }

  /** After a batch: of whom has got more, what is over his part goes. */
  enforce(at: number): void {
    const { rooms, remote, limits } = this.#parts;
    for (const room of rooms.holdings.takeGrown()) {
      this.#rooms.add(room);
      const has = rooms.holdings.of(room);
      const quota = has.messages > limits.rooms.maxPerRoom ? 'max_per_room' : 'size_of_room';
      const most = { messages: limits.rooms.maxPerRoom, weight: this.#most('room') };
      this.#enforce(this.#kinds.rooms, room, { holdings: rooms.holdings, most, quota, at });
    }
    for (const domain of remote.rows.holdings.takeGrown()) {
      const most = { messages: Number.POSITIVE_INFINITY, weight: this.#most('server') };
      const { holdings } = remote.rows;
      this.#enforce(this.#kinds.servers, domain, { holdings, most, quota: 'size_of_server', at });
    }
  }

  /** With a sweep: of devices that are owed too much in all their rooms together; the others in there lose nothing. */
  enforceForDevices(at: number): void {
    const seen = new Set<number>();
    for (const room of this.#rooms) {
      if (seen.size >= MOST_DEVICES) break;
      this.#rooms.delete(room);
      for (const device of this.#parts.rooms.members.devicesIn(room)) {
        if (!seen.has(device)) this.#enforceForDevice(device, at);
        seen.add(device);
      }
    }
  }

  #enforce<Owner>(
    kind: Kind<Owner>,
    owner: Owner,
    { holdings, most, quota, at }: { holdings: Holdings<Owner>; most: Holding; quota: Quota; at: number },
  ): void {
    const has = holdings.of(owner);
    keepWithin(
      has,
      most,
      limit => kind.heldBy(owner, limit),
      ({ id, sender, size }) => {
        this.#parts.evictions.add(quota, kind.nameOf(owner), sender, size);
        kind.evict(id, owner, at);
      },
    );
  }

  #enforceForDevice(device: number, at: number): void {
    const { rooms, evictions } = this.#parts;
    const { members } = rooms;
    const most = this.#most('device');
    const belongs = members.membersOf(device);
    // no more than all that is kept there, which is known without reading
    const all = belongs.reduce((sum, { room }) => sum + rooms.holdings.of(room).weight, 0);
    if (all <= most) return;
    const owed = belongs.map(member => ({ member, has: members.owedTo(member) }));
    let over = owed.reduce((sum, { has }) => sum + has.weight, 0) - most;
    owed.sort((one, other) => other.has.weight - one.has.weight);
    const whom = members.nameOfDevice(device);
    for (const { member, has } of owed) {
      if (over <= 0) return;
      const before = has.weight;
      keepWithin(
        has,
        { messages: Number.POSITIVE_INFINITY, weight: Math.max(0, before - over) },
        limit => members.heldFor(member, limit),
        ({ id, sender, size }) => {
          evictions.add('size_of_device', whom, sender, size);
          has.messages--;
          has.weight -= members.evictFor(member, id, whom, at);
        },
      );
      over -= before - has.weight;
    }
  }

  /** In bytes. */
  #most(whose: keyof typeof PARTS): number {
    return Math.max(LEAST, Math.floor(this.#parts.limits.maxSize * PARTS[whose]));
  }
}
