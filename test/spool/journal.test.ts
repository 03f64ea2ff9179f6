import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Journal, type QueueEvent, type Wanted } from '../../src/spool/journal.js';
import { Spool } from '../../src/spool/spool.js';
import { emptySpool } from './empty.js';
import { QUOTAS } from './quotas.js';

const DAY = 86_400_000;
const ALL: Wanted = { account: null, kinds: null };

function message(id: string, account = 'bob@alpha.test', expiresAt = 10 * DAY) {
  return {
    ...{
      account,
      room: null,
      alone: false,
      counts: true,
      refersTo: null,
      sentBy: null,
      identity: id,
      from: 'alice@alpha.test/pc',
      to: account,
      type: 'chat',
    },
    ...{ stanzaId: id, lang: null, payload: '<body>x</body>', receivedAt: 1, stamp: 1, expiresAt },
  };
}

/** A spool whose journal notes this. */
function followed(wanted: Wanted[]) {
  const db = emptySpool();
  const journal = new Journal(db);
  journal.want(wanted);
  const devices = { sync: true, forgetAfter: DAY, maxPerAccount: 10 };
  const rooms = { replay: true, maxAge: DAY, maxPerRoom: 10 };
  const spool = new Spool(
    db,
    { ...QUOTAS, maxPerAccount: 2, maxSize: 1 << 30, devices, rooms, history: null },
    journal,
  );
  const events = () => (journal.take()?.events ?? []).map(shown);
  return { spool, journal, events };
}

function shown({ kind, stanzaId, account, device, by }: QueueEvent): string {
  return [kind, stanzaId, account ?? 'all', device ?? '', by ?? ''].join(' ').trim();
}

describe('the journal', () => {
  test('notes what becomes of messages', () => {
    const { spool, events } = followed([ALL]);
    for (const id of ['a', 'b', 'c']) spool.apply([{ do: 'store', message: message(id) }]);
    assert.deepEqual(events(), [
      'stored a bob@alpha.test',
      'stored b bob@alpha.test',
      'stored c bob@alpha.test',
      'evicted a bob@alpha.test',
    ]);
    const lost = { do: 'bounce', account: 'bob@alpha.test', resource: null, at: 2 } as const;
    spool.apply([{ ...lost, identity: 'b', verdict: 'lost' }]);
    spool.apply([{ ...lost, identity: 'b', verdict: 'refused' }]);
    spool.apply([{ do: 'sweep', at: 11 * DAY }]);
    assert.deepEqual(events(), [
      'bounced b bob@alpha.test',
      'refused b bob@alpha.test',
      'expired c bob@alpha.test',
    ]);
  });

  test('notes a replay and its proof, and what was said in rooms', () => {
    const { spool, events } = followed([ALL]);
    const arrive = {
      account: 'bob@alpha.test',
      resource: 'phone',
      device: true,
      priority: 0,
      anew: true,
      at: 1,
    };
    spool.apply([
      { do: 'store', message: message('a') },
      { do: 'arrive', session: 1, ...arrive },
    ]);
    spool.apply([{ do: 'mark', session: 1, ping: 1 }]);
    const prove = { do: 'prove', session: 1, at: 2, took: 1 } as const;
    spool.apply([{ ...prove, ping: 1, groups: [] }]);
    spool.apply([{ ask: 'take', session: 1, groups: [7], limit: 10, at: 2 }]);
    spool.apply([{ ...prove, ping: 2, groups: [7] }]);
    assert.deepEqual(events(), [
      'stored a bob@alpha.test',
      'replayed a bob@alpha.test phone',
      'proved a bob@alpha.test phone respool',
    ]);
    const said = {
      key: 'k',
      archiveId: null,
      identity: 'same',
      retracts: null,
      from: 'room@r.test/nick',
      stanzaId: 's',
      lang: null,
    };
    const content = { payload: '<body>x</body>', receivedAt: 3, stamp: 3, expiresAt: DAY };
    const hear = {
      do: 'hear',
      session: 1,
      group: 8,
      room: 'room@r.test',
      key: 'k',
      way: 'live',
      stored: null,
      asked: true,
      at: 3,
    } as const;
    spool.apply([{ ...hear, message: { ...said, ...content } }]);
    spool.apply([{ do: 'sweep', at: 2 * DAY }]);
    assert.deepEqual(events(), ['stored s all', 'expired s all']);
  });

  test('only what somebody wants; nothing while nobody does; a crowd is counted', () => {
    const { spool, journal, events } = followed([{ account: 'bob@alpha.test', kinds: ['expired'] }]);
    spool.apply([{ do: 'store', message: message('a', 'bob@alpha.test', 5) }]);
    spool.apply([{ do: 'store', message: message('b', 'carol@alpha.test', 5) }]);
    spool.apply([{ do: 'sweep', at: 6 }]);
    assert.deepEqual(events(), ['expired a bob@alpha.test']);
    journal.want([]);
    spool.apply([{ do: 'store', message: message('c') }]);
    assert.equal(journal.take(), null);
    journal.want([ALL]);
    spool.apply(
      [...Array(1_500).keys()].map(
        n => ({ do: 'store', message: message(`m${n}`, `u${n}@alpha.test`) }) as const,
      ),
    );
    const crowd = journal.take();
    assert.deepEqual([crowd?.events.length, crowd?.missed], [1_000, 500]);
  });
});
