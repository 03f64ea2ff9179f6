import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FIRST_ATTEMPT, HOUR, MINUTE, type Outside } from './outside.js';
import { ALICE, alice, ids, ZOE } from './remote-scene.js';

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
    await outside.clock.pass(FIRST_ATTEMPT);
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
