import type { Database } from 'better-sqlite3';
import type { Way } from '../tap/event.js';
import type { Sleeper } from './content.js';

/** So many messages of one device are written down: ejabberd itself keeps no more for a session (`max_ack_queue`). */
const MOST_OF_DEVICE = 5_000;
/** And so many of all, about 10 MB. What is over that is owed again after a restart. */
const MOST = 200_000;
/** Of one device so many pings: at one an hour, a week. */
const MOST_PINGS = 168;
const WAYS: readonly (Way | 'replay')[] = ['live', 'flood', 'resent', 'carbon', 'archive', 'replay'];

type PingRow = { id: number; name: string; sentAt: number };
type MessageRow = { message: number; way: Way | 'replay'; ping: number };
type DeviceRow = { device: number; jid: string; priority: number };

/**
 * What devices hold that let a ping pass, on the disk: their connection may be gone, and when they resume it they get
 * that from ejabberd, whether respool was stopped meanwhile or not. The answer to the ping, or to a later one of the same
 * session, proves it.
 */
export class Sleepers {
  readonly #statements;
  /** How many messages are written down, by device; 0 where only pings are. */
  readonly #counts: Map<number, number>;
  #all = 0;

  constructor(db: Database) {
    this.#statements = prepare(db);
    this.#counts = new Map(this.#statements.pinged.all().map(device => [device, 0]));
    for (const [device, count] of this.#statements.counts.all()) this.#counts.set(device, count);
    for (const count of this.#counts.values()) this.#all += count;
  }

  has(device: number): boolean {
    return this.#counts.has(device);
  }

  /** The device holds a message; no ping has followed it. */
  add(device: number, message: number, way: Way | 'replay'): void {
    const count = this.#counts.get(device) ?? 0;
    if (count >= MOST_OF_DEVICE || this.#all >= MOST) return;
    if (this.#statements.again.run({ device, message, way }).changes > 0) return;
    this.#statements.add.run({ device, message, way });
    this.#counts.set(device, count + 1);
    this.#all++;
  }

  /** A ping has followed these messages. Returns its row; undefined where there are too many. */
  addPing(device: number, name: string, sentAt: number, messages: readonly number[]): number | undefined {
    const row =
      this.#statements.ping.get(device, name) ??
      this.#statements.addPing.get({ device, name, sentAt, most: MOST_PINGS });
    if (row === undefined) return undefined;
    if (!this.#counts.has(device)) this.#counts.set(device, 0);
    for (const message of messages) this.#statements.follow.run(row, device, message);
    return row;
  }

  removePing(row: number): void {
    this.#statements.removePing.run(row);
  }

  /** The device holds the message no more. */
  remove(device: number, message: number): void {
    this.#count(device, this.#statements.remove.run(device, message).changes);
  }

  /** The device holds nothing more. */
  clear(device: number): void {
    this.#statements.clearPings.run(device);
    this.#count(device, this.#statements.clear.run(device).changes);
    this.#counts.delete(device);
  }

  /** What the device holds, by groups: what is of one group was handed the same way, before the same ping. */
  of(device: number): { group: number; way: Way | 'replay'; message: number }[] {
    return this.#statements.messages.all(device).map(({ message, way, ping }) => {
      return { group: groupOf(ping, way), way, message };
    });
  }

  /** So many devices with higher ids than `after`. */
  page(after: number, devices: number): { sleepers: Sleeper[]; last: number | null } {
    const rows = this.#statements.page.all(after, devices);
    const last = rows.length < devices ? null : (rows.at(-1)?.device ?? null);
    return { sleepers: rows.map(row => this.#sleeper(row)), last };
  }

  #sleeper({ device, jid, priority }: DeviceRow): Sleeper {
    const groupsOf = new Map<number, Set<number>>();
    for (const { ping, way } of this.#statements.messages.all(device)) {
      const groups = groupsOf.get(ping) ?? new Set<number>();
      groupsOf.set(ping, groups.add(groupOf(ping, way)));
    }
    const pings = this.#statements.pings.all(device).map(({ id, name, sentAt }) => {
      const groups = [...(groupsOf.get(id) ?? [])];
      groupsOf.delete(id);
      return { id: name, sentAt, groups };
    });
    return { jid, priority, pings, unasked: [...groupsOf.values()].flatMap(groups => [...groups]) };
  }

  #count(device: number, removed: number): void {
    if (removed === 0) return;
    this.#all -= removed;
    this.#counts.set(device, (this.#counts.get(device) ?? 0) - removed);
  }
}

/** A number that no session gives to a group of its own, for those are above 0. */
function groupOf(ping: number, way: Way | 'replay'): number {
  return -(ping * WAYS.length + WAYS.indexOf(way) + 1);
}

function prepare(db: Database) {
  return {
    counts: db
      .prepare<[], [number, number]>('SELECT device, count(*) FROM asleep_message GROUP BY device')
      .raw(),
    pinged: db.prepare<[], number>('SELECT DISTINCT device FROM asleep_ping').pluck(),
    again: db.prepare(
      'UPDATE asleep_message SET way = @way, ping = 0 WHERE device = @device AND message = @message',
    ),
    add: db.prepare('INSERT INTO asleep_message VALUES (@device, @message, @way, 0)'),
    ping: db
      .prepare<[number, string], number>('SELECT id FROM asleep_ping WHERE device = ? AND name = ?')
      .pluck(),
    addPing: db
      .prepare<[object], number>(`
        INSERT INTO asleep_ping (device, name, sent_at) SELECT @device, @name, @sentAt
        WHERE (SELECT count(*) FROM asleep_ping WHERE device = @device) < @most RETURNING id`)
      .pluck(),
    follow: db.prepare<[number, number, number]>(
      'UPDATE asleep_message SET ping = ? WHERE device = ? AND message = ?',
    ),
    removePing: db.prepare<[number]>('DELETE FROM asleep_ping WHERE id = ?'),
    remove: db.prepare<[number, number]>('DELETE FROM asleep_message WHERE device = ? AND message = ?'),
    clear: db.prepare<[number]>('DELETE FROM asleep_message WHERE device = ?'),
    clearPings: db.prepare<[number]>('DELETE FROM asleep_ping WHERE device = ?'),
    // of a replay with no ping after it nobody knows whether the server got it before the stream ended
    messages: db.prepare<[number], MessageRow>(`
      SELECT message, way, ping FROM asleep_message WHERE device = ? AND (ping > 0 OR way <> 'replay')
      ORDER BY message`),
    pings: db.prepare<[number], PingRow>(
      'SELECT id, name, sent_at AS sentAt FROM asleep_ping WHERE device = ? ORDER BY id',
    ),
    page: db.prepare<[number, number], DeviceRow>(`
      SELECT DISTINCT device.id AS device, account.jid || '/' || resource AS jid, priority
      FROM asleep_ping JOIN device ON device.id = asleep_ping.device JOIN account ON account.id = device.account
      WHERE asleep_ping.device > ? ORDER BY asleep_ping.device LIMIT ?`),
  };
}
