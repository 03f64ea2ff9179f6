import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Client } from './client.js';
import { scene } from './scene.js';

/** Accounts of which both devices come at once; in each it falls out otherwise which of the two ejabberd sees first. */
const ACCOUNTS = 24;
/** So many of them at a time. */
const AT_ONCE = 4;
/** What waits: some of it addresses the phone. */
const WAITING = ['/phone', '/phone', '', '/phone'];

describe('two devices that come at the same moment', () => {
  const stage = scene();

  async function leaves(bob: string, device: Client): Promise<void> {
    await stage.respool.until(`${device.jid} is there`, () => stage.respool.online(bob) === 1);
    device.unavailable();
    await device.close();
    await stage.respool.until(`${device.jid} is gone`, () => stage.respool.online(bob) === 0);
  }

  /** Both come to what waits for them. Returns what each of them lacks. */
  async function comeTogether(alice: Client): Promise<string[]> {
    const bob = await stage.user('bob');
    const [phone, laptop] = [`${bob}/phone`, `${bob}/laptop`];
    for (const jid of [phone, laptop]) await leaves(bob, await stage.login(jid));
    const bodies = WAITING.map((to, n) => `${n} to bob${to}`);
    for (const [n, to] of WAITING.entries()) alice.message(`${bob}${to}`, bodies[n] ?? '');
    await stage.respool.until('all of it is stored', () => stage.respool.stored(bob) === WAITING.length);
    // what the phone does first tells respool of it before its presence
    const both = await Promise.all([stage.login(phone, { carbons: true }), stage.login(laptop)]);
    await stage.respool.empty(bob);
    return both.flatMap(device => {
      const texts = device.messages.map(message => message.toString());
      return bodies
        .filter(body => !texts.some(text => text.includes(body)))
        .map(body => `${device.jid}: ${body}`);
    });
  }

  test('each gets what the offline queue had for the other one', async () => {
    const alice = await stage.login(`${await stage.user('alice')}/pc`);
    const waiting = [...Array(ACCOUNTS).keys()];
    const lacking: string[] = [];
    const play = async () => {
      while (waiting.pop() !== undefined) lacking.push(...(await comeTogether(alice)));
    };
    await Promise.all([...Array(AT_ONCE)].map(play));
    assert.deepEqual(lacking, []);
  });
});
