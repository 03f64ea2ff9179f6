import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DAY, FIRST_ATTEMPT, HOUR, MINUTE } from './outside.js';
import { ALICE, alice, ids, ZOE } from './remote-scene.js';

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
          await outside.clock.pass(FIRST_ATTEMPT);
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
