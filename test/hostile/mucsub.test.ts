import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ALICE, PHONE, Scene } from '../replay/scene.js';

const BODY = '<body>hello</body>';
const mucSub = (from: string, said: string) =>
  `<message from='${from}' to='${PHONE}' type='normal' id='e'><event xmlns='http://jabber.org/protocol/pubsub#event'>` +
  `<items node='urn:xmpp:mucsub:nodes:messages'><item id='1'>${said}</item></items></event></message>`;
/** What alice has written to bob. */
const ALICES = `<message xmlns='jabber:client' from='${ALICE}' to='bob@alpha.test' type='chat' id='a'>${BODY}</message>`;

/** Alice has written to bob, who was away; then his phone gets this. Does respool send it what she wrote? */
async function isOwedAfter(gets: string): Promise<boolean> {
  const scene = new Scene();
  scene.login(PHONE);
  scene.goes(PHONE);
  scene.copy(ALICES.replace(" xmlns='jabber:client'", ''));
  await scene.clock.pass(60_000);
  scene.login(PHONE);
  scene.copy(gets);
  await scene.clock.pass(60_000);
  return scene.got(PHONE).includes('a');
}

describe("somebody else's message inside what looks like a room's to a subscriber (MucSub)", () => {
  test('that itself brings it, nothing is replayed', async () => {
    assert.equal(await isOwedAfter(ALICES.replace(" xmlns='jabber:client'", '')), false);
  });

  for (const from of ['eve@alpha.test/pc', 'eve@alpha.test', 'room@evil.test', `${ALICE}2`, 'alpha.test']) {
    test(`from ${from} it is not the message: that is still owed`, async () => {
      assert.equal(await isOwedAfter(mucSub(from, ALICES)), true);
    });
  }
});
