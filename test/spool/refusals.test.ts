import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RemoteMessage, RoomMessage } from '../../src/spool/content.js';
import { arrival, message, opened } from './opened.js';

const REASON = 'the server closed the stream: policy-violation, "XML stanza is too big"';
const ROOM = 'room@rooms.example.org';

const said: RoomMessage = {
  ...{
    key: 'k',
    archiveId: null,
    identity: 'same',
    retracts: null,
    from: `${ROOM}/nick`,
    stanzaId: 'said',
    lang: null,
  },
  ...{ payload: '<body>hush</body>', receivedAt: 3, stamp: 3, expiresAt: 1_000_000 },
};

function remote(): RemoteMessage {
  const {
    room: _,
    sentBy: __,
    ...common
  } = message(7, { account: 'alice@example.org', to: 'zoe@far.example' });
  return {
    ...common,
    domain: 'far.example',
    recipientAccount: 'zoe@far.example',
    content: 'c',
    originId: null,
  };
}

/** A spool, and what it says of refusals. */
function spool() {
  const set = opened();
  const lines = () =>
    set.db
      .prepare(
        'SELECT account, stanza_id, outcome, message, reason FROM undelivered LEFT JOIN refusal ON line = undelivered.id',
      )
      .raw()
      .all();
  const refuse = (id: number) => set.spool.apply([{ do: 'refuse', id, reason: REASON, at: 9 }]);
  const take = () => set.spool.apply([{ ask: 'take', session: 1, groups: [5], limit: 10, at: 9 }])[0];
  return { ...set, lines, refuse, take };
}

describe('a message that cannot be sent', () => {
  test('is set aside for all who are owed it, and a line says why', () => {
    const { spool: bobs, store, ids, lines, refuse, counter } = spool();
    bobs.apply([arrival()]);
    store(message(1), message(2));
    refuse(1);
    assert.deepEqual(ids(), ['id 2']);
    assert.deepEqual(lines(), [['bob@example.org', 'id 1', 'refused', 1, REASON]]);
    assert.equal(counter('refused'), 1);
  });

  test('is held by nobody any more, so that the rest of its group is proved without it', () => {
    const { spool: bobs, store, refuse, take, counter } = spool();
    store(message(1), message(2));
    bobs.apply([
      arrival(),
      { do: 'mark', session: 1, ping: 1 },
      { do: 'prove', session: 1, ping: 1, groups: [], at: 2, took: 1 },
    ]);
    assert.equal((take() as unknown[][])[0]?.length, 2);
    refuse(1);
    bobs.apply([{ do: 'prove', session: 1, ping: 2, groups: [5], at: 9, took: 1 }]);
    assert.equal(counter('replayed'), 1);
  });

  test('of a room', () => {
    const { db, spool: bobs, lines, refuse } = spool();
    bobs.apply([
      arrival(),
      { do: 'join', session: 1, room: ROOM, nick: 'bob', at: 2 },
      {
        do: 'hear',
        session: 1,
        group: 1,
        room: ROOM,
        key: 'k',
        way: 'live',
        message: said,
        stored: null,
        asked: true,
        at: 3,
      },
    ]);
    refuse(db.prepare<[], number>('SELECT id FROM room_message').pluck().get() as number);
    assert.deepEqual(lines(), [[ROOM, 'said', 'refused', 1, REASON]]);
    assert.equal(db.prepare('SELECT count(*) FROM room_message').pluck().get(), 0);
  });

  test('to another server', () => {
    const { db, spool: alices, lines, refuse } = spool();
    const sent = remote();
    const bounce = { ...sent, sender: sent.from, verdict: 'unreachable' as const };
    const policy = { retryUnknown: 1_000_000, minWait: 1, maxWait: 1 };
    alices.apply([
      { do: 'remote-sent', message: sent },
      { do: 'remote-bounced', bounce, policy, at: 8 },
    ]);
    refuse(1);
    assert.deepEqual(lines(), [['alice@example.org', 'id 7', 'refused', 1, REASON]]);
    assert.equal(db.prepare('SELECT count(*) FROM remote_message').pluck().get(), 0);
  });

  test('and is there no more changes nothing; what is known of its line goes with that', () => {
    const { db, store, lines, refuse } = spool();
    store(message(1));
    refuse(1);
    refuse(1);
    refuse(77);
    assert.equal(lines().length, 1);
    db.exec('DELETE FROM undelivered');
    assert.equal(db.prepare('SELECT count(*) FROM refusal').pluck().get(), 0);
  });
});
