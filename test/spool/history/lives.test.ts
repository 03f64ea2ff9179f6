import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readTraced, searchFor } from '../../../src/cli/trace/traced.js';
import type { Command } from '../../../src/spool/command.js';
import { HistoryLog } from '../../../src/spool/history/history-log.js';
import { Lives } from '../../../src/spool/history/lives.js';
import { search } from '../../../src/spool/history/search.js';
import { segmentsIn } from '../../../src/spool/history/segments.js';
import { Journal } from '../../../src/spool/journal.js';
import type { Question } from '../../../src/spool/question.js';
import { Spool } from '../../../src/spool/spool.js';
import { emptySpool } from '../empty.js';
import { arrival, heard, LIMITS, message, newPath } from '../opened.js';

const BOB = 'bob@example.org';
const ROOM = 'room@conference.example.org';
const NONE = { stanzaId: undefined, peer: undefined, since: undefined, until: undefined };
const HISTORY = { keep: Number.MAX_SAFE_INTEGER, maxSize: 1 << 30 };

/** A spool with a history; and what that says of messages, in short. */
function kept() {
  const folder = newPath();
  const log = new HistoryLog(folder, HISTORY);
  const db = emptySpool();
  const spool = new Spool(db, { ...LIMITS, history: HISTORY }, new Journal(db, log));
  const apply = (...entries: (Command | Question)[]) => {
    spool.apply(entries);
    log.write();
  };
  const lives = async (
    target?: string,
    options: Partial<typeof NONE> & { stanzaId?: string } = {},
    most = 100,
  ) => {
    const all = new Lives(most);
    const wanted = searchFor(readTraced(target, { ...NONE, ...options }));
    for await (const line of search(segmentsIn(folder), wanted)) all.add(line);
    return all
      .all()
      .map(({ stored, steps }) => [
        stored?.stanzaId ?? 'before',
        ...steps.map(({ event, jid, by }) => [event, jid?.split('/')[1] ?? '', by ?? ''].join(' ').trim()),
      ]);
  };
  return { apply, lives, log };
}

const store = (id: number, changes: Parameters<typeof message>[1] = {}): Command => {
  return { do: 'store', message: message(id, changes) };
};
const hand = (id: number, group = 1, session = 1): Extract<Command, { do: 'hand' }> => ({
  ...{ do: 'hand', session, group, account: BOB, identity: message(id).identity },
  ...{ way: 'live', message: null, fresh: false },
});
const mark = (ping: number): Command => ({ do: 'mark', session: 1, ping });
const prove = (ping: number, took: number | null, ...groups: number[]): Command => {
  return { do: 'prove', session: 1, ping, groups, at: 10, took };
};
const leave: Command = { do: 'leave', session: 1, at: 20 };

describe('what became of a message', () => {
  test('delivered by ejabberd', async () => {
    const { apply, lives } = kept();
    apply(arrival(), store(1), hand(1), mark(1), mark(2), prove(2, 5), prove(2, null, 1));
    assert.deepEqual(await lives(BOB), [
      ['id 1', 'handed phone', 'asked phone', 'answered phone', 'proved phone ejabberd'],
    ]);
  });

  test('handed to a session that ended, and replayed to the next', async () => {
    const { apply, lives } = kept();
    apply(arrival(), store(1), hand(1), mark(1), leave);
    apply(arrival({ at: 30 }), mark(1), prove(1, 5));
    apply({ ask: 'take', session: 1, groups: [7], limit: 10, at: 40 }, mark(2), prove(2, null, 7));
    assert.deepEqual(await lives(BOB), [
      [
        'id 1',
        'handed phone',
        'asked phone',
        'left phone',
        'replayed phone',
        'asked phone',
        'proved phone respool',
      ],
    ]);
  });

  test('in the place of which the session was handed its correction', async () => {
    const { apply, lives } = kept();
    const payload = "<body>x</body><replace xmlns='urn:xmpp:message-correct:0' id='id 1'/>";
    apply(store(1), store(2, { payload, refersTo: 'id 1' }), arrival({ anew: false }));
    apply({ ...hand(2), refers: true }, mark(1), prove(1, 5), prove(1, null, 1));
    const answered = ['asked phone', 'answered phone', 'proved phone ejabberd'];
    assert.deepEqual(await lives(BOB), [
      ['id 1', 'replaced phone', ...answered],
      ['id 2', 'handed phone', ...answered],
    ]);
  });

  test('lost with its stream, and owed again', async () => {
    const { apply, lives } = kept();
    apply(arrival(), store(1), hand(1), { do: 'release', session: 1, groups: [1] });
    assert.deepEqual(await lives(BOB), [['id 1', 'handed phone', 'lost phone']]);
  });

  test('of which a receipt tells', async () => {
    const { apply, lives } = kept();
    apply(arrival(), store(1), hand(1));
    apply({ do: 'receipt', session: 1, sender: 'alice@example.org', stanzaId: 'id 1', at: 9 });
    assert.deepEqual(await lives(BOB), [['id 1', 'handed phone', 'proved phone ejabberd']]);
  });

  test('that respool could not follow, for its connection was gone', async () => {
    const { apply, lives } = kept();
    apply(arrival(), store(1), hand(1), { do: 'reset' }, { do: 'begin', at: 5 });
    assert.deepEqual(await lives(BOB), [['id 1', 'handed phone', 'disconnected phone']]);
  });

  for (const verdict of ['refused', 'lost'] as const) {
    test(`that came back to its sender: ${verdict}`, async () => {
      const { apply, lives } = kept();
      const { identity } = message(1);
      apply(store(1), { do: 'bounce', account: BOB, resource: null, identity, verdict, at: 5 });
      assert.deepEqual(await lives(BOB), [['id 1', verdict === 'refused' ? 'refused' : 'bounced']]);
    });
  }

  test('whose time was over', async () => {
    const { apply, lives } = kept();
    apply(store(1, { expiresAt: 50 }), { do: 'sweep', at: 60 });
    assert.deepEqual(await lives(BOB), [['id 1', 'expired']]);
  });

  test('said in a room, for who has it', async () => {
    const { apply, lives } = kept();
    const join = (session: number): Command => ({ do: 'join', session, room: ROOM, nick: 'nick', at: 2 });
    apply(arrival(), arrival({ session: 2, account: 'carol@example.org', resource: 'pc' }), join(1), join(2));
    apply(heard(1, ROOM, { stanzaId: 'said' }, { session: 2 }), heard(1, ROOM, {}, { session: 1 }));
    apply(mark(1), prove(1, null, 1));
    assert.deepEqual(await lives(BOB), [['said', 'handed phone', 'asked phone', 'proved phone ejabberd']]);
    assert.deepEqual(await lives('dan@example.org'), []);
  });

  test('to another server', async () => {
    const { apply, lives } = kept();
    const of = { account: 'alice@example.org', recipientAccount: 'eve@far.example', identity: 'x' };
    const rest = { domain: 'far.example', content: 'x', originId: null, refersTo: null };
    const sent = { ...message(1, { to: 'eve@far.example' }), ...of, ...rest };
    const bounce = { ...sent, sender: sent.from, verdict: 'unreachable' as const };
    const policy = { retryUnknown: 1_000, minWait: 1, maxWait: 1 };
    apply({ do: 'remote-sent', message: sent }, { do: 'remote-bounced', bounce, policy, at: 5 });
    assert.deepEqual(await lives('alice@example.org'), [['id 1', 'bounced']]);
    assert.deepEqual(await lives(undefined, { peer: 'eve@far.example' } as never), [['id 1', 'bounced']]);
  });
});

