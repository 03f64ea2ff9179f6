import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Element } from '@xmpp/component';
import { type Circumstances, type Form, formOf, isCopied } from '../../src/replay/form.js';
import { parse, type Sent } from '../way.js';
import { ALICE, LAPTOP, PHONE, Scene } from './scene.js';

const CARBONS = 'urn:xmpp:carbons:2';

describe('the form of a replay', () => {
  test('a carbon copy where another device has had it and this one has carbons on, else as it was written', () => {
    const cases: [Circumstances['as'], isCopied: boolean, hasCarbons: boolean, Form][] = [
      ['received', true, true, 'itself'],
      ['had', true, true, 'received'],
      ['had', true, false, 'itself'],
      ['had', false, true, 'itself'],
      ['sent', true, true, 'sent'],
      ['sent', false, false, 'sent'],
      ['room', true, true, 'itself'],
    ];
    for (const [as, isCopied, hasCarbons, form] of cases) {
      assert.equal(formOf({ as, isCopied, hasCarbons }), form, `${as} ${isCopied} ${hasCarbons}`);
    }
  });

  test('what has no body, or is private, is no carbon copy', () => {
    const read = (inside: string) => isCopied(parse(`<message>${inside}</message>`));
    assert.equal(read('<body>hello</body>'), true);
    assert.equal(read("<received xmlns='urn:xmpp:receipts' id='1'/>"), false);
    assert.equal(read(`<body>secret</body><private xmlns='${CARBONS}'/>`), false);
    assert.equal(read("<body>aside</body><x xmlns='http://jabber.org/protocol/muc#user'/>"), false);
  });
});

/** Bob's phone is away; his laptop has got a message from alice, and has written one. */
async function laptopHasHad(): Promise<Scene> {
  const scene = new Scene();
  for (const jid of [PHONE, LAPTOP]) scene.login(jid);
  await scene.clock.pass(10_000);
  scene.goes(PHONE);
  scene.message('m1', 1);
  scene.message('own', 0, 'alice@alpha.test', LAPTOP);
  await scene.clock.pass(20_000);
  return scene;
}

function carbons(scene: Scene, is: 'enable' | 'disable'): void {
  const request = `<${is} xmlns='${CARBONS}'/>`;
  scene.copy(`<iq from='${PHONE}' to='bob@alpha.test' type='set' id='c'>${request}</iq>`);
}

function wrappedIn({ stanza }: Sent): { as: string; inner: Element } | null {
  for (const as of ['sent', 'received']) {
    const inner = stanza.getChild(as, CARBONS)?.getChild('forwarded')?.getChild('message');
    if (inner !== undefined) return { as, inner };
  }
  return null;
}

function forms(scene: Scene): (string | undefined)[][] {
  return scene.replayed
    .filter(({ to }) => to === PHONE)
    .map(sent => [sent.id, wrappedIn(sent)?.as ?? 'itself']);
}

describe('a replay to a device with carbons on', () => {
  test('is a carbon copy where the laptop has had it', async () => {
    const scene = await laptopHasHad();
    carbons(scene, 'enable');
    scene.login(PHONE);
    scene.copy(`<message from='${ALICE}' to='bob@alpha.test' type='chat' id='m2'><body>new</body></message>`);
    await scene.clock.pass(60_000);
    assert.deepEqual(forms(scene), [
      ['m1', 'received'],
      ['own', 'sent'],
      ['m2', 'itself'],
    ]);
    assert.equal(scene.counter('pending'), 1, 'that to alice, who is away');
  });

  test('has the time of its writing inside and outside, and is known again by it', async () => {
    const scene = await laptopHasHad();
    carbons(scene, 'enable');
    scene.login(PHONE);
    await scene.clock.pass(30_000);
    assert.equal(forms(scene).length, 2);
    for (const sent of scene.replayed) {
      const inner = wrappedIn(sent)?.inner;
      const outside = sent.stanza.getChildElements()[0]?.getChild('forwarded')?.getChild('delay');
      const inside = inner?.getChildren('delay', 'urn:xmpp:delay') ?? [];
      assert.equal(inside.length, 1, 'one in the message');
      assert.equal(inside[0]?.attrs.stamp, outside?.attrs.stamp);
      assert.equal(inside[0]?.attrs.from, 'alpha.test');
      assert.equal(sent.stanza.attrs.from, 'bob@alpha.test');
    }
    scene.login(PHONE); // all of it again would be a new stream's
    await scene.clock.pass(30_000);
    assert.equal(scene.replayed.length, 2);
    assert.equal(scene.counter('stored'), 3, 'the copies of the replays are no new messages');
  });

  test('stays one when it says how it is, in the same stream', async () => {
    const scene = await laptopHasHad();
    carbons(scene, 'enable');
    scene.login(PHONE, -1); // it gets nothing yet
    await scene.clock.pass(30_000);
    scene.login(PHONE);
    await scene.clock.pass(30_000);
    assert.deepEqual(forms(scene)[0], ['m1', 'received']);
  });

  test('is none any more when it has switched them off, or is another stream', async () => {
    const off = await laptopHasHad();
    carbons(off, 'enable');
    off.login(PHONE);
    carbons(off, 'disable');
    await off.clock.pass(30_000);
    assert.deepEqual(forms(off)[0], ['m1', 'itself']);

    const scene = await laptopHasHad();
    carbons(scene, 'enable');
    scene.login(PHONE, -1); // it gets nothing
    await scene.clock.pass(30_000);
    scene.login(PHONE, -1);
    await scene.clock.pass(30_000);
    scene.login(PHONE);
    await scene.clock.pass(30_000);
    assert.deepEqual(forms(scene)[0], ['m1', 'itself']);
  });
});
