import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { tries } from '../tries.js';
import { parse } from '../way.js';
import { DAY, HOUR, MINUTE, Outside } from './outside.js';

const ZOE = 'zoe@beta.test';
const ALICE = 'alice@alpha.test/pc';
/** More than are sent at a time, by far. */
const COUNT = tries(10_000);
const ids = (outside: Outside) => outside.sent.map(({ id }) => id);

function alice(options?: ConstructorParameters<typeof Outside>[0]): Outside {
  const outside = new Outside(options);
  outside.login(ALICE);
  return outside;
}

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
    await outside.clock.pass(2 * MINUTE);
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
    await outside.clock.pass(2 * MINUTE);
    const [ping] = outside.pings;
    assert.ok(ping !== undefined);
    outside.copy(`<iq from='evil.test' to='${ALICE}' type='result' id='guessed'/>`);
    outside.copy(`<iq from='beta.test' to='${ALICE}' type='result' id='guessed'/>`);
    await outside.clock.pass(1_000);
    assert.deepEqual(outside.sent, []);
  });
});

describe('what ends it', () => {
  test('a lasting error, at once: refused, and to be looked up', async () => {
    const outside = alice();
    outside.reply = to => (to === ZOE ? 'refused' : null);
    outside.lose(ZOE, 'to nobody');
    outside.lose('yan@beta.test', 'to somebody');
    await outside.clock.pass(5 * HOUR);
    assert.deepEqual(ids(outside), ['to nobody', 'to somebody']);
    assert.deepEqual(
      [outside.counter('refused'), outside.counter('replayed'), outside.counter('pending')],
      [1, 1, 0],
    );
    const lines = outside.db.prepare('SELECT account, sender, stanza_id, outcome FROM undelivered').all();
    const line = { account: 'alice@alpha.test', sender: ALICE, stanza_id: 'to nobody', outcome: 'refused' };
    assert.deepEqual(lines, [line]);
  });

  test('a receipt or a marker: in time, or of what was sent again and not proved yet', async () => {
    for (const receipt of [
      "<received xmlns='urn:xmpp:receipts' id='m'/>",
      "<displayed xmlns='urn:xmpp:chat-markers:0' id='m'/>",
    ]) {
      for (const state of ['sent', 'kept', 'sent again']) {
        const outside = alice();
        outside.write(ZOE, 'm');
        if (state !== 'sent') outside.bounce(ZOE, 'm');
        if (state === 'sent again') {
          outside.fate = () => (outside.sent.length > 0 ? 'silent' : 'up');
          await outside.clock.pass(2 * MINUTE);
          assert.deepEqual(ids(outside), ['m']);
        }
        const from = (jid: string) => `<message from='${jid}' to='${ALICE}' id='r'>${receipt}</message>`;
        outside.copy(from('eve@beta.test/web'));
        assert.equal(outside.rows(), 1, 'of somebody else');
        outside.copy(from(`${ZOE}/web`));
        assert.equal(outside.rows(), 0, state);
        assert.equal(outside.counter('replayed'), state === 'sent again' ? 1 : 0);
        assert.equal(outside.counter('pending'), 0);
      }
    }
  });

  test('its time is over', async () => {
    const outside = alice();
    outside.fate = () => 'down';
    outside.lose(ZOE, 'late');
    await outside.clock.pass(2 * DAY + MINUTE);
    outside.sweep();
    assert.deepEqual([outside.rows(), outside.counter('expired'), outside.counter('pending')], [0, 1, 0]);
    const before = outside.pings.length;
    await outside.clock.pass(DAY);
    assert.ok(outside.pings.length - before <= 1, 'the domain is not asked any more');
  });

  test('too much of one writer, or of all: the oldest go', () => {
    const outside = alice({ maxPerAccount: 3 });
    for (const n of [1, 2, 3, 4]) outside.lose(ZOE, `m${n}`);
    assert.deepEqual(outside.kept(), ['m2', 'm3', 'm4']);
    assert.equal(outside.counter('evicted'), 1);
    const full = alice();
    full.lose(ZOE, 'm');
    full.hold({ maxSize: 1 });
    assert.deepEqual([full.rows(), full.counter('evicted'), full.counter('pending')], [0, 1, 0]);
  });

  test('storage rules hold for it: no chat states, nothing that is not to be stored', () => {
    const outside = alice();
    outside.copy(
      `<message from='${ALICE}' to='${ZOE}' type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>`,
    );
    outside.write(ZOE, 'm', { inside: "<no-store xmlns='urn:xmpp:hints'/>" });
    outside.write('room@conference.beta.test/nick', 'm', {
      inside: "<x xmlns='http://jabber.org/protocol/muc#user'/>",
    });
    outside.write('room@conference.alpha.test/nick', 'to a component of this server');
    assert.equal(outside.rows(), 0);
  });
});