describe('a trace', () => {
  async function three() {
    const all = kept();
    all.apply(
      arrival(),
      store(1),
      store(2, { from: 'juliet@example.net/balcony' }),
      store(3, { account: 'dan@example.org', to: 'dan@example.org' }),
    );
    return all;
  }

  for (const [target, options, found] of [
    [BOB, {}, ['id 1', 'id 2']],
    ['alice@example.org', {}, ['id 1', 'id 3']],
    ['alice@example.org', { peer: BOB }, ['id 1']],
    [BOB, { peer: 'juliet@example.net/balcony' }, ['id 2']],
    [BOB, { since: 2 }, ['id 2']],
    [BOB, { until: 2 }, ['id 1']],
    ['3', {}, ['id 3']],
    [undefined, { stanzaId: 'id 2' }, ['id 2']],
    [undefined, { peer: 'dan@example.org' }, ['id 3']],
    ['bo@example.org', {}, []],
    ['9', {}, []],
  ] as const) {
    test(`of ${target ?? ''} ${JSON.stringify(options)} shows ${found.join(', ') || 'nothing'}`, async () => {
      const { lives } = await three();
      assert.deepEqual(
        (await lives(target, options as never)).map(([id]) => id),
        found,
      );
    });
  }

  test('shows the latest where there are more than are wanted', async () => {
    const { lives } = await three();
    assert.deepEqual(
      (await lives(BOB, {}, 1)).map(([id]) => id),
      ['id 2'],
    );
  });

  test('knows no more of those that are not shown, whatever happens to them later', async () => {
    const all = new Lives(1);
    const line = {
      is: 'stored',
      at: 1,
      account: BOB,
      from: 'a',
      to: BOB,
      type: 'chat',
      stanzaId: null,
    } as const;
    for (const id of [1, 2, 3]) all.add({ ...line, id });
    for (const id of [1, 2, 3])
      all.add({ is: 'happening', id, at: 2, kind: 'replayed', jid: `${BOB}/phone`, by: null });
    const [life, ...others] = all.all();
    assert.deepEqual([life?.id, life?.stored?.id, life?.steps.length, others, all.omitted], [3, 3, 1, [], 2]);
  });

  test('of a device finds what was for its account and came to it', async () => {
    const { apply, lives } = kept();
    apply(arrival(), store(1), store(2), hand(1));
    assert.deepEqual((await lives(`${BOB}/phone`)).map(([id]) => id).slice(0, 1), ['id 1']);
  });

  test('finds nothing of an account that was forgotten', async () => {
    const { apply, lives, log } = await three();
    apply({ ask: 'forget-account', account: BOB, limit: 100 });
    await log.settled();
    assert.deepEqual(await lives(BOB), []);
    assert.deepEqual(await lives('dan@example.org'), [['id 3']]);
  });

  test('tells what happened to a message that was stored before', async () => {
    const { apply, lives, log } = kept();
    apply(store(1));
    log.limit(null); // what there was is gone
    log.limit(HISTORY);
    apply(arrival(), hand(1), mark(1), prove(1, null, 1));
    assert.deepEqual(await lives('1'), [['before', 'handed phone', 'asked phone', 'proved phone ejabberd']]);
  });
});
