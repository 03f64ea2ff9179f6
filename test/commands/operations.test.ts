import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Way } from '../way.js';

const BOB = 'bob@alpha.test';
const ALICE = 'alice@alpha.test/pc';
const ROOM = 'room@conference.alpha.test';

const presence = (jid: string) => `<presence from='${jid}' to='${jid.split('/')[0]}'/>`;
const message = (id: string, to = BOB) =>
  `<message from='${ALICE}' to='${to}' type='chat' id='${id}'><body>${id}</body></message>`;
const inRoom = (id: string, to: string) =>
  `<message from='${ROOM}/alice' to='${to}' type='groupchat' id='${id}'><body>${id}</body></message>`;
const joins = (from: string) =>
  `<presence from='${from}' to='${ROOM}/nick'><x xmlns='http://jabber.org/protocol/muc'/></presence>`;
const joined = (to: string) =>
  `<presence from='${ROOM}/nick' to='${to}'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='member' role='participant'/><status code='110'/></x></presence>`;

const drop = (way: Way, account: string, limit = 100) =>
  way.spool.apply([{ ask: 'drop', account, at: way.clock.date(), limit }])[0];
const pendingByAge = (way: Way) => way.db.prepare('SELECT total(pending) FROM pending_age').pluck().get();

describe('replay now', () => {
  test('sends what is owed to a session that is there, and says how many there are', async () => {
    const way = new Way();
    assert.equal(way.replay.replayNow(BOB), 0);
    way.copy(message('early'));
    way.fate = () => 'silent';
    way.copy(presence(`${BOB}/phone`));
    await way.clock.pass(10 * 60_000); // it has let its pings pass
    assert.deepEqual(way.replayed, []);
    way.fate = () => 'answered';
    assert.equal(way.replay.replayNow(BOB), 1);
    await way.clock.pass(1_000);
    assert.deepEqual(
      way.replayed.map(({ id }) => id),
      ['early'],
    );
  });
});

describe('drop', () => {
  test('leaves nothing owed to the account, of messages and of rooms, and nothing of others', async () => {
    const way = new Way();
    for (const jid of [`${BOB}/phone`, 'eve@alpha.test/pc']) {
      way.copy(presence(jid));
      for (const copy of [joins(jid), joined(jid)]) way.copy(copy);
    }
    await way.clock.pass(10_000);
    way.copy(`<presence from='${BOB}/phone' to='${BOB}' type='unavailable'/>`);
    way.copy(message('one'));
    way.copy(message('two'));
    way.copy(message('hers', 'eve@alpha.test'));
    way.copy(inRoom('said', 'eve@alpha.test/pc'));
    assert.equal(way.counter('pending'), 2 * 2 + 2);
    assert.equal(drop(way, BOB), 3);
    assert.equal(drop(way, BOB), 0);
    assert.equal(way.counter('dropped'), 3);
    assert.equal(way.counter('pending'), 2);
    assert.equal(pendingByAge(way), 2);
    assert.deepEqual(
      way.stored().map(({ account }) => account),
      ['eve@alpha.test'],
    );
    way.copy(presence(`${BOB}/phone`));
    for (const copy of [joins(`${BOB}/phone`), joined(`${BOB}/phone`)]) way.copy(copy);
    await way.clock.pass(30_000);
    assert.deepEqual(
      way.replayed.filter(({ to }) => to.startsWith(BOB)),
      [],
    );
  });

  test('goes piece by piece; an unknown account has nothing', async () => {
    const way = new Way();
    for (const id of ['one', 'two', 'three']) way.copy(message(id));
    assert.deepEqual([drop(way, BOB, 2), drop(way, BOB, 2), drop(way, BOB, 2)], [2, 1, 0]);
    assert.equal(drop(way, 'nobody@alpha.test'), 0);
  });
});
