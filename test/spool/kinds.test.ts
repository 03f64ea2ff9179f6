import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Command } from '../../src/spool/command.js';
import type { RemoteMessage } from '../../src/spool/content.js';
import { Journal } from '../../src/spool/journal.js';
import { RESPITE } from '../../src/spool/on-hold.js';
import { openSpool } from '../../src/spool/open-for-writing.js';
import type { QueueRecord } from '../../src/spool/record.js';
import { Spool } from '../../src/spool/spool.js';
import { SpoolReader } from '../../src/spool/spool-reader.js';
import { arrival, heard, LIMITS, message, newPath } from './opened.js';

const BOB = 'bob@example.org';
const ROOM = 'room@rooms.example.org';
const LIFE = 1_000;
const LATER = 10 * LIFE;
/** Longer than devices live, and than sent messages may still come back. */
const GENEROUS = { ...LIMITS, devices: { ...LIMITS.devices, forgetAfter: 1e9 } };

/** How a message of each kind comes to be pending for bob. */
interface Kind {
  name: string;
  /** Of the message, by whom and to whom it is. */
  from: string;
  to: string;
  /** To which of bob's it is owed. */
  resource: string | null;
  commands(id: number): Command[];
  /** Whose the line about it is, where it ends for all. */
  owner: string;
}

const common = (id: number) => ({
  ...{ stanzaId: `id ${id}`, lang: null, payload: '<body>hush</body>' },
  ...{ receivedAt: id, stamp: id, expiresAt: LIFE },
});

const users: Kind = {
  ...{ name: 'of users', from: 'alice@example.org/pc', to: BOB, resource: null, owner: BOB },
  commands: id => [{ do: 'store', message: message(id, common(id)) }],
};

const rooms: Kind = {
  ...{ name: 'of rooms', from: `${ROOM}/alice`, to: ROOM, resource: 'phone', owner: ROOM },
  commands: id => [
    arrival(),
    { do: 'join', session: 1, room: ROOM, nick: 'bob', at: 1 },
    heard(id, ROOM, common(id), { session: 0 }),
  ],
};

const servers: Kind = {
  ...{ name: 'to other servers', from: `${BOB}/pc`, to: 'zoe@far.test', resource: null, owner: BOB },
  commands(id) {
    const sent: RemoteMessage = {
      ...{
        ...common(id),
        account: BOB,
        identity: `${id}`,
        from: `${BOB}/pc`,
        to: 'zoe@far.test',
        type: 'chat',
      },
      ...{
        domain: 'far.test',
        recipientAccount: 'zoe@far.test',
        content: `${id}`,
        originId: null,
        refersTo: null,
      },
    };
    const bounce = { ...sent, sender: sent.from, verdict: 'unreachable' as const };
    const policy = { retryUnknown: LIFE, minWait: 1, maxWait: 1 };
    return [
      { do: 'remote-sent', message: sent },
      { do: 'remote-bounced', bounce, policy, at: id },
    ];
  },
};

/** A spool that is followed, with two pending messages of a kind. */
function withTwo(kind: Kind) {
  const db = openSpool(newPath());
  const journal = new Journal(db);
  journal.want([{ account: null, kinds: null }]);
  const spool = new Spool(db, GENEROUS, journal);
  const events = () => (journal.take()?.events ?? []).map(one => `${one.kind} ${one.stanzaId}`);
  const read = <Result>(look: (reader: SpoolReader) => Result) => {
    const reader = SpoolReader.open(db.name);
    try {
      return look(reader);
    } finally {
      reader.close();
    }
  };
  spool.apply(kind.commands(5));
  spool.apply(kind.commands(6));
  return {
    ...{ spool, events, read },
    pendings: () => read(reader => [...reader.pendings()]),
    left: () => read(reader => [...reader.pendings()].map(({ stanzaId }) => stanzaId)),
    lines: () =>
      read(reader =>
        [...reader.undelivered({}, 10)].map(line => [line.account, line.stanzaId, line.outcome]),
      ),
    counter: (name: string) => db.prepare('SELECT value FROM counter WHERE name = ?').pluck().get(name) ?? 0,
  };
}

