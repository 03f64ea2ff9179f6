import assert from 'node:assert/strict';
import { test } from 'node:test';
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
