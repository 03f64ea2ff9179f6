import type { Database } from 'better-sqlite3';
import { ACCOUNT_SLOT, HIGHEST_SLOT, hasSlot, type Slots, slotsOf } from './slots.js';

type DeviceRow = { id: number; slot: number; resource: string };

/** An account becomes part of another one, with its devices and with what is owed to it and to each of them. */
export function mergeAccounts(db: Database, into: number, from: number): void {
  const devicesOf = db.prepare<[number], DeviceRow>(
    'SELECT id, slot, resource FROM device WHERE account = ? ORDER BY last_seen DESC',
  );
  const there = devicesOf.all(into);
  const free = slotsBut(there.map(({ slot }) => slot));
  /** Where what was owed to a slot is owed from now on. */
  const moved = new Map([[ACCOUNT_SLOT, ACCOUNT_SLOT]]);
  const move = db.prepare('UPDATE device SET account = @into, slot = @slot WHERE id = @id');
  for (const { id, slot: old, resource } of devicesOf.all(from)) {
    const same = there.find(device => device.resource === resource);
    const slot = same?.slot ?? free.shift();
    moved.set(old, slot ?? ACCOUNT_SLOT); // whichever device comes first, where none more has a place
    if (same === undefined && slot !== undefined) move.run({ into, slot, id });
    else joinDevices(db, same?.id ?? null, id);
  }
  moveMessages(db, moved, { into, from });
  for (const table of ['account_message_young', 'account_message_old', 'arrived']) {
    db.prepare(`UPDATE ${table} SET account = @into WHERE account = @from`).run({ into, from });
  }
  db.prepare(
    'UPDATE account SET has_messages = max(has_messages, (SELECT has_messages FROM account WHERE id = @from)) WHERE id = @into',
  ).run({ into, from });
  db.prepare('DELETE FROM account WHERE id = ?').run(from);
}

/** A device becomes one with another of its account. */
export function mergeDevices(db: Database, into: number, from: number): void {
  const slot = db.prepare<[number], number>('SELECT slot FROM device WHERE id = ?').pluck();
  const account = db.prepare<[number], number>('SELECT account FROM device WHERE id = ?').pluck().get(into);
  if (account === undefined) return;
  const [old = ACCOUNT_SLOT, kept = ACCOUNT_SLOT] = [slot.get(from), slot.get(into)];
  const moved = new Map(slotsBut([]).map(one => [one, one === old ? kept : one]));
  joinDevices(db, into, from);
  moveMessages(db, moved.set(ACCOUNT_SLOT, ACCOUNT_SLOT), { into: account, from: account });
}

/** A room becomes part of another one; whoever belongs to both is owed what was said since the earlier place. */
export function mergeRooms(db: Database, into: number, from: number): void {
  const members = db.prepare<[number], { id: number; device: number }>(
    'SELECT id, device FROM room_member WHERE room = ?',
  );
  const find = db.prepare<[object], number>(
    'SELECT id FROM room_member WHERE room = @into AND device = @device',
  );
  for (const { id, device } of members.all(from)) joinMember(db, find.pluck().get({ into, device }), id);
  for (const table of ['room_member', 'room_message']) {
    db.prepare(`UPDATE OR IGNORE ${table} SET room = @into WHERE room = @from`).run({ into, from });
    db.prepare(`DELETE FROM ${table} WHERE room = ?`).run(from);
  }
  db.prepare('DELETE FROM room WHERE id = ?').run(from);
}

function moveMessages(
  db: Database,
  moved: ReadonlyMap<number, number>,
  { into, from }: { into: number; from: number },
): void {
  const messages = db.prepare<[number], { id: number; owed: Slots }>(
    'SELECT id, owed FROM message WHERE id IN (SELECT message FROM account_message WHERE account = ?)',
  );
  const change = db.prepare('UPDATE message SET account = @into, owed = @owed WHERE id = @id');
  for (const { id, owed } of messages.all(from)) {
    const slots = [...moved].filter(([old]) => hasSlot(owed, old)).map(([, slot]) => slot);
    change.run({ id, into, owed: slotsOf(new Set(slots)) });
  }
}

/** What is kept of a device goes to another one, or with it where there is none. */
function joinDevices(db: Database, into: number | null, from: number): void {
  const members = db.prepare<[number], { id: number; room: number }>(
    'SELECT id, room FROM room_member WHERE device = ?',
  );
  const find = db.prepare<[object], number>(
    'SELECT id FROM room_member WHERE device = @into AND room = @room',
  );
  for (const { id, room } of members.all(from)) joinMember(db, find.pluck().get({ into, room }), id);
  for (const table of ['room_member', 'asleep_ping', 'asleep_message']) {
    if (into !== null)
      db.prepare(`UPDATE OR IGNORE ${table} SET device = @into WHERE device = @from`).run({ into, from });
    db.prepare(`DELETE FROM ${table} WHERE device = ?`).run(from);
  }
  if (into !== null) {
    db.prepare(`
      UPDATE device SET first_seen = min(device.first_seen, other.first_seen),
        last_seen = max(device.last_seen, other.last_seen), online = max(device.online, other.online),
        probation = min(device.probation, other.probation), proofs = device.proofs + other.proofs
      FROM (SELECT * FROM device WHERE id = @from) AS other WHERE device.id = @into`).run({ into, from });
  }
  db.prepare('DELETE FROM device WHERE id = ?').run(from);
}

/** One device belongs to one room twice: it has proved what either has, and is owed what came since the earlier place. */
function joinMember(db: Database, into: number | undefined, from: number): void {
  if (into === undefined) return;
  db.prepare(`
    UPDATE room_member SET cursor = min(cursor, (SELECT cursor FROM room_member WHERE id = @from)) WHERE id = @into`).run(
    {
      into,
      from,
    },
  );
  db.prepare('UPDATE OR IGNORE room_proved SET member = @into WHERE member = @from').run({ into, from });
  db.prepare('DELETE FROM room_proved WHERE member = ?').run(from);
  db.prepare('DELETE FROM room_member WHERE id = ?').run(from);
}

/** The slots of devices that are not among these. */
function slotsBut(taken: readonly number[]): number[] {
  return Array.from({ length: HIGHEST_SLOT }, (_, n) => n + 1).filter(slot => !taken.includes(slot));
}