describe('a domain that was not found', () => {
  test('and was never heard of is tried for ten minutes', async () => {
    const outside = alice();
    outside.fate = () => 'unknown';
    outside.lose('x@nowhere.test', 'a mistake', 'unknown');
    await outside.clock.pass(10 * MINUTE + 1);
    outside.sweep();
    assert.ok(outside.pings.length >= 1);
    assert.deepEqual([outside.rows(), outside.counter('expired')], [0, 1]);
  });

  test('and was heard of before is tried as long as any', async () => {
    const outside = alice();
    outside.copy(`<presence from='${ZOE}/web' to='${ALICE}'/>`);
    outside.fate = () => 'unknown';
    outside.lose(ZOE, 'm', 'unknown');
    await outside.clock.pass(DAY);
    outside.sweep();
    assert.deepEqual(outside.kept(), ['m']);
  });

  test('is not known by an error that seems to come from it', async () => {
    const outside = alice();
    outside.lose('x@nowhere.test', 'one', 'unknown');
    outside.lose('x@nowhere.test', 'two', 'unknown');
    await outside.clock.pass(10 * MINUTE + 1);
    outside.sweep();
    assert.equal(outside.counter('expired') + outside.counter('replayed'), 2);
  });
});

describe('a recipient whose server takes nothing for him now', () => {
  test('is tried with his oldest alone, and holds up nobody else', async () => {
    const outside = alice();
    outside.reply = to => (to === ZOE ? 'busy' : null);
    for (const n of [1, 2, 3]) outside.lose(ZOE, `z${n}`, 'busy');
    outside.lose('yan@beta.test', 'y');
    await outside.clock.pass(6 * HOUR);
    const tried = ids(outside);
    assert.deepEqual([...new Set(tried)].sort(), ['y', 'z1']);
    assert.equal(tried.filter(id => id === 'y').length, 1);
    assert.ok(tried.length > 4 && tried.length < 40, `${tried.length} attempts in six hours`);
    outside.reply = () => null;
    outside.sent.length = 0;
    await outside.clock.pass(3 * HOUR);
    assert.deepEqual(ids(outside), ['z1', 'z2', 'z3']);
    assert.equal(outside.rows(), 0);
  });
});

describe('its writer sends it again', () => {
  const origin = (id: string) => `<origin-id xmlns='urn:xmpp:sid:0' id='${id}'/>`;

  test('the same id, the same origin-id, or the same words: the kept one is dropped', () => {
    for (const [first, again] of [
      [{ id: '1' }, { id: '1' }],
      [
        { id: '1', inside: origin('o') },
        { id: '2', inside: origin('o') },
      ],
      [
        { id: '1', inside: origin('o') },
        { id: '2', inside: origin('p') },
      ],
      [{ id: null }, { id: null }],
      [{ id: '1' }, { id: '2', from: 'alice@alpha.test/phone' }],
    ]) {
      const outside = alice();
      outside.write(ZOE, 'hello', first);
      outside.bounce(ZOE, 'hello', 'down', first);
      assert.equal(outside.kept().length, 1);
      outside.write(ZOE, 'hello', again);
      assert.deepEqual(outside.kept(), [], JSON.stringify(again));
      assert.equal(outside.counter('dropped'), 1);
      outside.bounce(ZOE, 'hello', 'down', again);
      assert.equal(outside.kept().length, 1, 'what comes back again is kept again');
    }
  });

  test('other words, other recipients, and words that have not come back are no repetition', () => {
    const outside = alice();
    outside.lose(ZOE, 'hello');
    outside.write(ZOE, 'hello?');
    outside.write('yan@beta.test', 'hello', { id: '3' });
    outside.write(ZOE, 'ok', { id: null });
    outside.write(ZOE, 'ok', { id: null });
    assert.deepEqual([outside.kept(), outside.rows(), outside.counter('dropped')], [['hello'], 5, 0]);
    for (let n = 0; n < 2; n++) outside.bounce(ZOE, 'ok', 'down', { id: null });
    assert.equal(outside.kept().length, 3, 'both are kept');
  });
});

