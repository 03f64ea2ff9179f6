import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { NewMessage } from '../../src/spool/content.js';
import type { MessageRecord } from '../../src/spool/record.js';
import { arrival, message, opened } from './opened.js';

const ASK = { ask: 'take', session: 1, groups: [5], limit: 10 } as const;
const ids = (reply: unknown) => (reply as { stanzaId: string }[][]).flat().map(({ stanzaId }) => stanzaId);

test('what means a message that ejabberd may still be about to deliver is not sent before that', () => {
  const { spool } = opened();
  spool.apply([arrival({ anew: false }), arrival({ session: 2, resource: 'laptop' })]);
  const correction = message(2, { refersTo: 'id 1', receivedAt: 1_001 });
  spool.apply([
    { do: 'store', message: message(1, { receivedAt: 1_000 }) },
    { do: 'store', message: correction },
    // so that it is not on its way any more
    {
      ...{ do: 'hand', session: 2, group: 1, account: correction.account, identity: correction.identity },
      ...{ way: 'live', message: null, fresh: false, refers: true },
    },
    { do: 'mark', session: 1, ping: 1 },
    { do: 'prove', session: 1, ping: 1, groups: [], at: 1_002, took: 1 },
  ]);
  assert.deepEqual(ids(spool.apply([{ ...ASK, at: 1_003 }])[0]), []);
  assert.deepEqual(ids(spool.apply([{ ...ASK, at: 9_000 }])[0]), ['id 1', 'id 2']);
});

describe('what a session was handed before the message that it means', () => {
  const CORRECTION = "<body>x</body><replace xmlns='urn:xmpp:message-correct:0' id='id 1'/>";
  const REACTION = "<reactions xmlns='urn:xmpp:reactions:0' id='id 1'><reaction>+</reaction></reactions>";

  /** What is sent of both, the second of which was handed first, and what is left once all is proved. */
  function sentOf(one: Partial<NewMessage>, other: Partial<NewMessage>): [sent: string[], left: unknown] {
    const { spool, store, ids: left } = opened();
    store(message(1, one));
    const second = message(2, { refersTo: 'id 1', receivedAt: 9_000, ...other });
    spool.apply([
      arrival({ anew: false }),
      {
        ...{ do: 'hand', session: 1, group: 1, account: second.account, identity: second.identity },
        ...{ way: 'flood', message: second, fresh: true, refers: true },
      },
      { do: 'mark', session: 1, ping: 1 },
      { do: 'prove', session: 1, ping: 1, groups: [1], at: 9_001, took: 1 },
    ]);
    const sent = ids(spool.apply([{ ...ASK, at: 20_000 }])[0]);
    spool.apply([{ do: 'prove', session: 1, ping: 2, groups: [5], at: 20_001, took: 1 }]);
    return [sent, left()];
  }

  test('has its place, where it is a correction of the same writer', () => {
    const [laptop, phone] = ['alice@example.org/laptop', 'alice@example.org/phone'];
    assert.deepEqual(sentOf({ from: laptop }, { from: phone, payload: CORRECTION }), [[], []]);
  });

  test('comes once more after it, where it is none', () => {
    assert.deepEqual(sentOf({}, { payload: REACTION }), [['id 1', 'id 2'], []]);
  });

  test('comes once more after it, where it is of another writer', () => {
    const own = { from: 'bob@example.org/pc', to: 'alice@example.org', payload: CORRECTION };
    assert.deepEqual(sentOf({}, own), [['id 1', 'id 2'], []]);
    const [one, other] = ['garden@rooms.example.org/juliet', 'garden@rooms.example.org/eve'];
    const isPrivate = { room: 'garden@rooms.example.org', to: 'bob@example.org/phone' };
    const [sent] = sentOf({ from: one }, { ...isPrivate, from: other, payload: CORRECTION });
    assert.deepEqual(sent.slice(0, 1), ['id 1']);
  });
});

test('of many messages only the newest are looked at for the one that is meant', () => {
  const { db, store } = opened({ maxPerAccount: 10_000, maxPerSender: 10_000 });
  store(...[...Array(600).keys()].map(n => message(n + 1)));
  store(message(601, { refersTo: 'id 600' }), message(602, { refersTo: 'id 2' }));
  const means = db.prepare('SELECT means FROM message ORDER BY id DESC LIMIT 2').pluck().all();
  assert.deepEqual(means, [null, 600]);
});

test('what was exported before another one is meant by it after an import too', () => {
  const { spool, db } = opened();
  const record: Omit<MessageRecord, 'id' | 'identity' | 'stanza_id' | 'means'> = {
    ...{ record: 'message', account: 'bob@example.org', from: 'alice@example.org/pc', to: 'bob@example.org' },
    ...{ owed: { account: true, devices: [] }, sent: false, pushed: 0, room: null, type: 'chat', lang: null },
    ...{
      payload: '<body>x</body>',
      received_at: 1,
      stamp: 1,
      expires_at: 99,
      counts: true,
      cause: 0,
      had: false,
    },
    held_until: 0,
  };
  spool.apply([
    { ask: 'reserve', ids: 10 },
    {
      ...{ ask: 'restore', offset: 5 },
      records: [
        { ...record, id: 1, identity: 'a', stanza_id: 'a', means: null },
        { ...record, id: 2, identity: 'b', stanza_id: 'b', means: 1 },
      ],
    },
  ]);
  assert.deepEqual(db.prepare('SELECT id, means FROM message').raw().all(), [
    [6, null],
    [7, 6],
  ]);
});
