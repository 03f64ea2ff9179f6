import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { World } from '../faults/world.js';
import { until } from '../wait.js';

const CANNOT = 'the spool cannot be written';
/** It waits five seconds for a lock before it says so; in ms. */
const SAID_WITHIN = 30_000;

/** The world of `npm run faults`: when a round is over in it. */
describe('a round of faults', () => {
  const world = new World();
  before(() => world.open(1));
  after(() => world.close());

  function lock(): Database.Database {
    const db = new Database(world.respool.spool, { timeout: 10_000 });
    db.exec('BEGIN IMMEDIATE');
    return db;
  }

  function write(): void {
    const [ann] = world.devices;
    assert.ok(ann !== undefined);
    assert.ok(world.write(ann, `dan@${world.server.host}`, 'chat', 'hello', true) !== null);
  }

  test('is judged when what had waited for a locked spool is in it', async () => {
    assert.deepEqual(await world.settle(), []);
    const locked = lock();
    write();
    await until('respool says that it cannot write', () => world.respool.said.includes(CANNOT), SAID_WITHIN);
    locked.close();
    assert.deepEqual(await world.settle(), []);
    assert.deepEqual(world.model.violations, []);
  });

  test('is not over as long as that does not come to be in it', async () => {
    const locked = lock();
    write();
    const left = await world.settle(1_000);
    locked.close();
    assert.match(left.join(), /said last, never in the spool/);
    assert.deepEqual(await world.settle(), []);
  });

  test('wants nothing of what a room did not take, as it said to the writer', async () => {
    const [ann] = world.devices;
    const [room = '', nick] = [...(ann?.rooms ?? [])][0] ?? [];
    assert.ok(ann !== undefined);
    ann.send(`<presence to='${room}/${nick}' type='unavailable'/>`);
    const token = world.write(ann, room, 'groupchat', 'is anybody in there?', true);
    assert.deepEqual(await world.settle(), []);
    assert.deepEqual(world.model.violations, []);
    assert.ok(world.history.some(({ what }) => what === `${token} refused`));
  });

  test('counts what comes to a device before it has shown its presence', async () => {
    const [ann] = world.devices;
    const phone = world.devices.find(({ jid }) => jid.startsWith('dan@') && jid.endsWith('/phone'));
    assert.ok(ann !== undefined && phone !== undefined);
    phone.go('politely');
    let isThere = false;
    const coming = phone.come().then(() => {
      isThere = true;
    });
    while (!isThere) {
      world.write(ann, phone.jid, 'chat', 'as soon as you are there', true);
      await sleep(1);
    }
    await coming;
    assert.deepEqual(await world.settle(), []);
    assert.deepEqual(world.model.violations, []);
  });
});