test('messages that differ are others, though their writer gives all of them one id', () => {
  const outside = alice();
  const bodies = ['one', 'two', 'three'];
  for (const body of bodies)
    outside.write(ZOE, body, { id: '1', inside: "<origin-id xmlns='urn:xmpp:sid:0' id='1'/>" });
  for (const body of bodies) outside.bounce(ZOE, body, 'down', { id: '1' });
  assert.equal(outside.kept().length, 3);
  outside.write(ZOE, 'four', { id: '1' });
  assert.equal(outside.kept().length, 3);
});

test('a reaction to what is kept is sent once more after it', async () => {
  const outside = alice();
  const reaction = "<reactions xmlns='urn:xmpp:reactions:0' id='m1'><reaction>+</reaction></reactions>";
  outside.lose(ZOE, 'm1');
  outside.write(ZOE, 'c1', { inside: reaction });
  outside.write('yan@beta.test', 'c2', { inside: reaction });
  assert.deepEqual(outside.kept(), ['m1', 'c1']);
  await outside.clock.pass(HOUR);
  assert.deepEqual(ids(outside), ['m1', 'c1']);
  assert.deepEqual(outside.kept(), []);
});

describe('a correction of what is kept', () => {
  const inside = "<request xmlns='urn:xmpp:receipts'/><replace xmlns='urn:xmpp:message-correct:0' id='m1'/>";
  function corrected(): Outside {
    const outside = alice();
    outside.lose(ZOE, 'm1');
    outside.write(ZOE, 'c1', { inside });
    outside.write('yan@beta.test', 'c2', { inside });
    assert.deepEqual(outside.kept(), ['m1']);
    return outside;
  }

  test('has its place, once it can come back no more', async () => {
    const outside = corrected();
    await outside.clock.pass(9 * MINUTE);
    outside.sweep();
    assert.deepEqual([ids(outside), outside.kept()], [[], ['m1']]);
    await outside.clock.pass(2 * MINUTE);
    outside.sweep();
    await outside.clock.pass(HOUR);
    assert.deepEqual([ids(outside), outside.kept(), outside.rows()], [[], [], 0]);
    assert.deepEqual([outside.counter('dropped'), outside.counter('pending')], [1, 0]);
  });

  test('has its place, once its receipt has come', async () => {
    const outside = corrected();
    outside.copy(
      `<message from='${ZOE}/web' to='${ALICE}' id='r1'><received xmlns='urn:xmpp:receipts' id='c1'/></message>`,
    );
    assert.deepEqual(outside.kept(), []);
  });

  test('goes out after it, where it comes back too', async () => {
    const outside = corrected();
    outside.bounce(ZOE, 'c1', 'down', { inside });
    assert.deepEqual(outside.kept(), ['m1', 'c1']);
    await outside.clock.pass(HOUR);
    assert.deepEqual([ids(outside), outside.kept()], [['m1', 'c1'], []]);
  });

  test('has no place where it is dropped', async () => {
    const outside = corrected();
    outside.db.exec("DELETE FROM remote_message WHERE stanza_id = 'c1'");
    await outside.clock.pass(HOUR);
    assert.deepEqual(ids(outside), ['m1']);
  });
});

test('a bounce of a message without an id is known by what it returns', () => {
  const outside = alice();
  for (const text of ['one', 'two']) outside.write(ZOE, text, { id: null });
  outside.bounce(ZOE, 'two', 'down', { id: null });
  const kept = outside.db.prepare('SELECT payload FROM remote_message WHERE state > 0').pluck().all();
  assert.deepEqual(kept, ['<body>two</body>']);
});

test('a bounce that has lost what it returns is known by its id', () => {
  const outside = alice();
  outside.write(ZOE, 'hello', { id: 'h' });
  outside.write(ZOE, 'other', { id: 'o' });
  outside.copy(
    `<message from='${ZOE}' to='${ALICE}' type='error' id='h'><error type='wait'>` +
      "<resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>",
  );
  assert.deepEqual(outside.kept(), ['h']);
});
