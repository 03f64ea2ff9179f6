import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { flood, handedInTheRoom, joinsAgain, LATER, MOMENT, PROVED, roomTells } from './ended-scene.js';
import { ALICE, LAPTOP, PHONE, ROOM, withPhone } from './scene.js';

describe('nothing is given twice to a session', () => {
  for (const [what, status] of [
    ['whose room has put it out', "<status code='307'/>"],
    ['that has a new nick in its room', "<status code='303'/>"],
  ] as const) {
    test(what, async () => {
      const scene = await handedInTheRoom();
      roomTells(scene, ALICE, status);
      await scene.clock.pass(PROVED);
      scene.login(PHONE);
      await joinsAgain(scene);
      assert.deepEqual(scene.got(PHONE), []);
    });
  }

  test('that has come after one whose end its room tells to two occupants', async () => {
    const scene = await handedInTheRoom();
    scene.login(PHONE);
    roomTells(scene, ALICE);
    scene.message('n', 1);
    await scene.clock.pass(1);
    roomTells(scene, LAPTOP);
    await scene.clock.pass(MOMENT);
    scene.login(PHONE); // twice, as some clients do
    await joinsAgain(scene);
    assert.deepEqual(scene.got(PHONE), ['m']);
  });

  for (const [what, presenceFirst] of [
    ['joins its room once more and shows its presence again', false],
    ['shows its presence again and joins its room once more', true],
  ] as const) {
    test(`that ${what}, while another occupant is told of no end`, async () => {
      const scene = await handedInTheRoom();
      scene.message('n', 1);
      await scene.clock.pass(1);
      if (presenceFirst) scene.login(PHONE);
      scene.join(PHONE, 'bob');
      if (!presenceFirst) scene.login(PHONE);
      await scene.clock.pass(LATER);
      assert.deepEqual(scene.got(PHONE), []);
      assert.deepEqual(scene.stored(), []);
    });
  }

  test('that has left its room, of which another occupant is told', async () => {
    const scene = await handedInTheRoom();
    scene.message('m', 1);
    scene.copy(`<presence from='${PHONE}' to='${ROOM}/bob' type='unavailable'/>`);
    roomTells(scene, ALICE);
    await scene.clock.pass(MOMENT);
    scene.login(PHONE); // twice, as some clients do
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.got(PHONE), []);
  });

  test('that says to somebody that it goes, and goes on', async () => {
    const scene = await withPhone();
    scene.message('m', 1);
    const own = `<presence xml:lang='en' from='${PHONE}' to='${ALICE}' type='unavailable'/>`;
    for (const copy of [own, own]) scene.copy(copy); // as it is sent, and as alice gets it
    await scene.clock.pass(MOMENT);
    scene.login(PHONE); // twice, as some clients do
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.got(PHONE), []);
  });

  for (const [what, first] of [
    ['ends before the server returns', true],
    ['is found to have ended after the server has returned', false],
  ] as const) {
    test(`of two that have it, where the other one ${what} it to its sender`, async () => {
      const scene = await withPhone();
      scene.login(LAPTOP);
      await scene.clock.pass(LATER);
      scene.message('m', 2);
      if (first) scene.goes(PHONE);
      else scene.fates[PHONE] = 'returned';
      scene.comesBack('m');
      await scene.clock.pass(LATER);
      scene.login(PHONE);
      await scene.clock.pass(LATER);
      assert.deepEqual([scene.got(LAPTOP), scene.got(PHONE)], [[], ['m']]);
    });
  }

  test('that does all of its login twice, as some clients do', async () => {
    const scene = await withPhone();
    scene.goes(PHONE);
    await scene.clock.pass(LATER);
    scene.message('waiting', 0);
    for (const isFirst of [true, false]) {
      scene.login(PHONE);
      if (isFirst) flood(scene, 'waiting');
      scene.copy(
        `<presence from='${PHONE}' to='${ROOM}/bob'><x xmlns='http://jabber.org/protocol/muc'/></presence>`,
      );
      scene.join(PHONE, 'bob');
      scene.asksRoster(PHONE);
      await scene.clock.pass(20);
    }
    scene.login(PHONE);
    await scene.clock.pass(LATER);
    assert.deepEqual([scene.got(PHONE), scene.stored()], [[], []]);
  });

  for (const asleep of [2_000, 20_000]) {
    test(`that is resumed after ${asleep} ms, and does all of its login again, as some clients do`, async () => {
      const scene = await withPhone();
      scene.asksRoster(PHONE);
      scene.join(PHONE, 'bob');
      await scene.clock.pass(LATER);
      scene.fates[PHONE] = 'silent';
      scene.message('m', 1);
      await scene.clock.pass(asleep);
      scene.answerLast(PHONE); // stream management (XEP-0198) brings it the ping, and what came before that
      scene.join(PHONE, 'bob');
      scene.asksRoster(PHONE);
      await scene.clock.pass(350);
      scene.login(PHONE);
      await scene.clock.pass(LATER);
      assert.deepEqual([scene.got(PHONE), scene.stored()], [[], []]);
    });
  }

  test('that had just come, while the last one of another device had gone unseen', async () => {
    const scene = await withPhone();
    scene.login(LAPTOP);
    scene.copy(`<presence from='${LAPTOP}' to='${LAPTOP}'><priority>0</priority></presence>`);
    scene.fates[PHONE] = 'returned';
    await scene.clock.pass(50);
    scene.message('m', 1);
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.got(LAPTOP), []);
  });

  test('that shows another presence than the last one, and is told of the end of that late', async () => {
    const scene = await withPhone();
    scene.login(PHONE, 1);
    scene.registered(PHONE, 1);
    scene.message('m', 1);
    await scene.clock.pass(1);
    scene.copy(`<presence from='${PHONE}' to='${PHONE}' type='unavailable'/>`);
    await scene.clock.pass(MOMENT);
    scene.login(PHONE, 1); // twice, as some clients do
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.got(PHONE), []);
  });

  test('that is known to be the next one, and is told of the end of the last one late', async () => {
    const scene = await withPhone();
    scene.goes(PHONE);
    scene.login(PHONE);
    await scene.clock.pass(LATER / 2);
    scene.message('m', 1);
    scene.copy(`<presence from='${PHONE}' to='${PHONE}' type='unavailable'/>`);
    await scene.clock.pass(MOMENT);
    scene.login(PHONE); // twice, as some clients do
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.got(PHONE), []);
  });
});
