import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { roomTells } from './ended-scene.js';
import { LAPTOP, PHONE, ROOM, withPhone } from './scene.js';

describe('an answer of the next stream under a JID proves nothing of the last one', () => {
  test('which somebody was told has ended, with a ping that the next one answers before its presence', async () => {
    const scene = await withPhone();
    scene.message('m', 1);
    scene.told(PHONE);
    await scene.clock.pass(100);
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), ['m']);
    assert.deepEqual(scene.stored(), []);
  });

  test('with a ping under way that went to the last one: the answer to the next ping shows that it is lost', async () => {
    const scene = await withPhone();
    scene.fates[PHONE] = 'silent';
    scene.message('m', 1);
    await scene.clock.pass(500);
    const unanswered = scene.pings.length;
    assert.ok(unanswered > 0);
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), ['m']);
    assert.deepEqual(scene.stored(), []);
  });

  test('which switches carbons on again before it shows itself', async () => {
    const scene = await withPhone();
    const carbons = `<iq from='${PHONE}' to='bob@alpha.test' type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq>`;
    scene.copy(carbons);
    await scene.clock.pass(10_000);
    scene.message('m', 1);
    scene.copy(carbons);
    await scene.clock.pass(2000); // pings are answered meanwhile
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), ['m']);
    assert.deepEqual(scene.stored(), []);
  });

  for (const [what, sign] of [
    ['which asks to be let into a room where it is alone already', 'join'],
    ['which asks to be let into a room that has told another one there of its end', 'told'],
    ['which is told by a room that it is out, though it had not left', 'out'],
  ] as const) {
    test(what, async () => {
      const scene = await withPhone();
      scene.join(PHONE, 'bob');
      scene.login(LAPTOP);
      if (sign !== 'join') scene.join(LAPTOP, 'laptop');
      await scene.clock.pass(10_000);
      scene.fates[PHONE] = 'silent';
      scene.say('m', PHONE, LAPTOP);
      if (sign === 'told') roomTells(scene, LAPTOP);
      await scene.clock.pass(500);
      const muc = 'http://jabber.org/protocol/muc';
      const out = `<presence from='${ROOM}/bob' to='${PHONE}' type='unavailable'><x xmlns='${muc}#user'><status code='110'/></x></presence>`;
      if (sign === 'out') scene.copy(out);
      // it says something else than the last one did, so that it might be the same stream
      scene.copy(`<presence from='${PHONE}' to='bob@alpha.test'><priority>5</priority></presence>`);
      if (sign !== 'out') {
        scene.copy(`<presence from='${PHONE}' to='${ROOM}/bob'><x xmlns='${muc}'/></presence>`);
      }
      scene.fates[PHONE] = 'answered';
      scene.answerLast(PHONE);
      scene.join(PHONE, 'bob');
      await scene.clock.pass(10_000);
      assert.deepEqual(scene.got(PHONE), ['m']);
    });
  }

  test('where a carbon came to the last one after it had said that it goes', async () => {
    const scene = await withPhone();
    scene.copy(`<presence from='${PHONE}' to='bob@alpha.test' type='unavailable'/>`);
    const own = `<message xmlns='jabber:client' from='${LAPTOP}' to='zoe@beta.test' type='chat' id='own'><body>x</body></message>`;
    scene.copy(own.replace(" xmlns='jabber:client'", ''));
    scene.copy(
      `<message from='bob@alpha.test' to='${PHONE}' type='chat'><sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>${own}</forwarded></sent></message>`,
    );
    await scene.clock.pass(500);
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), ['own']);
  });
});

describe('a ping that is returned when its session has been followed by another one', () => {
  test('has what no ping had followed sent to that one', async () => {
    const scene = await withPhone();
    scene.fates[PHONE] = 'silent';
    scene.message('one', 1);
    await scene.clock.pass(500);
    scene.message('two', 1);
    scene.copy(`<presence from='${PHONE}' to='bob@alpha.test'><priority>1</priority></presence>`); // of the next one
    scene.returnLast(PHONE);
    scene.fates[PHONE] = 'answered';
    await scene.clock.pass(60_000);
    assert.deepEqual([scene.got(PHONE), scene.stored()], [['one', 'two'], []]);
  });
});
