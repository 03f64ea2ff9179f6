import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  A_WHILE,
  type Calendar,
  firstCalendar,
  goOn,
  judgedAt,
  type Reading,
} from '../../src/spool/calendar.js';
import { openSpool } from '../../src/spool/open-for-writing.js';
import { Spool } from '../../src/spool/spool.js';
import { arrival, LIMITS, message, newPath } from './opened.js';

const DAY = 86_400_000;
const YEAR = 365 * DAY;
const NOW = Date.UTC(2026, 5, 1);
const MAX_AGE = 14 * DAY;
/** A resource that is no one's who was seen once. */
const BIND2 = 'phone.0123456789';

/** The clocks of a machine that was started when this one was made. */
class Machine {
  #elapsed = 0;
  #date: number;
  readonly #boot: number;

  constructor(date: number, boot = 1) {
    this.#date = date;
    this.#boot = boot;
  }

  get reading(): Reading {
    return { date: this.#date, elapsed: this.#elapsed, boot: this.#boot };
  }

  pass(ms: number): this {
    this.#elapsed += ms;
    this.#date += ms;
    return this;
  }

  set(date: number): this {
    this.#date = date;
    return this;
  }
}

/** What comes of readings one after the other, from a calendar that believes the first. */
function read(...readings: Reading[]): { calendar: Calendar; jumps: (number | null)[] } {
  const [first, ...rest] = readings as [Reading, ...Reading[]];
  let calendar = firstCalendar(first, null);
  const jumps = rest.map(reading => {
    const next = goOn(calendar, reading, 0);
    calendar = next.calendar;
    return next.jump?.by ?? null;
  });
  return { calendar, jumps };
}

describe('the calendar', () => {
  test('believes a date that goes as time does, also slewed, and over a sleep of the process', () => {
    const machine = new Machine(NOW);
    const first = machine.reading;
    machine.pass(5_000).set(NOW + 5_000 + 20_000);
    const slewed = machine.reading;
    const { calendar, jumps } = read(first, slewed, machine.pass(3 * DAY).reading);
    assert.deepEqual(jumps, [null, null]);
    assert.equal(judgedAt(calendar, calendar.last.date), calendar.last.date);
  });

  test('does not believe a date that was set, ahead or back, until a while has passed', () => {
    for (const by of [10 * YEAR, -30 * DAY]) {
      const machine = new Machine(NOW);
      const before = machine.reading;
      const set = machine.pass(5_000).set(NOW + by).reading;
      const soon = read(before, set, machine.pass(A_WHILE - 1).reading).calendar;
      assert.equal(judgedAt(soon, soon.last.date), Math.min(NOW, soon.last.date), `${by} soon`);
      const later = goOn(soon, machine.pass(1).reading, 0).calendar;
      assert.equal(judgedAt(later, later.last.date), NOW + by + A_WHILE, `${by} later`);
    }
  });

  test('judges by no date that is later than the last reading allows', () => {
    const { calendar } = read(new Machine(NOW).reading);
    assert.ok(judgedAt(calendar, NOW + 10 * YEAR) <= NOW + 60_000);
  });

  test('knows how long a stop took where the machine went on, however long', () => {
    const machine = new Machine(NOW);
    assert.deepEqual(read(machine.reading, machine.pass(100 * DAY).reading).jumps, [null]);
  });

  test('does not believe, after another start of the machine, an earlier date or a much later one', () => {
    const before = new Machine(NOW).reading;
    const jumpAt = (date: number) => read(before, new Machine(date, 2).reading).jumps[0];
    assert.equal(jumpAt(NOW + DAY / 2), null);
    assert.equal(jumpAt(0), -NOW);
    assert.equal(jumpAt(NOW + 10 * YEAR), 10 * YEAR);
  });

  test('does not believe the date of a machine without a battery, at the very first', () => {
    const calendar = firstCalendar(new Machine(1_000).reading, null);
    assert.equal(judgedAt(calendar, 1_000), 0);
  });
});

/** A daemon's spool on such a machine, with a message to bob now and then. */
class Scene {
  readonly #path = newPath();
  readonly #limits = { ...LIMITS, devices: { ...LIMITS.devices, forgetAfter: 30 * DAY } };
  #db = openSpool(this.#path);
  #spool = new Spool(this.#db, this.#limits);
  machine: Machine;
  #ids = 0;

  constructor(machine: Machine) {
    this.machine = machine;
    this.sweep();
  }

  get #date(): number {
    return this.machine.reading.date;
  }

