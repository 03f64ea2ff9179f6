import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { controlPath, DaemonLine } from '../../src/control/daemon-line.js';
import { Process, respool as start } from '../cli/process.js';
import { until } from '../wait.js';
import type { Client } from './client.js';
import { scene } from './scene.js';

const SETTLE = 400;

describe('the queue commands beside a running daemon', () => {
  const stage = scene({}, config => {
    config.replay = { ...config.replay, settle: SETTLE, proofAfter: 300 };
  });
  const tails: Process[] = [];
  after(async () => {
    for (const tail of tails) tail.child.kill('SIGKILL');
    await Promise.all(tails.map(tail => tail.ended()));
  });

  const config = () => {
    const file = join(stage.respool.folder, 'respool.yml');
    const { path } = stage.respool.config.spool;
    writeFileSync(
      file,
      `component: {domain: ${stage.server.domain}}\nspool: {path: "${path}"}\nhttp: false\n`,
    );
    return file;
  };
  const run = (...args: string[]) => start([...args, '-c', config()]);
  const data = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(...args, '--json');
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout);
  };
  const ids = async (account: string): Promise<number[]> => {
    const list: { id: number }[] = await data('queue', 'list', account);
    return [...new Set(list.map(({ id }) => id))];
  };
  const reasons = async (id: number): Promise<string[]> => {
    const { pending } = await data('queue', 'show', String(id));
    return pending.map(({ reason }: { reason: string }) => reason);
  };
  /** Follows, and gives the events so far. */
  async function tail(...args: string[]) {
    const following = new Process(['queue', 'tail', ...args, '--json', '-c', config()]);
    tails.push(following);
    await following.said(/following/);
    const events = () =>
      following.stdout
        .split('\n')
        .slice(0, -1)
        .map(line => JSON.parse(line));
    return {
      following,
      events,
      names: () => events().map(({ event, by }) => (by === null ? event : `${event} ${by}`)),
    };
  }

  /** Bob, whose phone is known and away, and to whom so many messages were written that ejabberd has lost. */
  async function lost(bodies: string[]): Promise<{ alice: Client; bob: string }> {
    const [alice, bob] = [await stage.login(`${await stage.user('alice')}/pc`), await stage.user('bob')];
    const phone = await stage.login(`${bob}/phone`);
    await stage.respool.until('the phone is known', () => stage.respool.online(bob) === 1);
    phone.unavailable();
    await phone.close();
    await stage.respool.until('the phone is away', () => stage.respool.online(bob) === 0);
    for (const body of bodies) alice.message(bob, body);
    await alice.flush();
    await stage.server.purgeOffline(bob, bodies.length);
    await stage.respool.until('all are stored', () => stage.respool.stored(bob) === bodies.length);
    return { alice, bob };
  }

  async function settled(bob: string, options = {}): Promise<Client> {
    const phone = await stage.login(`${bob}/phone`, options);
    await stage.respool.until('it is there', () => stage.respool.online(bob) === 1);
    const daemon = await DaemonLine.open(controlPath(stage.respool.config.spool.path));
    for (let settling = true; settling; ) {
      const standing = await daemon?.ask('standing', { account: bob, id: 0, room: null });
      settling = standing?.sessions.every(({ settlingFor }) => settlingFor === null) !== true;
    }
    daemon?.close();
    return phone;
  }

  test('show says why; export, drop, import, replay: it arrives; tail follows it all', async () => {
    const { bob } = await lost(['one', 'two']);
    const [first = 0, second = 0] = await ids(bob);
    assert.deepEqual(await reasons(first), ['not-online', 'not-online']);
    const away = await run('queue', 'replay', bob);
    assert.deepEqual(
      [away.code, away.stdout],
      [1, `${bob} is not online; what is owed to it comes at its next login\n`],
    );

    const file = join(stage.respool.folder, `${bob}.jsonl`);
    assert.equal((await run('queue', 'export', file)).code, 0);
    const { following, events, names } = await tail(bob);
    assert.deepEqual(await data('queue', 'drop', bob, '--yes'), { dropped: 4 });
    await stage.respool.until('both are told', () => names().length === 2);
    assert.deepEqual(names(), ['dropped', 'dropped']);
    assert.deepEqual([events()[0].id, events()[1].id, events()[0].account], [first, second, bob]);
    assert.equal((await run('queue', 'replay', bob)).stdout, `nothing is pending for ${bob}\n`);

    const phone = await settled(bob);
    const imported = await run('queue', 'import', file);
    assert.match(imported.stdout, /^\d+ records imported/, imported.stderr);
    const [third = 0] = await ids(bob);
    assert.ok(third > second);
    assert.deepEqual(phone.texts(), []);
    const replayed = await run('queue', 'replay', String(third));
    assert.equal(replayed.code, 0, replayed.stderr);
    assert.match(replayed.stdout, /phone answered after \d+ ms.*\n1 of 1 answered\n$/);
    await phone.bodies(2);
    assert.deepEqual(phone.texts(), ['one', 'two']);
    await stage.respool.empty(bob);
    await stage.respool.until('all is told', () => names().length === 6);
    assert.deepEqual(names().slice(2), ['replayed', 'replayed', 'proved respool', 'proved respool']);
    assert.equal(events()[2].device, 'phone');
    following.child.kill('SIGINT');
    assert.deepEqual([(await following.ended()).code, following.stderr.split('\n').length], [0, 2]);
  });

  test('tail: what ejabberd delivers, filtered by kind and account', async () => {
    const { alice, bob } = await lost([]);
    await settled(bob);
    const [all, one, others] = await Promise.all([
      tail(bob),
      tail('--kind', 'proved'),
      tail(alice.jid.split('/')[0] as string, '--kind', 'proved,bounced'),
    ]);
    alice.message(bob, 'live');
    await stage.respool.until('it is told', () => all.names().length === 2 && one.names().length >= 1);
    assert.deepEqual(all.names(), ['stored', 'proved ejabberd']);
    assert.deepEqual(new Set(one.names()), new Set(['proved ejabberd']));
    assert.deepEqual(others.names(), []);
  });

  test('why: negative priority, settling, no answer', async () => {
    const { bob } = await lost(['waiting']);
    const [id = 0] = await ids(bob);
    const phone = await settled(bob, { presence: -1 });
    assert.deepEqual(new Set(await reasons(id)), new Set(['negative-priority']));
    const replay = await run('queue', 'replay', bob);
    assert.equal(replay.code, 1);
    assert.match(
      replay.stdout,
      /phone answered after \d+ ms, but has priority -1: it wants no messages\n1 of 1 answered\n$/,
    );
    phone.answers = false;
    phone.presence(0);
    await until('its reason is no-answer', async () => (await reasons(id)).includes('no-answer'));
    const text = (await run('queue', 'show', String(id))).stdout;
    assert.match(text, /phone: its ping is unanswered since \S+ \(.* ago\)/);
    phone.answers = true;
    assert.equal((await run('queue', 'replay', bob)).code, 0);
    await phone.bodies(1);
    await stage.respool.empty(bob);
  });

  test('why: not in the room', async () => {
    const room = `commands@conference.${stage.server.host}`;
    const alice = await stage.login(`${await stage.user('alice')}/pc`);
    await alice.join(room, 'alice');
    const instant =
      "<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query>";
    await alice.request('set', instant, room);
    const bob = await stage.user('bob');
    const phone = await stage.login(`${bob}/phone`);
    await phone.join(room, 'bob');
    await stage.respool.until('the phone is known', () => stage.respool.online(bob) === 1);
    phone.unavailable();
    await phone.close();
    await stage.respool.until('it is away', () => stage.respool.online(bob) === 0);
    alice.send(`<message to='${room}' type='groupchat' id='said'><body>missed</body></message>`);
    const stored = () =>
      stage.respool.query<{ id: number }>("SELECT id FROM room_message WHERE stanza_id = 'said'");
    await stage.respool.until('it is stored', () => stored().length === 1);
    const id = stored()[0]?.id ?? 0;
    const later = await settled(bob);
    const owed: { account: string; reason: string }[] = (await data('queue', 'show', String(id))).pending;
    assert.equal(owed.find(({ account }) => account === bob)?.reason, 'not-in-room');
    await later.join(room, 'bob', "<history maxstanzas='0'/>");
    await later.received(message => message.getChildText('body') === 'missed');
  });

  test('forget, while it is online: known again by what it does next, and served', async () => {
    const { alice, bob } = await lost(['one', 'two', 'three']);
    const { code, stdout } = await run('forget', bob, '--yes');
    assert.deepEqual([code, stdout], [0, `${bob} is forgotten: 3 messages, 1 device, 0 room memberships\n`]);
    assert.deepEqual(await ids(bob), []);
    const phone = await settled(bob);
    const online = await run('forget', bob, '--yes');
    assert.equal(online.code, 0);
    alice.message(bob, 'after it');
    await phone.bodies(1);
    await stage.respool.empty(bob);
    assert.deepEqual(phone.texts(), ['after it']);
  });

  test('hold: nothing is replayed until it is released, across a login; then it arrives', async () => {
    const { bob } = await lost(['one', 'two']);
    assert.equal((await run('queue', 'hold', bob)).code, 0);
    const [id = 0] = await ids(bob);
    const phone = await settled(bob);
    assert.deepEqual(new Set(await reasons(id)), new Set(['on-hold']));
    const asked = await run('queue', 'replay', bob);
    assert.match(asked.stdout, /1 of 1 answered/);
    await phone.flush();
    assert.deepEqual(phone.texts(), []);
    assert.equal((await run('queue', 'release', bob)).code, 0);
    await phone.bodies(2);
    assert.deepEqual(phone.texts(), ['one', 'two']);
    await stage.respool.empty(bob);
  });

  test('who is there: of two sessions one answers, and it is said; where none does it ends with 1', async () => {
    const { alice, bob } = await lost(['one']);
    const phone = await settled(bob);
    await phone.bodies(1);
    const laptop = await stage.login(`${bob}/laptop`);
    await stage.respool.until('both are there', () => stage.respool.online(bob) === 2);
    laptop.answers = false;
    alice.message(bob, 'two');
    await Promise.all([phone.bodies(2), laptop.bodies(1)]);
    const devices = await run('devices', bob, '--ask', '--wait', '1s');
    assert.match(devices.stdout, / laptop +no answer /);
    assert.match(devices.stdout, / phone +answered /);
    assert.match(devices.stdout, /, 1 of 2 sessions answered\n$/);
    const replay = await run('queue', 'replay', bob, '--wait', '1s');
    assert.equal(replay.code, 0);
    assert.match(replay.stdout, /phone answered after \d+ ms.*\n1 of 2 answered\n$|1 of 2 answered\n$/);
    phone.answers = false;
    const none = await run('queue', 'replay', bob, '--wait', '1s');
    assert.equal(none.code, 1);
    assert.match(none.stdout, /has not answered within 1s.*\n0 of 2 answered\n$/s);
    phone.answers = true;
    laptop.answers = true;
  });

  test('the daemon is not connected: replay says so', async () => {
    const { bob } = await lost(['one']);
    await stage.server.stop();
    const [id = 0] = await ids(bob);
    await until('its reason is not-connected', async () => (await reasons(id)).includes('not-connected'));
    const { code, stderr } = await run('queue', 'replay', bob);
    assert.deepEqual(
      [code, stderr],
      [1, 'respool: the daemon is not connected to ejabberd; its log says why\n'],
    );
  });
});
