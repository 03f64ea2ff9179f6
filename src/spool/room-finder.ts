import type { Database } from 'better-sqlite3';
import { partsOfKey } from '../presence/room-recogniser.js';
import type { Retraction } from '../tap/retraction.js';
import { idInKey, keyById } from '../tap/room.js';
import type { RoomMessage, StoredInRoom } from './content.js';

/** While one process takes over from another, each gets some of the copies of one message, or all, within this time in ms. */
const TOGETHER = 2_000;

/** What is taken back by its writer's id is looked for among so many, the newest: no index has that. */
const LOOKED_AT = 1_000;

/** Of equal messages the newest so many are told apart. */
const MOST_ALIKE = 200;

/** Of what an older respool has kept the identity may not be known. */
export type KeptMessage = Omit<RoomMessage, 'identity'> & { identity: string | null };

/** Whether a message is one that the asking device may get now. */
export type IsFree = (id: number) => boolean;

interface Row {
  id: number;
  key: string;
  sender: string;
  receivedAt: number;
}

/** Finds what was said in a room by its names: its key there, or what it shares with equal messages. */
export class RoomFinder {
  readonly #statements;

  constructor(db: Database) {
    this.#statements = prepare(db);
  }

  /** The message of this key. */
  byKey(room: number, key: string): number | undefined {
    return this.#statements.byKey.get(room, key)?.id;
  }

  /** The message that a live copy is of: where its first copy came to another process, the newest of its equals. */
  ofLive(room: number, key: string): number | undefined {
    const known = this.byKey(room, key);
    if (known !== undefined) return known;
    const { shared, process } = partsOfKey(key);
    return process === '' ? undefined : this.#statements.alike.all(room, shared).at(-1)?.id;
  }

  /** The same message, of which another process has stored the first copy: the one before this, or beside it. */
  ofOtherProcess(room: number, { key, identity, receivedAt }: KeptMessage): number | undefined {
    const { process } = partsOfKey(key);
    if (process === '' || identity === null) return undefined;
    const isSame = (one: Row) => {
      const other = partsOfKey(one.key).process;
      return other !== '' && other !== process && Math.abs(receivedAt - one.receivedAt) <= TOGETHER;
    };
    return this.#statements.alike.all(room, identity).findLast(isSame)?.id;
  }

  /**
   * The message that a history or an archive has brought, by any name of it. One that has the room's id is no other than
   * that of this id, or one that the room has given none. Of equal ones it is the oldest that is free.
   * @param key the room's id, as a key, or the identity
   */
  ofStored(
    room: number,
    key: string,
    { identity, keyByStamp, from }: StoredInRoom,
    isFree: IsFree,
  ): number | undefined {
    const known = this.byKey(room, key);
    if (known !== undefined) return known;
    const byStamp = keyByStamp === null ? undefined : this.#statements.byKey.get(room, keyByStamp);
    // a writer can put the room's stamp into his own message: so it counts only for a message of the same sender
    if (byStamp?.sender === from) return byStamp.id;
    const hasRoomsId = key !== identity;
    const alike = this.#statements.alike
      .all(room, identity)
      .filter(one => !hasRoomsId || idInKey(one.key) === null);
    return (alike.find(({ id }) => isFree(id)) ?? alike.at(-1))?.id;
  }

  /**
   * The message that is taken back: by a moderator any that the room knows by this id, by its writer one of his own, under
   * this nick or, where the room tells, as this occupant.
   */
  takenBack(room: number, { id, by, occupant }: Retraction, from: string): number | undefined {
    const byRoomsId = this.#statements.target.get(room, keyById(id));
    if (by === 'room') return byRoomsId?.id;
    const targets = byRoomsId === undefined ? this.#statements.targets.all(room, room, id) : [byRoomsId];
    const isHis = ({ sender, payload }: Target) =>
      occupant !== null && payload.includes(OCCUPANT) ? payload.includes(occupant) : sender === from;
    return targets.findLast(isHis)?.id;
  }
}

interface Target {
  id: number;
  sender: string;
  payload: string;
}

/** As it begins in a payload. */
const OCCUPANT = '<occupant-id ';

function prepare(db: Database) {
  const row = 'SELECT id, key, sender, received_at AS receivedAt FROM room_message WHERE room = ?';
  const target = 'SELECT id, sender, payload FROM room_message WHERE room = ?';
  return {
    byKey: db.prepare<[number, string], Row>(`${row} AND key = ?`),
    alike: db.prepare<[number, string], Row>(
      `SELECT * FROM (${row} AND identity = ? ORDER BY id DESC LIMIT ${MOST_ALIKE}) ORDER BY id`,
    ),
    target: db.prepare<[number, string], Target>(`${target} AND key = ?`),
    targets: db.prepare<[number, number, string], Target>(`
      ${target} AND id IN (SELECT id FROM room_message WHERE room = ? ORDER BY id DESC LIMIT ${LOOKED_AT})
        AND stanza_id = ? ORDER BY id`),
  };
}
