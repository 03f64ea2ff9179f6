import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { respool as start } from '../cli/process.js';
import type { Client } from './client.js';
import { scene } from './scene.js';

interface Traced {
  stanza_id: string;
  steps: { event: string; session: string | null; by: string | null }[];
  pending: { device: string | null }[];
}

describe('respool trace beside a running daemon', () => {
  const stage = scene({ resumeTimeout: 2 }, config => {
    config.replay = { ...config.replay, settle: 300, proofAfter: 300 };
  });

  const run = (...args: string[]) => {
    const file = join(stage.respool.folder, 'respool.yml');
    const { path } = stage.respool.config.spool;
    writeFileSync(
      file,
      `component: {domain: ${stage.server.domain}}\nspool: {path: "${path}"}\nhttp: false\n`,
    );
    return start(['trace', ...args, '-c', file]);
  };
  /** What it says of each message, in short. */
  async function lives(...args: string[]): Promise<Record<string, string[]>> {
    const { code, stdout, stderr } = await run(...args, '--json');
    assert.equal(code, 0, stderr);
    const all: Traced[] = JSON.parse(stdout);
    return Object.fromEntries(
      all.map(({ stanza_id, steps }) => [
        stanza_id,
        steps.map(({ event, session, by }) => [event, session?.split('/')[1], by].filter(Boolean).join(' ')),
      ]),
    );
  }
  async function people(): Promise<{ alice: Client; bob: string }> {
    return { alice: await stage.login(`${await stage.user('alice')}/pc`), bob: await stage.user('bob') };
  }
  const there = (bob: string, count: number) =>
    stage.respool.until(`${count} are there`, () => stage.respool.online(bob) === count);

  test('what was delivered at once: handed, asked and proved on each device', async () => {
    const { alice, bob } = await people();
    for (const name of ['phone', 'laptop']) await stage.login(`${bob}/${name}`);
    await there(bob, 2);
    alice.message(bob, 'the secret word', { id: 'live' });
    await stage.respool.until('it is stored', () => stage.respool.counter('stored') > 0);
    await stage.respool.empty(bob);
    const { live } = await lives(bob);
    for (const name of ['phone', 'laptop']) {
      const steps = (live ?? []).filter(step => step.includes(name));
      assert.deepEqual(steps.slice(0, 2), [`handed ${name}`, `asked ${name}`]);
      assert.equal(steps.at(-1), `proved ${name} ejabberd`);
    }
    const text = await run(bob);
    assert.match(text.stdout, /live/);
    assert.match(text.stdout, /\d\d:\d\d:\d\d\.\d{3}Z {2}phone: proved after \d+m?s, brought by ejabberd/);
    assert.doesNotMatch(text.stdout, /secret word/);
    assert.deepEqual(Object.keys(await lives('--with', bob)), ['live']);
    assert.deepEqual(await lives('--id', 'live'), { live });
  });

  test('what a dead session had: the session left, it came back to its sender, and the next one proved it', async () => {
    const { alice, bob } = await people();
    const phone = await stage.login(`${bob}/phone`, { management: true });
    await there(bob, 1);
    phone.reset();
    alice.message(bob, 'lost', { id: 'lost' });
    await there(bob, 0);
    await stage.respool.until('it came back', () => stage.respool.counter('bounced') > 0);
    assert.deepEqual((await lives(bob)).lost?.at(-1), 'bounced');
    const next = await stage.login(`${bob}/phone`);
    await next.bodies(1);
    await stage.respool.empty(bob);
    const steps = (await lives(bob)).lost ?? [];
    assert.equal(steps[0], 'handed phone');
    assert.ok(steps.includes('replayed phone'), `${steps}`);
    assert.equal(steps.at(-1), 'proved phone respool');
  });

  test('what is pending says for whom, and what was dropped says so', async () => {
    const { alice, bob } = await people();
    const phone = await stage.login(`${bob}/phone`);
    await there(bob, 1);
    phone.unavailable();
    await there(bob, 0);
    for (const id of ['kept', 'dropped']) alice.message(bob, id, { id });
    await stage.respool.until('both are stored', () => stage.respool.stored(bob) === 2);
    const { stdout } = await run(bob);
    assert.match(stdout, /pending {2}for phone\n/);
    const [one] = JSON.parse((await run('--id', 'dropped', '--json')).stdout) as { id: number }[];
    const file = join(stage.respool.folder, 'respool.yml');
    assert.equal((await start(['queue', 'drop', String(one?.id), '--yes', '-c', file])).code, 0);
    assert.deepEqual(await lives(String(one?.id)), { dropped: ['dropped'] });
  });

  test('what a room said, for who has it', async () => {
    const { alice, bob } = await people();
    const phone = await stage.login(`${bob}/phone`);
    const room = `garden@conference.${stage.server.host}`;
    await alice.join(room, 'alice');
    await phone.join(room, 'bob');
    const before = stage.respool.counter('delivered');
    alice.message(room, 'said', { id: 'said', type: 'groupchat' });
    await phone.bodies(1);
    await stage.respool.until('it is proved', () => stage.respool.counter('delivered') >= before + 2);
    const steps = (await lives(bob)).said ?? [];
    assert.deepEqual([steps[0], steps.at(-1)], ['handed phone', 'proved phone ejabberd']);
  });

  test('of whom nothing is known it says so, and how far it reaches', async () => {
    const { code, stdout, stderr } = await run('nobody@alpha.test');
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /the history has no such message\n.*reaches back to \d{4}-/);
    const usage = await run();
    assert.equal(usage.code, 2);
    assert.match(usage.stderr, /say whose messages/);
  });
});
