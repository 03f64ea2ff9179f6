import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Way, type WayOptions } from '../way.js';

const ROOM = 'r@conference.alpha.test';
const DATE = Date.UTC(2026, 10, 25);

function enter(way: Way, jid: string, nick: string): void {
  const muc = 'http://jabber.org/protocol/muc';
  way.copy(`<presence from='${jid}'/>`);
  way.copy(`<presence from='${jid}' to='${ROOM}/${nick}'><x xmlns='${muc}'/></presence>`);
  way.copy(
    `<presence from='${ROOM}/${nick}' to='${jid}'><x xmlns='${muc}#user'><status code='110'/></x></presence>`,
  );
}

const content = (n: number) =>
  `<body>said ${n}</body><stanza-id xmlns='urn:xmpp:sid:0' by='${ROOM}' id='${n}'/>`;
const stamp = (n: number) => new Date(DATE + n * 1000).toISOString();

function hears(way: Way, jid: string, n: number, history = false): void {
  const delay = history ? `<delay xmlns='urn:xmpp:delay' from='${ROOM}' stamp='${stamp(n)}'/>` : '';
  way.copy(
    `<message from='${ROOM}/zoe' to='${jid}' type='groupchat' id='z${n}'>${content(n)}${delay}</message>`,
  );
}

/** The room answers the last query with these messages. @param instead what one has in place of its words */
function answer(
  way: Way,
  numbers: readonly number[],
  complete: boolean,
  from = ROOM,
  instead: (n: number) => string | null = () => null,
): void {
  const id = way.queries.at(-1)?.attrs.id ?? '';
  for (const n of numbers) {
    way.direct(
      `<message from='${from}' to='respool.alpha.test'><result xmlns='urn:xmpp:mam:2' id='${n}' queryid='${id}'>
        <forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='${stamp(n)}'/>
        <message xmlns='jabber:client' from='${from}/zoe' type='groupchat' id='z${n}'>${instead(n) ?? content(n)}</message>
        </forwarded></result></message>`,
    );
  }
  const set = `<set xmlns='http://jabber.org/protocol/rsm'><first>${numbers[0]}</first></set>`;
  const fin = `<fin xmlns='urn:xmpp:mam:2' complete='${complete}'>${set}</fin>`;
  way.direct(`<iq from='${from}' to='respool.alpha.test' type='result' id='${id}'>${fin}</iq>`);
}

/** bob was in the room, heard its message 1, and is gone. */
async function missed(options: WayOptions = {}): Promise<Way> {
  const way = new Way({ start: DATE, ...options });
  enter(way, 'bob@alpha.test/phone', 'bob');
  hears(way, 'bob@alpha.test/phone', 1);
  await way.clock.pass(10_000);
  way.copy("<presence from='bob@alpha.test/phone' type='unavailable'/>");
  await way.clock.pass(60_000);
  return way;
}

const bodies = (way: Way, to: string) =>
  way.replayed.filter(sent => sent.to === to).map(({ body }) => body?.replace('said ', ''));
function rows(way: Way): unknown {
  way.spool.apply([{ do: 'sweep', at: way.clock.date() }]);
  return way.db.prepare('SELECT count(*) FROM room_message').pluck().get();
}