for (const kind of [users, rooms, servers]) {
  describe(`a message ${kind.name}`, () => {
    test('is listed while it is owed, and told of as stored', () => {
      const { pendings, events, counter } = withTwo(kind);
      assert.deepEqual(
        pendings().map(({ account, resource, from, to, stanzaId }) => [
          account,
          resource,
          from,
          to,
          stanzaId,
        ]),
        [5, 6].map(id => [BOB, kind.resource, kind.from, kind.to, `id ${id}`]),
      );
      assert.deepEqual(
        events().filter(event => event.startsWith('stored')),
        ['stored id 5', 'stored id 6'],
      );
      assert.equal(counter('stored'), 2);
    });

    test('is dropped by its line of the queue, where the account is the right one', () => {
      const { spool, pendings, left, lines, events, counter } = withTwo(kind);
      const [first] = pendings();
      const drop = (account: string) =>
        spool.apply([{ ask: 'drop-pendings', pendings: [[first?.id ?? 0, account, kind.resource]], at: 9 }]);
      events();
      assert.deepEqual([drop('eve@example.org'), drop(BOB), drop(BOB)], [[0], [1], [0]]);
      assert.deepEqual([left(), events(), counter('dropped')], [['id 6'], ['dropped id 5'], 1]);
      const whom = kind.resource === null ? BOB : `${BOB}/${kind.resource}`;
      assert.deepEqual(lines(), [[whom, 'id 5', 'dropped']]);
    });

    test('is dropped with all that is owed to its account', () => {
      const { spool, left, counter } = withTwo(kind);
      assert.deepEqual(spool.apply([{ ask: 'drop', account: BOB, at: 9, limit: 10 }]), [2]);
      assert.deepEqual([left(), counter('dropped')], [[], 2]);
    });

    test('is set aside where it cannot be sent', () => {
      const { spool, pendings, left, lines, events, counter } = withTwo(kind);
      events();
      spool.apply([{ do: 'refuse', id: pendings()[0]?.id ?? 0, reason: 'too big', at: 9 }]);
      assert.deepEqual([left(), events(), counter('refused')], [['id 6'], ['refused id 5'], 1]);
      assert.deepEqual(lines(), [[kind.owner, 'id 5', 'refused']]);
    });

    test('is evicted where the spool is too large, the oldest first', () => {
      const { spool, left, lines, events, counter } = withTwo(kind);
      events();
      spool.limit({ ...GENEROUS, maxSize: 1 });
      spool.apply([{ do: 'sweep', at: 9 }]);
      assert.deepEqual([left(), events(), counter('evicted')], [[], ['evicted id 5', 'evicted id 6'], 2]);
      assert.deepEqual(lines(), [], 'the lines about it are too large as well');
    });

    test('expires', () => {
      const { spool, left, events, counter } = withTwo(kind);
      events();
      spool.apply([{ do: 'sweep', at: LATER }]);
      assert.deepEqual([left(), events(), counter('expired')], [[], ['expired id 5', 'expired id 6'], 2]);
    });

    for (const jid of [
      BOB,
      'example.org',
      ...(kind === rooms ? [`${BOB}/phone`] : []),
      ...(kind === servers ? ['far.test'] : []),
    ]) {
      test(`does not expire while ${jid} is on hold, and is said to be; after its release it has a day`, () => {
        const { spool, pendings, left, counter } = withTwo(kind);
        const put = { ask: 'put-on-hold', jid, by: 'root', at: 7 } as const;
        assert.deepEqual(spool.apply([put, put]), [true, false]);
        spool.apply([{ do: 'sweep', at: LATER }]);
        assert.deepEqual([left(), counter('expired')], [['id 5', 'id 6'], 0]);
        assert.ok(pendings().every(({ onHold }) => onHold));
        const release = { ask: 'release-hold', jid, at: 2 * LATER } as const;
        assert.deepEqual(spool.apply([release, release]), [true, false]);
        assert.ok(pendings().every(({ onHold }) => !onHold));
        spool.apply([{ do: 'sweep', at: 2 * LATER + RESPITE - 1 }]);
        assert.deepEqual(left(), ['id 5', 'id 6']);
        spool.apply([{ do: 'sweep', at: 3 * LATER + 2 * RESPITE }]);
        assert.deepEqual([left(), counter('expired')], [[], 2]);
      });
    }

    test('is forgotten with its account, and leaves no line', () => {
      const { spool, left, lines } = withTwo(kind);
      spool.apply([{ ask: 'forget-account', account: BOB, limit: 100 }]);
      assert.deepEqual([left(), lines()], [[], []]);
    });

    test('is the same in another spool, by its record', () => {
      const { read, pendings } = withTwo(kind);
      const records = read(reader => [...reader.records(9)]);
      const other = openSpool(newPath());
      new Spool(other, GENEROUS).apply([
        { ask: 'reserve', ids: 100 },
        {
          ask: 'restore',
          offset: 0,
          records: records.filter(
            (one): one is QueueRecord => !['respool-queue', 'end'].includes(one.record),
          ),
        },
      ]);
      const reader = SpoolReader.open(other.name);
      assert.deepEqual([...reader.pendings()], pendings());
      reader.close();
    });
  });
}

test('what a room has too much of is told, with a line, the oldest first', () => {
  const { spool, events, left, lines, counter } = withTwo(rooms);
  events();
  spool.limit({ ...GENEROUS, rooms: { ...GENEROUS.rooms, maxPerRoom: 1 } });
  spool.apply([{ do: 'sweep', at: 9 }]);
  assert.deepEqual([left(), events(), counter('evicted')], [['id 6'], ['evicted id 5'], 1]);
  assert.deepEqual(lines(), [[ROOM, 'id 5', 'evicted']]);
});

test('what is for another server is not sent while its writer, its recipient or a domain of theirs is on hold', () => {
  const { spool } = withTwo(servers);
  const due = { ask: 'remote-due', domain: 'far.test', at: 9 } as const;
  const take = { ask: 'remote-take', domain: 'far.test', limit: 9, at: 9 } as const;
  const before = [{ senders: [`${BOB}/pc`], nextAt: null }];
  assert.deepEqual(spool.apply([due]), before);
  for (const jid of [BOB, 'example.org', 'zoe@far.test', 'far.test']) {
    spool.apply([{ ask: 'put-on-hold', jid, by: 'root', at: 7 }]);
    assert.deepEqual(spool.apply([due, take]), [{ senders: [], nextAt: null }, []], jid);
    spool.apply([{ ask: 'release-hold', jid, at: 8 }]);
    assert.deepEqual(spool.apply([due]), before, jid);
  }
});
