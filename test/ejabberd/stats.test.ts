import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { respool as command } from '../cli/process.js';
import { scene } from './scene.js';

describe('stats of a running daemon', () => {
  const stage = scene({ offlineLimit: 3, resumeTimeout: 2 });

  /** What the command says of the daemon of this scene. */
  async function stats() {
    const { config, folder } = stage.respool;
    const file = join(folder, 'respool.yml');
    const component = { domain: stage.server.domain, secret: 'not needed' };
    writeFileSync(file, JSON.stringify({ component, spool: { path: config.spool.path } }), { mode: 0o600 });
    const { code, stdout, stderr } = await command(['stats', '--json', '-c', file]);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout);
  }

  const alice = async () => stage.login(`${await stage.user('alice')}/pc`);
  const saved = (cause: string) => stage.respool.counter(`saved.${cause}`);

  async function purge() {
    const [sender, bob] = [await alice(), await stage.user('purged')];
    sender.message(bob, 'one');
    await sender.flush();
    await stage.server.purgeOffline(bob, 1);
    await (await stage.login(`${bob}/phone`)).bodies(1);
  }

  async function fullQueue() {
    const [sender, bob] = [await alice(), await stage.user('full')];
    for (let n = 0; n < 5; n++) sender.message(bob, `${n}`);
    await sender.received(message => message.attrs.type === 'error');
    await (await stage.login(`${bob}/phone`)).bodies(5);
  }

  async function deadSession() {
    const [sender, bob] = [await alice(), await stage.user('dead')];
    const dead = await stage.login(`${bob}/phone`, { management: true });
    await stage.respool.until('the session is known', () => stage.respool.online(bob) === 1);
    dead.reset();
    sender.message(bob, 'one');
    await sender.received(message => message.attrs.type === 'error');
    await (await stage.login(`${bob}/phone`)).bodies(1);
  }

  async function otherDevice() {
    const [sender, bob] = [await alice(), await stage.user('two')];
    const phone = await stage.login(`${bob}/phone`);
    await stage.respool.until('the phone is known', () => stage.respool.online(bob) === 1);
    phone.unavailable();
    await phone.close();
    const laptop = await stage.login(`${bob}/laptop`);
    sender.message(bob, 'one');
    await laptop.bodies(1);
    await (await stage.login(`${bob}/phone`)).bodies(1);
  }

  async function room() {
    const [sender, bob] = [await alice(), await stage.user('out')];
    const name = `room@conference.${stage.server.host}`;
    await sender.join(name, 'alice');
    const form = "<x xmlns='jabber:x:data' type='submit'/>";
    await sender.request('set', `<query xmlns='http://jabber.org/protocol/muc#owner'>${form}</query>`, name);
    const phone = await stage.login(`${bob}/phone`);
    await phone.join(name, 'bob');
    await stage.respool.until('he belongs to it', () => members(bob) === 1);
    await phone.close();
    sender.send(`<message to='${name}' type='groupchat' id='missed'><body>missed</body></message>`);
    await sender.received(message => message.attrs.id === 'missed');
    const back = await stage.login(`${bob}/phone`);
    await back.join(name, 'bob', "<history maxstanzas='0'/>");
    await back.received(message => message.getChildText('body') === 'missed');
  }

  const members = (account: string) =>
    stage.respool.query(
      `SELECT 1 FROM room_member JOIN device ON device.id = device JOIN account ON account.id = account WHERE jid = ?`,
      account,
    ).length;

  test('how ejabberd lost what respool saved: each in its own way', async () => {
    await purge();
    await stage.respool.until('the purged is proved', () => saved('purge') === 1);
    await fullQueue();
    await stage.respool.until('what the queue had no room for is proved', () => saved('full') === 2);
    await deadSession();
    await stage.respool.until("the dead session's is proved", () => saved('session') === 1);
    await otherDevice();
    await stage.respool.until("the other device's is proved", () => saved('device') === 1);
    await room();
    await stage.respool.until("the room's is proved", () => saved('room') === 1);
    await stage.respool.until(
      'all that was delivered is proved',
      () => stage.respool.counter('pending') === 0,
    );
    const { running, connected, delivery, pending_by_age } = await stats();
    assert.deepEqual([running, connected], [true, true]);
    const { by_ejabberd, ...rest } = delivery.since_start;
    assert.deepEqual(rest, {
      due: by_ejabberd + 6,
      by_respool: 6,
      lost: 0,
      success: 1,
      saved: { dead_session: 1, purge: 1, full_queue: 2, other_device: 1, room: 1, other_server: 0 },
    });
    assert.ok(by_ejabberd >= 4); // the flood of three, and what the laptop got
    assert.deepEqual(delivery.last_hour, delivery.since_start);
    assert.deepEqual(delivery.last_day, delivery.since_start);
    assert.ok(pending_by_age.every(({ pending }: { pending: number }) => pending === 0));
  });
});
