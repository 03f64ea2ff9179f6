import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from '../way.js';
import { DAY, FIRST_ATTEMPT, HOUR, MINUTE } from './outside.js';
import { ALICE, alice, COUNT, ids, ZOE } from './remote-scene.js';

describe('messages to other servers', () => {
  test('what does not come back is forgotten, uncounted', async () => {
    const outside = alice();
    outside.write(ZOE, 'hello');
    assert.equal(outside.rows(), 1);
    await outside.clock.pass(11 * MINUTE);
    outside.sweep();
    assert.equal(outside.rows(), 0);
    assert.deepEqual([outside.pings, outside.sent], [[], []]);
    for (const name of ['stored', 'pending', 'expired', 'dropped'])
      assert.equal(outside.counter(name), 0, name);
  });

  test('what comes back is sent again as it was, stamped, in order; the domain is asked first', async () => {
    const outside = alice();
    const to = `${ZOE}/web`;
    const inside = "<request xmlns='urn:xmpp:receipts'/><store xmlns='urn:xmpp:hints'/>";
    outside.write(to, 'a &amp; b', { id: '1', inside });
    outside.write(to, 'c', { id: '2' });
    outside.bounce(to, 'a &amp; b', 'down', { id: '1', inside });
    outside.bounce(to, 'c', 'down', { id: '2' });
    assert.deepEqual(outside.kept(), ['1', '2']);
    assert.equal(outside.counter('pending'), 2);
    await outside.clock.pass(MINUTE - 1);
    assert.deepEqual(outside.pings, []);
    await outside.clock.pass(3 * MINUTE);
    const [first] = outside.sent;
    const stanza = parse(first?.text ?? '');
    assert.deepEqual(stanza.attrs, { from: ALICE, to, type: 'chat', id: '1' });
    assert.equal(stanza.getChildText('body'), 'a & b');
    assert.deepEqual(
      stanza.getChildElements().map(({ name, attrs }) => [name, attrs.from]),
      [
        ['body', undefined],
        ['request', undefined],
        ['store', undefined],
        ['delay', 'alpha.test'],
      ],
    );
    assert.equal(stanza.getChild('delay')?.attrs.stamp, '2026-11-23T04:42:21.000Z');
    assert.deepEqual(ids(outside), ['1', '2']);
    assert.deepEqual(
      outside.pings.map(({ to, from }) => [to, from]),
      [
        ['beta.test', ALICE],
        ['beta.test', ALICE],
      ],
    );
    assert.deepEqual([outside.kept(), outside.rows()], [[], 0]);
    assert.deepEqual([outside.counter('replayed'), outside.counter('pending')], [2, 0]);
  });

  test(`${COUNT} for a dead domain: one attempt at a time, seldom, and none of them in memory`, async () => {
    const outside = alice();
    outside.fate = () => 'down';
    for (let n = 0; n < COUNT; n++) outside.lose(ZOE, `m${n}`);
    await outside.clock.pass(DAY);
    assert.deepEqual(outside.sent, [], 'nothing is sent into the void');
    assert.equal(outside.mostUnderWay, 1);
    const gaps = outside.pings.slice(1).map(({ at }, n) => at - (outside.pings[n]?.at ?? 0));
    assert.ok(Math.min(...gaps) >= MINUTE && Math.max(...gaps) <= HOUR + MINUTE, `${gaps}`);
    assert.ok(outside.pings.length > 24 && outside.pings.length < 150, `${outside.pings.length} in a day`);
    assert.equal(outside.mostTaken, 0);
    assert.equal(outside.kept().length, COUNT);
    outside.fate = () => 'up';
    await outside.clock.pass(HOUR);
    assert.deepEqual(
      ids(outside),
      [...Array(COUNT).keys()].map(n => `m${n}`),
    );
    assert.equal(outside.mostUnderWay, 1);
    assert.ok(outside.mostTaken <= 50, `${outside.mostTaken} at once`);
    assert.equal(outside.rows(), 0);
  });

  test('nobody speaks in the name of a session that must get no ping, but in that of another one of its account', async () => {
    const outside = alice({ neverPing: [ALICE] });
    outside.lose(ZOE, 'hello');
    await outside.clock.pass(HOUR);
    assert.deepEqual([outside.pings, outside.kept()], [[], ['hello']]);
    outside.login('alice@alpha.test/phone');
    await outside.clock.pass(5 * MINUTE);
    const voices = outside.pings.map(({ from }) => from);
    assert.deepEqual([...new Set(voices)], ['alice@alpha.test/phone']);
    assert.deepEqual([ids(outside), outside.kept()], [['hello'], []]);
  });

  test('domains do not wait for each other', async () => {
    const outside = alice();
    outside.fate = domain => (domain === 'dead.test' ? 'silent' : 'up');
    outside.lose('x@dead.test', 'dead');
    outside.lose(ZOE, 'alive');
    await outside.clock.pass(3 * MINUTE);
    assert.deepEqual(ids(outside), ['alive']);
    assert.deepEqual(outside.kept(), ['dead']);
  });

  test('so many are tried at once, and the others come to their turn', async () => {
    const outside = alice({ mostDomains: 3 });
    outside.fate = to => (to === 'beta8.test' || to === 'zoe@beta8.test' ? 'up' : 'silent');
    for (let n = 0; n < 10; n++) outside.lose(`zoe@beta${n}.test`, `m${n}`);
    for (let minutes = 0; minutes < 30; minutes++) {
      await outside.clock.pass(MINUTE);
      assert.ok(outside.remote.tried <= 3, `${outside.remote.tried} at once`);
    }
    assert.equal(new Set(outside.pings.map(({ to }) => to)).size, 10, 'all were tried');
    assert.deepEqual(ids(outside), ['m8']);
    outside.fate = () => 'up';
    await outside.clock.pass(HOUR);
    assert.deepEqual(
      ids(outside).sort(),
      Array.from({ length: 10 }, (_, n) => `m${n}`),
    );
    assert.deepEqual([outside.rows(), outside.remote.tried], [0, 0]);
  });

  test('a link that breaks in the middle: what was not proved is sent again', async () => {
    const outside = alice();
    for (let n = 0; n < 60; n++) outside.lose(ZOE, `m${n}`);
    outside.fate = () => (outside.sent.length > 50 ? 'silent' : 'up');
    await outside.clock.pass(MINUTE * 3);
    assert.equal(outside.kept().length, 10, 'the first chunk is proved');
    outside.fate = () => 'up';
    await outside.clock.pass(5 * HOUR);
    assert.equal(outside.rows(), 0);
    const all = [...Array(60).keys()].map(n => `m${n}`);
    assert.deepEqual([...new Set(ids(outside))], all, 'each, in order');
    assert.deepEqual(ids(outside).slice(0, 60), all);
    assert.deepEqual([...new Set(ids(outside).slice(60))], all.slice(50), 'again only what was not proved');
  });

  test('a ping that is lost on its way is sent again soon, and seldom where there is no answer', async () => {
    const outside = alice();
    outside.lose(ZOE, 'hello');
    outside.fate = () => (outside.pings.length === 0 ? 'silent' : 'up');
    await outside.clock.pass(3 * MINUTE); // the first attempt comes within two
    const [first, again] = outside.pings;
    assert.equal((again?.at ?? 0) - (first?.at ?? 0), 5_000);
    assert.deepEqual(ids(outside), ['hello']);
    assert.equal(outside.rows(), 0);
    outside.fate = () => 'silent';
    outside.pings.length = 0;
    outside.lose(ZOE, 'once more');
    await outside.clock.pass(3 * MINUTE);
    const since = outside.pings.map(({ at }) => at - (outside.pings[0]?.at ?? 0));
    assert.deepEqual(since, [0, 5_000, 15_000, 35_000, 75_000].slice(0, since.length));
    assert.ok(since.length >= 2);
  });

  test('messages that are lost with their ping are proved by no later one', async () => {
    const outside = alice();
    outside.lose(ZOE, 'hello');
    outside.fate = () => (outside.sent.length > 0 && outside.pings.length < 2 ? 'silent' : 'up');
    for (let s = 0; s < 300 && outside.pings.length < 3; s++) await outside.clock.pass(1_000);
    await outside.clock.pass(1_000);
    assert.deepEqual([outside.pings.length, ids(outside), outside.kept()], [3, ['hello'], ['hello']]);
    await outside.clock.pass(5 * MINUTE);
    assert.deepEqual([ids(outside), outside.kept()], [['hello', 'hello'], []]);
  });

  test('a restart: what is kept is found again, and what was under way is still kept', async () => {
    const outside = alice();
    outside.lose(ZOE, 'kept');
    outside.fate = () => (outside.sent.length > 0 ? 'silent' : 'up');
    await outside.clock.pass(FIRST_ATTEMPT);
    assert.deepEqual(ids(outside), ['kept']);
    outside.remote.offline();
    outside.spool.apply([{ do: 'reset' }]);
    outside.fate = () => 'up';
    outside.remote.online();
    await outside.clock.pass(3 * MINUTE);
    assert.deepEqual(ids(outside), ['kept', 'kept']);
    assert.equal(outside.rows(), 0);
  });
});

