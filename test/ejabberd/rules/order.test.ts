import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Element } from '@xmpp/component';
import { kinds } from '../../rules/kinds.js';
import type { Client } from '../client.js';
import { asleep, type Stage, suite } from '../repeats/stage.js';

/** To read that a message came back, and to write it again, takes longer than a second: see spool/rewritten.ts. In ms. */
const READ = 1_100;

const idsOf = ({ messages }: Client) => messages.map(({ attrs }) => attrs.id);

/** Messages that alice wrote to a session of bob's phone that was dead, and that came back to her. */
async function cameBack(stage: Stage, ...ids: string[]): Promise<{ alice: Client; bob: string }> {
  const { alice, bob } = await stage.people();
  await asleep(stage, bob);
  for (const id of ids) alice.message(bob, 'first words', { id });
  const isReturn = ({ attrs }: Element) => attrs.type === 'error';
  await alice.received(() => alice.messages.filter(isReturn).length === ids.length);
  await stage.respool.until('the phone is gone', () => stage.respool.online(bob) === 0);
  return { alice, bob };
}

suite('what means a message that a dead session had', stage => {
  test('has its place, or comes after it, where the offline queue brings it before', async () => {
    const { alice, bob } = await cameBack(stage, 'm1', 'm2', 'm3');
    const about = (id: string, target: string, kind: string) =>
      alice.send(`<message to='${bob}' type='chat' id='${id}'>${kinds(target)[kind]}</message>`);
    about('correction', 'm1', 'correction (XEP-0308)');
    about('retraction', 'm2', 'retraction (XEP-0424)');
    about('reaction', 'm3', 'reaction (XEP-0444)');
    alice.message(bob, 'last words', { id: 'last' });
    await alice.flush();
    const phone = await stage.bind(`${bob}/phone`);
    phone.presence();
    await stage.has(phone, ['m3', 'last']);
    await stage.nothingPending(bob);
    await phone.flush();
    const flood = ['correction', 'retraction', 'reaction', 'last'];
    assert.deepEqual(idsOf(phone), [...flood, 'm3', 'reaction']);
  });

  test('comes after it, where both are replayed', async () => {
    const { alice, bob } = await cameBack(stage, 'm1');
    alice.send(
      `<message to='${bob}' type='chat' id='correction'>${kinds('m1')['correction (XEP-0308)']}</message>`,
    );
    await alice.flush();
    await stage.emptyOfflineQueue(bob);
    const phone = await stage.bind(`${bob}/phone`);
    phone.presence();
    await stage.has(phone, ['m1', 'correction']);
    await stage.nothingPending(bob);
    await phone.flush();
    assert.deepEqual(idsOf(phone), ['m1', 'correction']);
  });

  for (const [name, again] of [
    ['in the same words', ''],
    ['with the same origin-id', "<origin-id xmlns='urn:xmpp:sid:0' id='o'/>"],
  ] as const) {
    test(`what came back and is written again ${name} comes once`, async () => {
      const { alice, bob } = await cameBack(stage, 'first');
      await sleep(READ);
      alice.message(bob, 'first words', { id: 'second', inside: again });
      await alice.flush();
      const phone = await stage.bind(`${bob}/phone`);
      phone.presence();
      await stage.has(phone, ['second']);
      await stage.nothingPending(bob);
      await phone.flush();
      assert.deepEqual(idsOf(phone), ['second']);
    });
  }
});

suite('a bot that gives all of its messages one id', stage => {
  test('each comes to each device, equal ones too', async () => {
    const { alice: bot, bob } = await stage.people();
    const laptop = await stage.bind(`${bob}/laptop`);
    laptop.presence();
    await stage.there(bob);
    for (let times = 0; times < 5; times++) await stage.caughtUp(); // the phone has left some time ago
    const bodies = ['fire', 'fire', 'water', 'fire'];
    for (const body of bodies) bot.message(bob, body, { id: '1' });
    await laptop.bodies(4);
    await stage.caughtUp();
    const phone = await stage.bind(`${bob}/phone`);
    phone.presence();
    await phone.bodies(4);
    await stage.nothingPending(bob);
    for (const client of [laptop, phone]) {
      await client.flush();
      // which of equal copies was the sending nobody can tell, so that equal ones may come a little later
      assert.deepEqual(client.texts().sort(), bodies.sort());
    }
  });
});