describe('the archive of a room that nobody local was in', () => {
  test('is read backwards, page by page, to the last message that was heard; history is not replayed', async () => {
    const way = await missed();
    enter(way, 'bob@alpha.test/phone', 'bob');
    hears(way, 'bob@alpha.test/phone', 5, true);
    await way.clock.pass(1);
    answer(way, [4, 5], false);
    assert.equal(
      way.queries.at(-1)?.getChild('query')?.getChild('set')?.getChildText('before'),
      '4',
      'asks for what came before',
    );
    answer(way, [0, 1, 2, 3], true);
    await way.clock.pass(10_000);
    assert.deepEqual(bodies(way, 'bob@alpha.test/phone'), ['2', '3', '4']);
    assert.equal(rows(way), 0);
    assert.equal(way.queries.length, 2);
  });

  test('history is not replayed either where the device settles while that is being written', async () => {
    const way = await missed({ commit: 5_000 });
    enter(way, 'bob@alpha.test/phone', 'bob');
    hears(way, 'bob@alpha.test/phone', 3, true);
    await way.clock.pass(1_500);
    answer(way, [2, 3], true);
    await way.clock.pass(20_000);
    assert.deepEqual(bodies(way, 'bob@alpha.test/phone'), ['2']);
    assert.equal(rows(way), 0);
  });

  test('gives a newcomer nothing, and a member that is still out all of it', async () => {
    const way = new Way({ start: DATE });
    for (const user of ['bob', 'carol']) enter(way, `${user}@alpha.test/phone`, user);
    await way.clock.pass(1);
    answer(way, [], true);
    for (const user of ['bob', 'carol']) hears(way, `${user}@alpha.test/phone`, 1);
    await way.clock.pass(10_000);
    for (const user of ['bob', 'carol'])
      way.copy(`<presence from='${user}@alpha.test/phone' type='unavailable'/>`);
    enter(way, 'dan@alpha.test/phone', 'dan');
    await way.clock.pass(1);
    answer(way, [1, 2, 3], true);
    await way.clock.pass(10_000);
    for (const user of ['bob', 'carol']) {
      enter(way, `${user}@alpha.test/phone`, user);
      await way.clock.pass(1);
      answer(way, [], true);
      await way.clock.pass(10_000);
      assert.deepEqual(bodies(way, `${user}@alpha.test/phone`), ['2', '3']);
    }
    assert.deepEqual(bodies(way, 'dan@alpha.test/phone'), []);
    assert.equal(rows(way), 0);
  });

  test('what is said while it is asked is not taken for missed', async () => {
    const way = await missed();
    enter(way, 'bob@alpha.test/phone', 'bob');
    await way.clock.pass(1);
    hears(way, 'bob@alpha.test/phone', 3);
    await way.clock.pass(1000);
    answer(way, [2, 3], true);
    await way.clock.pass(10_000);
    assert.deepEqual(bodies(way, 'bob@alpha.test/phone'), ['2']);
  });

  test('is in order with what is said while it is asked, however much that is, also for who is out longer', async () => {
    const way = new Way({ start: DATE });
    const numbers = (from: number, to: number) => [...Array(to - from).keys()].map(n => from + n);
    const users = ['bob', 'carol'].map(user => `${user}@alpha.test/phone`);
    for (const user of users) enter(way, user, user);
    await way.clock.pass(1);
    answer(way, [], true);
    for (const user of users) hears(way, user, 1);
    await way.clock.pass(10_000);
    for (const user of users) way.copy(`<presence from='${user}' type='unavailable'/>`);
    await way.clock.pass(600_000);
    const [bob = '', carol = ''] = users;
    enter(way, bob, 'bob');
    await way.clock.pass(1);
    for (const n of [900, 901]) hears(way, bob, n);
    for (const from of [202, 102, 2]) {
      answer(way, numbers(from, from + 100), from === 2);
      hears(way, bob, 902 + from);
    }
    await way.clock.pass(20_000);
    enter(way, carol, 'carol');
    await way.clock.pass(1);
    answer(way, [], true);
    await way.clock.pass(60_000);
    const missed = numbers(2, 302).map(String);
    assert.deepEqual(bodies(way, bob), missed);
    assert.deepEqual(bodies(way, carol), [...missed, '900', '901', '1104', '1004', '904']);
    assert.equal(rows(way), 0);
  });

  test('has nothing to send of what was taken back', async () => {
    const way = await missed();
    enter(way, 'bob@alpha.test/phone', 'bob');
    await way.clock.pass(1);
    answer(way, [2, 4], true, ROOM, n =>
      n === 2 ? "<retracted xmlns='urn:xmpp:message-retract:1'/>" : null,
    );
    await way.clock.pass(10_000);
    assert.deepEqual(bodies(way, 'bob@alpha.test/phone'), ['4']);
  });

  test('no more than is kept of a room is fetched, the newest', async () => {
    const way = await missed({ maxPerRoom: 3 });
    enter(way, 'bob@alpha.test/phone', 'bob');
    await way.clock.pass(1);
    answer(way, [8, 9], false);
    answer(way, [6, 7], false);
    assert.equal(way.queries.length, 2);
    await way.clock.pass(10_000);
    assert.deepEqual(bodies(way, 'bob@alpha.test/phone'), ['7', '8', '9']);
  });

  test('one that falls silent is given up, with what it has told; nobody else is believed', async () => {
    const way = await missed();
    enter(way, 'bob@alpha.test/phone', 'bob');
    await way.clock.pass(1);
    answer(way, [2, 3], true, 'other@conference.alpha.test');
    answer(way, [8, 9], false);
    await way.clock.pass(30_000);
    assert.deepEqual(bodies(way, 'bob@alpha.test/phone'), ['8', '9']);
    assert.equal(way.notes.filter(note => note.includes('does not answer')).length, 1);
    way.copy("<presence from='bob@alpha.test/phone' type='unavailable'/>");
    enter(way, 'bob@alpha.test/phone', 'bob');
    await way.clock.pass(1);
    assert.equal(way.queries.length, 2, 'it is not asked again');
  });

  test('one that fell silent is asked again later, for what it has not told alone', async () => {
    const way = await missed();
    enter(way, 'bob@alpha.test/phone', 'bob');
    await way.clock.pass(1);
    answer(way, [4, 5], false);
    hears(way, 'bob@alpha.test/phone', 6);
    await way.clock.pass(30_000);
    assert.deepEqual(bodies(way, 'bob@alpha.test/phone'), ['4', '5']);
    way.copy("<presence from='bob@alpha.test/phone' type='unavailable'/>");
    await way.clock.pass(3_600_000);
    enter(way, 'carol@alpha.test/phone', 'carol');
    await way.clock.pass(1);
    const before = () => way.queries.at(-1)?.getChild('query')?.getChild('set')?.getChildText('before');
    assert.equal(before(), '4');
    answer(way, [1, 2, 3], true);
    await way.clock.pass(1);
    assert.equal(before(), '', 'and for what has been said since bob heard 6');
    answer(way, [6, 7], true);
    await way.clock.pass(10_000);
    enter(way, 'bob@alpha.test/phone', 'bob');
    await way.clock.pass(1);
    answer(way, [7], true);
    await way.clock.pass(10_000);
    assert.deepEqual(bodies(way, 'bob@alpha.test/phone'), ['4', '5', '2', '3', '7']);
    assert.deepEqual(bodies(way, 'carol@alpha.test/phone'), [], 'who came later is owed none of it');
    assert.equal(rows(way), 0);
  });

  test('a gap stays open where respool ends before it is filled, whatever is heard meanwhile', async () => {
    const first = await missed();
    enter(first, 'bob@alpha.test/phone', 'bob');
    await first.clock.pass(1);
    hears(first, 'bob@alpha.test/phone', 4);
    await first.clock.pass(10_000);
    const way = new Way({ start: first.clock.date(), after: first });
    way.replay.online();
    await way.clock.pass(10_000);
    hears(way, 'bob@alpha.test/phone', 5);
    await way.clock.pass(1);
    assert.equal(way.queries.length, 1, 'it is asked as soon as somebody is found to be there');
    answer(way, [1, 2, 3], true);
    await way.clock.pass(10_000);
    assert.deepEqual(bodies(way, 'bob@alpha.test/phone'), ['2', '3']);
    assert.equal(way.db.prepare('SELECT count(*) FROM room_gap').pluck().get(), 0);
    assert.equal(rows(way), 0);
  });

  test('what is heard before the spool has told of the gap ends it: what follows is owed to all', async () => {
    const way = new Way({ start: DATE, latency: 100 });
    const [bob, carol] = ['bob@alpha.test/phone', 'carol@alpha.test/phone'];
    enter(way, bob, 'bob');
    await way.clock.pass(1_000);
    enter(way, carol, 'carol');
    for (const jid of [bob, carol]) hears(way, jid, 1);
    await way.clock.pass(10_000);
    for (const jid of [bob, carol]) way.copy(`<presence from='${jid}' type='unavailable'/>`);
    await way.clock.pass(1);
    answer(way, [1, 2, 3], true);
    await way.clock.pass(10_000);
    for (const [jid, nick] of [
      [bob, 'bob'],
      [carol, 'carol'],
    ] as const) {
      enter(way, jid, nick);
      await way.clock.pass(1_000);
      answer(way, [1, 2, 3], true);
      await way.clock.pass(10_000);
      assert.deepEqual(bodies(way, jid), ['2', '3'], jid);
    }
    assert.equal(rows(way), 0);
  });

  test('who comes while the last answer is being written is not sent what the history brings', async () => {
    const way = await missed({ latency: 100 });
    const bob = 'bob@alpha.test/phone';
    enter(way, bob, 'bob');
    await way.clock.pass(101);
    answer(way, [2], true);
    await way.clock.pass(50);
    way.copy(`<presence from='${bob}' type='unavailable'/>`);
    await way.clock.pass(100);
    enter(way, bob, 'bob');
    hears(way, bob, 2, true);
    hears(way, bob, 3, true);
    await way.clock.pass(1_000);
    assert.equal(way.queries.length, 2, 'what was said since is asked for');
    answer(way, [2, 3], true);
    await way.clock.pass(20_000);
    assert.deepEqual(bodies(way, bob), []);
    assert.equal(rows(way), 0);
  });
});
