import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  comesBack,
  keptInRooms,
  LATER,
  OTHER,
  outOfRoom,
  saidAt,
  says,
  stampOf,
  stanzaId,
  type Told,
  words,
} from './room-scene.js';
import { PHONE, ROOM, Scene } from './scene.js';

const ADDRESSES =
  "<addresses xmlns='http://jabber.org/protocol/address'><address type='ofrom' jid='alice@alpha.test/pc'/></addresses>";
const OCCUPANT = "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='abc'/>";
const MARKUP = "<x xmlns='urn:example'/>";

type Message = Told & { n: number };
const many = (count: number, told: (n: number) => Told): Message[] =>
  [...Array(count).keys()].map(n => ({ n, ...told(n) }));

/** What is said while the phone is out; its history brings the last of that, changed so. */
async function replayedAfter(
  messages: Message[],
  live: (one: Message) => Told,
  history: (one: Message) => Told,
  brought = 20,
) {
  const scene = await outOfRoom();
  for (const one of messages) {
    says(scene, live(one), OTHER);
    await scene.clock.pass(200);
  }
  await scene.clock.pass(LATER);
  await comesBack(scene, () => {
    for (const one of messages.slice(-brought)) {
      const told = history(one);
      says(scene, { ...told, more: `${told.more ?? ''}` }, PHONE);
    }
  });
  return { words: words(scene), kept: keptInRooms(scene) };
}

const withId = (n: number) => ({ id: `id ${n}`, body: `said ${n}` });
const withoutId = (n: number) => ({ body: `said ${n}` });
const said = (from: number, to: number) => many(to - from, () => ({})).map(({ n }) => `said ${from + n}`);

describe('what the history of a room brings is not sent again', () => {
  const cases: [
    what: string,
    told: (n: number) => Told,
    live: (one: Message) => string,
    history: (one: Message) => string,
  ][] = [
    ['as it was', withId, () => '', ({ n }) => stampOf(n)],
    ['as it was, without ids', withoutId, () => '', ({ n }) => stampOf(n)],
    ['with addresses, of a room that is not anonymous', withId, () => '', ({ n }) => ADDRESSES + stampOf(n)],
    ['the same without ids', withoutId, () => '', ({ n }) => ADDRESSES + stampOf(n)],
    [
      "without the room's ids (ejabberd from 26.03 on)",
      withId,
      ({ n }) => stanzaId(`${saidAt(n)}016`),
      ({ n }) => stampOf(n, '016'),
    ],
    [
      "the same without the writer's",
      withoutId,
      ({ n }) => stanzaId(`${saidAt(n)}016`),
      ({ n }) => stampOf(n, '016'),
    ],
    ['without what shows the occupant', withId, () => OCCUPANT, ({ n }) => stampOf(n)],
    ['the same without ids', withoutId, () => OCCUPANT, ({ n }) => stampOf(n)],
    [
      'with the words alone, as rooms keep them that keep no stanzas',
      withId,
      () => MARKUP,
      ({ n }) => stampOf(n),
    ],
    [
      'changed, but at the µs that is its id',
      withoutId,
      ({ n }) => MARKUP + stanzaId(`${saidAt(n)}000`),
      ({ n }) => stampOf(n),
    ],
    ['with ids that were not said live', withId, () => '', ({ n }) => stanzaId(`${n}`) + stampOf(n)],
  ];
  for (const [what, told, live, history] of cases) {
    test(what, async () => {
      const { words, kept } = await replayedAfter(
        many(30, told),
        one => ({ ...one, more: live(one) }),
        one => ({ ...one, more: history(one) }),
      );
      assert.deepEqual([words, kept], [said(0, 10), 0]);
    });
  }

  test('also where it is a message of a bot that gives them all one id', async () => {
    const { words, kept } = await replayedAfter(
      many(30, n => ({ id: 'bot', body: `said ${n}` })),
      one => one,
      one => ({ ...one, more: stampOf(one.n) }),
    );
    assert.deepEqual([words, kept], [said(0, 10), 0]);
  });

  for (const [what, id] of [
    ['without ids', undefined],
    ['with one id', 'bot'],
  ] as const) {
    test(`equal ones ${what} come as often as they were said`, async () => {
      const { words, kept } = await replayedAfter(
        many(30, () => ({ body: 'ok', ...(id === undefined ? {} : { id }) })),
        one => one,
        one => ({ ...one, more: stampOf(one.n) }),
      );
      assert.deepEqual([words.length, kept], [10, 0]);
    });
  }

  test('a stamp that a writer gives his own message in the name of the room hides none of others', async () => {
    const scene = await outOfRoom();
    says(scene, { id: 'victim', body: 'hear me', more: stanzaId(`${saidAt(1)}016`) }, OTHER);
    await comesBack(scene, () =>
      says(scene, { id: 'mallory', body: 'x', by: 'mallory', more: stampOf(1, '016') }, PHONE),
    );
    assert.deepEqual(words(scene), ['hear me']);
  });

  test('nor does the id of another message that he writes in his own, beside that of the room', async () => {
    const scene = await outOfRoom();
    says(scene, { id: 'victim', body: 'hear me', more: stanzaId('1') }, OTHER);
    scene.login(PHONE);
    scene.join(PHONE, 'bob');
    says(scene, { id: 'm', body: 'x', by: 'mallory', more: stanzaId('1') + stanzaId('2') }, OTHER, PHONE);
    await scene.clock.pass(3 * LATER);
    assert.deepEqual(words(scene), ['hear me']);
  });

  test('a message that has another id of the room is another one', async () => {
    const scene = await outOfRoom();
    says(scene, { id: 'a', body: 'again', more: stanzaId('#1') }, OTHER);
    await comesBack(scene, () =>
      says(scene, { id: 'a', body: 'again', more: stanzaId('#2') + stampOf(1) }, PHONE),
    );
    assert.deepEqual(words(scene), ['again']);
  });
});

