import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { measuredIn } from '../../src/spool/histograms.js';
import { respool as command } from '../cli/process.js';
import { scene } from './scene.js';

describe('stats of a running daemon', () => {
  const stage = scene({ offlineLimit: 3, resumeTimeout: 2 });

  /** What a command says of the daemon of this scene. */
  async function told(...args: string[]) {
    const { config, folder } = stage.respool;
    const file = join(folder, 'respool.yml');
    const component = { domain: stage.server.domain, secret: 'not needed' };
    writeFileSync(file, JSON.stringify({ component, spool: { path: config.spool.path } }), { mode: 0o600 });
    const { code, stdout, stderr } = await command([...args, '--json', '-c', file]);
    assert.equal(code, 0, stderr + stdout);
    return JSON.parse(stdout);
  }
  const stats = () => told('stats');

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

  test('how long it took is measured once for each proof, and for each device that lacked something', () => {
    const rows = stage.respool.query<{ name: string; value: number }>('SELECT name, value FROM counter');
    const { proof, replay_wait } = measuredIn(new Map(rows.map(({ name, value }) => [name, value])));
    const { counter } = stage.respool;
    const count = (name: string) => counter.call(stage.respool, name);
    assert.equal(proof.respool.count, count('replayed') - count('saved.room'));
    assert.ok(proof.ejabberd.count >= 4 && proof.ejabberd.count <= count('delivered'));
    assert.equal(replay_wait.first.count, 5); // each of those above came back to something
    const mean = replay_wait.first.sum / replay_wait.first.count;
    assert.ok(mean >= 300 && mean < 5_000, `${mean} ms: it settles for 300`);
    const quick = proof.ejabberd.buckets.find(([bound]) => bound === 2_500)?.[1] ?? 0;
    assert.ok(quick >= proof.ejabberd.count / 2, 'what came live was proved soon');
  });

  test('the table counts what is listed, and the status says that all is well', async () => {
    const [sender, bob] = [await alice(), await stage.user('table')];
    await (await stage.login(`${bob}/phone`)).close();
    for (let n = 0; n < 3; n++) sender.message(bob, `${n}`);
    await stage.respool.until('they are pending', () => stage.respool.pendings(bob).length === 6);
    const { total, rows } = await told('stats', '--table', '--by', 'account');
    const mine = rows.find(({ name }: { name: string }) => name === bob);
    assert.deepEqual([total, mine.total, mine.ages[0].pending], [(await told('queue', 'list')).length, 6, 6]);
    const { status, connected, sessions, problems } = await told('status');
    assert.deepEqual([status, connected, problems], ['ok', true, []]);
    assert.ok(sessions > 0);
  });
});