describe('who speaks', () => {
  test('while no writer is online nothing is tried; his login starts it', async () => {
    const outside = alice();
    outside.lose(ZOE, 'hello');
    outside.logout(ALICE);
    await outside.clock.pass(5 * HOUR);
    assert.deepEqual(outside.pings, []);
    outside.login('bob@alpha.test/pc');
    await outside.clock.pass(1_000);
    assert.deepEqual(outside.pings, [], 'bob has nothing to do with that server');
    outside.login('alice@alpha.test/phone');
    await outside.clock.pass(1_000);
    assert.deepEqual(
      outside.pings.map(({ from }) => from),
      ['alice@alpha.test/phone', 'alice@alpha.test/phone'],
    );
    assert.deepEqual(ids(outside), ['hello']);
  });

  test('an answer that the server of another domain gives counts for nothing', async () => {
    const outside = alice();
    outside.fate = () => 'silent';
    outside.lose(ZOE, 'hello');
    await outside.clock.pass(FIRST_ATTEMPT);
    const [ping] = outside.pings;
    assert.ok(ping !== undefined);
    outside.copy(`<iq from='evil.test' to='${ALICE}' type='result' id='guessed'/>`);
    outside.copy(`<iq from='beta.test' to='${ALICE}' type='result' id='guessed'/>`);
    await outside.clock.pass(1_000);
    assert.deepEqual(outside.sent, []);
  });
});
