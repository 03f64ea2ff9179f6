import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../client.js';
import { CARBONS, NO_HISTORY, overLines, ROSTER, type Stage, suite } from './stage.js';

const OWNER = 'http://jabber.org/protocol/muc#owner';
let rooms = 0;

/** A room with alice in it; @param settings fields of its form, as XML */
async function roomOf(stage: Stage, alice: Client, settings = ''): Promise<string> {
  const room = `once${++rooms}@conference.${stage.server.host}`;
  await alice.join(room, 'alice');
  const form = `<x xmlns='jabber:x:data' type='submit'>${settings}</x>`;
  await alice.request('set', `<query xmlns='${OWNER}'>${form}</query>`, room);
  return room;
}

/** bob's phone was in the room and its connection is gone. */
async function wasThere(stage: Stage, bob: string, room: string): Promise<void> {
  const phone = await stage.bind(`${bob}/phone`);
  phone.presence();
  await phone.join(room, 'bob', NO_HISTORY);
  await stage.there(bob);
  await stage.caughtUp();
  phone.reset();
}

/** The words are said, and all of them are in the spool. */
async function say(stage: Stage, alice: Client, room: string, count: number): Promise<string[]> {
  const said = stage.write(alice, room, count, 'groupchat');
  await stage.has(alice, said);
  await stage.caughtUp();
  return said;
}

suite('what was said in a room comes once', stage => {
  for (const [what, history] of [
    ['its history', ''],
    ['no history', NO_HISTORY],
  ] as const) {
    overLines(`when the client joins with ${what}, then asks for the roster`, async delay => {
      const { alice, bob } = await stage.people();
      const room = await roomOf(stage, alice);
      await wasThere(stage, bob, room);
      const said = await say(stage, alice, room, 5);
      const phone = await stage.bind(`${bob}/phone`, delay);
      phone.presence();
      await phone.join(room, 'bob', history);
      await phone.request('get', ROSTER);
      await phone.request('set', CARBONS);
      await stage.eachOnce(bob, said, phone);
    });

    overLines(`when the client joins with ${what}, and joins again from inside`, async delay => {
      const { alice, bob } = await stage.people();
      const room = await roomOf(stage, alice);
      await wasThere(stage, bob, room);
      const said = await say(stage, alice, room, 5);
      const phone = await stage.bind(`${bob}/phone`, delay);
      await phone.request('get', ROSTER);
      phone.presence();
      await phone.join(room, 'bob', history);
      await stage.has(phone, said);
      await phone.join(room, 'bob', NO_HISTORY);
      const later = await say(stage, alice, room, 5);
      await stage.eachOnce(bob, [...said, ...later], phone);
    });
  }

  overLines('when the client joins just before it shows its presence', async delay => {
    const { alice, bob } = await stage.people();
    const room = await roomOf(stage, alice);
    await wasThere(stage, bob, room);
    const said = await say(stage, alice, room, 5);
    const laptop = await stage.bind(`${bob}/laptop`); // the phone is told of it, as it is once a stream
    laptop.presence();
    const asleep = await stage.bind(`${bob}/phone`, 0, { management: true });
    asleep.presence();
    await stage.there(bob, 2);
    asleep.reset();
    const phone = await stage.bind(`${bob}/phone`, delay);
    const joined = phone.join(room, 'bob');
    await sleep(30); // the history has come to it, though it may still be on its way
    phone.presence();
    await joined;
    await stage.eachOnce(bob, said, phone);
  });

  overLines('when the client leaves another room meanwhile', async delay => {
    const { alice, bob } = await stage.people();
    const [room, other] = [await roomOf(stage, alice), await roomOf(stage, alice)];
    await wasThere(stage, bob, room);
    const said = await say(stage, alice, room, 5);
    const phone = await stage.bind(`${bob}/phone`, delay);
    await phone.request('get', ROSTER);
    phone.presence();
    await phone.join(other, 'bob', NO_HISTORY);
    await phone.join(room, 'bob');
    await phone.leave(other, 'bob');
    await stage.eachOnce(bob, said, phone);
  });

  overLines('live, when the client asks for the roster while it is said', async delay => {
    const { alice, bob } = await stage.people();
    const room = await roomOf(stage, alice);
    const phone = await stage.bind(`${bob}/phone`, delay);
    phone.presence();
    await phone.join(room, 'bob', NO_HISTORY);
    await phone.request('get', ROSTER);
    await sleep(delay); // so that it is said while the phone's next request is on its way
    const asked = phone.request('set', CARBONS);
    const said = stage.write(alice, room, 5, 'groupchat');
    await asked;
    await stage.eachOnce(bob, said, phone);
  });
});