  sweep(): this {
    this.#spool.apply([
      { ask: 'clocks', reading: this.machine.reading },
      { do: 'sweep', at: this.#date },
    ]);
    return this;
  }

  store(): this {
    const times = { receivedAt: this.#date, stamp: this.#date, expiresAt: this.#date + MAX_AGE };
    this.#spool.apply([{ do: 'store', message: message(++this.#ids, times) }]);
    return this;
  }

  /** bob's phone was here. */
  visit(): this {
    const at = this.#date;
    this.#spool.apply([arrival({ at, resource: BIND2 }), { do: 'leave', session: 1, at }]);
    return this;
  }

  restart(machine = this.machine): this {
    this.#db.close();
    this.#db = openSpool(this.#path);
    this.#spool = new Spool(this.#db, this.#limits);
    this.machine = machine;
    return this.sweep();
  }

  /** Since when, and how much longer, each message is kept, and the devices, by the date of the machine, in days. */
  kept() {
    const days = (ms: number) => Math.round(ms / DAY) + 0; // no -0
    const rows = this.#db
      .prepare<[], [number, number, number]>('SELECT received_at, stamp, expires_at FROM message ORDER BY id')
      .raw();
    const seen = this.#db.prepare<[], number>('SELECT last_seen FROM device').pluck();
    return {
      messages: rows.all().map(row => row.map(at => days(at - this.#date))),
      devices: seen.all().map(at => days(at - this.#date)),
    };
  }

  /** Can bob's phone have something now? */
  takes(): number {
    const at = this.#date;
    const [, taken] = this.#spool.apply([
      arrival({ at, resource: BIND2 }),
      { do: 'mark', session: 1, ping: 1 },
      { do: 'prove', session: 1, ping: 1, groups: [], at, took: 1 },
      { ask: 'owes', session: 1, at },
      { ask: 'take', session: 1, groups: [1], limit: 10, at },
    ]) as [boolean, unknown[][]];
    return taken.flat().length;
  }

  /** The ages of what is pending are right. */
  agesAreRight(): void {
    const sql =
      'SELECT count(*) FROM pending_age WHERE pending < 0 OR minute NOT IN (SELECT received_at / 60000 FROM message)';
    assert.equal(this.#db.prepare(sql).pluck().get(), 0);
  }
}

const FRESH = { messages: [[0, 0, 14]], devices: [0] };

describe('a spool whose machine', () => {
  test('goes right expires and forgets by the date', () => {
    const scene = new Scene(new Machine(NOW)).visit().store();
    scene.machine.pass(15 * DAY);
    assert.deepEqual(scene.sweep().kept(), { messages: [], devices: [-15] });
    scene.machine.pass(30 * DAY);
    assert.deepEqual(scene.sweep().kept(), { messages: [], devices: [] });
  });

  test('starts in 1970 and is set by NTP keeps what was stored meanwhile, with its time before it', () => {
    const scene = new Scene(new Machine(20_000)).visit().store();
    scene.machine.pass(30_000).set(NOW);
    assert.deepEqual(scene.sweep().kept(), FRESH);
    scene.agesAreRight();
    assert.equal(scene.takes(), 1);
    scene.machine.pass(3 * DAY);
    assert.deepEqual(scene.sweep().kept().messages, [[-3, -3, 11]]);
    scene.machine.pass(12 * DAY);
    assert.deepEqual(scene.sweep().kept().messages, []);
  });

  test('starts in 1970 after it was right keeps what was there before, too', () => {
    const scene = new Scene(new Machine(NOW)).visit().store();
    scene.restart(new Machine(20_000, 2)).store();
    scene.machine.pass(60_000).set(NOW + DAY);
    scene.sweep();
    assert.deepEqual(scene.kept(), {
      messages: [
        [-1, -1, 13],
        [0, 0, 14],
      ],
      devices: [-1],
    });
    assert.equal(scene.takes(), 2);
  });

  test('is set while respool is restarted keeps what was stored before', () => {
    const scene = new Scene(new Machine(20_000)).visit().store();
    assert.deepEqual(scene.restart(scene.machine.pass(30_000).set(NOW)).kept(), FRESH);
    const another = new Scene(new Machine(20_000)).visit().store();
    assert.deepEqual(another.restart(new Machine(NOW, 2)).kept(), FRESH, 'with another start of the machine');
  });

  test('is ten years ahead for an hour, and set right, loses nothing and goes on giving it', () => {
    const scene = new Scene(new Machine(NOW)).visit().store();
    scene.machine.set(NOW + 10 * YEAR);
    scene.sweep().store();
    assert.equal(scene.takes(), 2, 'also meanwhile');
    scene.machine.pass(3_600_000);
    scene.sweep();
    scene.machine.set(NOW + 3_600_000);
    assert.deepEqual(scene.sweep().kept().messages, [
      [0, 0, 14],
      [0, 0, 14],
    ]);
    scene.agesAreRight();
    scene.machine.pass(15 * DAY);
    assert.deepEqual(scene.sweep().kept().messages, []);
  });

  test('is set back does not lose either, and what lives too long then is no loss', () => {
    const scene = new Scene(new Machine(NOW)).visit().store();
    scene.machine.set(NOW - 100 * DAY);
    assert.deepEqual(scene.sweep().kept(), { messages: [[100, 100, 114]], devices: [100] });
  });
});
