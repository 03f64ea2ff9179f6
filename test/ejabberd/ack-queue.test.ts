import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Client } from './client.js';
import { idsOf } from './delivery.js';
import { type Scene, scene } from './scene.js';

const LIMIT = 100;
const BACKLOG = 1_000;
/** mod_offline has so many of them: its own flood is not to end the session. */
const OFFLINE = 5;
/** So many logins at most bring all. */
const LOGINS = 8;

describe(`a server that ends a session with more than ${LIMIT} unacknowledged stanzas`, () => {
  const stage = scene({
    offlineLimit: OFFLINE,
    modules: { mod_stream_mgmt: { resume_timeout: 30, max_ack_queue: LIMIT } },
  });

  test('ends one in a replay, once: from then on it is known what the device takes', async () => {
    const alice = await stage.login(`${await stage.user('alice')}/pc`);
    const bob = await stage.user('bob');
    await isKnownAndAway(stage, bob);
    assert.ok((await backlogComes(stage, alice, bob, 'first')) <= 1, 'sessions ended');
    assert.equal(await backlogComes(stage, alice, bob, 'second'), 0, 'sessions ended in the next one');
    await stage.respool.stop();
    await stage.respool.start();
    assert.equal(await backlogComes(stage, alice, bob, 'third'), 0, 'and when respool was away');
  });
});

async function isKnownAndAway(stage: Scene, bob: string): Promise<void> {
  const { respool } = stage;
  const phone = await stage.login(`${bob}/phone`);
  await respool.until('the phone is known', () => respool.online(bob) === 1);
  await leaves(phone);
  await respool.until('it is away', () => respool.online(bob) === 0);
}

async function leaves(client: Client): Promise<void> {
  client.unavailable();
  await client.close();
}

/** Has a backlog come, in as many logins as it takes. Returns how many of them the server has ended. */
async function backlogComes(stage: Scene, alice: Client, bob: string, name: string): Promise<number> {
  const ids = [...Array(BACKLOG).keys()].map(n => `${name}-${n}`);
  for (const id of ids) alice.message(bob, id, { id });
  await alice.flush();
  await stage.respool.until('all is kept', () => stage.respool.stored(bob) === BACKLOG);
  const came: string[] = [];
  for (let logins = 1; logins <= LOGINS; logins++) {
    const phone = await stage.login(`${bob}/phone`, { management: true });
    const ended = new Promise<'ended'>(resolve => phone.once('closed', () => resolve('ended')));
    const how = await Promise.race([ended, stage.respool.empty(bob).then(() => 'done' as const)]);
    came.push(...idsOf(phone.messages));
    if (how === 'ended') continue;
    assert.deepEqual([...new Set(came)].sort(), ids.sort());
    await leaves(phone);
    await stage.respool.until('it is away', () => stage.respool.online(bob) === 0);
    return logins - 1;
  }
  return LOGINS;
}