describe('live copies of what is said in a room', () => {
  test('equal messages that cross on their way to several are as many as were said', async () => {
    const scene = await outOfRoom();
    const third = 'carol@alpha.test/pc';
    scene.login(third);
    scene.join(third, 'carol');
    for (const to of [OTHER, OTHER, OTHER, third, third, third]) says(scene, { body: 'ok' }, to);
    await comesBack(scene);
    assert.deepEqual(words(scene), ['ok', 'ok', 'ok']);
    assert.equal(keptInRooms(scene), 0);
  });

  test('a message before a restart and an equal one after it are two', async () => {
    const before = await outOfRoom();
    says(before, { body: 'ok' }, OTHER);
    const scene = new Scene({ after: before });
    scene.replay.online();
    await scene.clock.pass(60_000);
    says(scene, { body: 'ok' }, OTHER);
    await comesBack(scene);
    assert.deepEqual(words(scene), ['ok', 'ok']);
  });

  test('a message of which one process had the first copy, and the next one the others, is one', async () => {
    const before = await outOfRoom();
    says(before, { id: 'a', body: 'hello' }, OTHER);
    const scene = new Scene({ after: before, start: before.clock.date() });
    scene.login('carol@alpha.test/pc');
    scene.join('carol@alpha.test/pc', 'carol');
    says(scene, { id: 'a', body: 'hello' }, 'carol@alpha.test/pc');
    await comesBack(scene);
    assert.deepEqual(words(scene), ['hello']);
  });

  test('one that its writer has stamped, as bridges do, is kept, with his stamp', async () => {
    for (const from of ['', " from='bridge.test'", " from='eve@alpha.test/pc'"]) {
      const scene = await outOfRoom();
      const late = `<delay xmlns='urn:xmpp:delay'${from} stamp='2026-11-23T04:42:20Z'/>`;
      says(scene, { id: 'late', body: 'late', more: late }, OTHER);
      await comesBack(scene);
      assert.deepEqual(words(scene), ['late'], from);
      const delays = scene.replayed
        .at(-1)
        ?.stanza.getChildren('delay')
        .map(({ attrs }) => attrs.from);
      assert.equal(delays?.length, 2);
    }
  });

  test('one that the room, its service or the vhost has stamped is of a history', async () => {
    for (const from of [ROOM, 'conference.alpha.test', 'alpha.test']) {
      const scene = await outOfRoom();
      says(scene, { id: 'old', body: 'old', more: stampOf(1, '', from) }, OTHER);
      await comesBack(scene);
      assert.deepEqual(words(scene), [], from);
    }
  });
});
