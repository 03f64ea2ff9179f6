import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Spool } from '../../src/spool/spool.js';
import { arrival, LIMITS, message, opened } from './opened.js';

describe('limits', () => {
  test('max_per_account: the oldest of the account go first, counted, and can be looked up', () => {
    const { store, ids, counter, undelivered } = opened({ maxPerAccount: 3 });
    store(...[1, 2, 3, 4, 5].map(id => message(id)), message(6, { account: 'eve@example.org' }));
    assert.deepEqual(ids(), ['id 3', 'id 4', 'id 5', 'id 6']);
    assert.deepEqual([counter('evicted'), counter('pending')], [2, 4]);
    assert.deepEqual(undelivered(), [
      ['id 1', 'evicted'],
      ['id 2', 'evicted'],
    ]);
  });

  test('max_per_account holds for what was there before a start, and the domain is counted on', () => {
    const { db, store, ids, counter } = opened({ maxPerAccount: 3 });
    store(...[1, 2].map(id => message(id)));
    const again = new Spool(db, { ...LIMITS, maxPerAccount: 3 });
    again.apply([3, 4, 5].map(id => ({ do: 'store', message: message(id) }) as const));
    assert.deepEqual(ids(), ['id 3', 'id 4', 'id 5']);
    assert.equal(counter('domain.example.org'), 3);
  });

  test('expiry: what has lived its time is swept, and is not replayed before', () => {
    const { spool, store, ids, counter } = opened();
    store(message(1, { expiresAt: 50 }), message(2));
    spool.apply([arrival({ at: 60 })]);
    spool.apply([
      { do: 'mark', session: 1, ping: 1 },
      { do: 'prove', session: 1, ping: 1, groups: [], at: 60, took: 1 },
    ]);
    const [chunks] = spool.apply([{ ask: 'take', session: 1, groups: [1, 2], limit: 10, at: 60 }]);
    assert.deepEqual(
      (chunks as { stanzaId: string }[][]).map(chunk => chunk.map(({ stanzaId }) => stanzaId)),
      [['id 2']],
    );
    spool.apply([{ do: 'sweep', at: 60 }]);
    assert.deepEqual([ids(), counter('expired')], [['id 2'], 1]);
  });

  test('a replay goes over what the device has had, however much that is', () => {
    const { spool, store } = opened();
    store(...Array.from({ length: 30 }, (_, n) => message(n + 1)));
    const bob = { account: 'bob@example.org', device: true, priority: 0, anew: true, at: 6 };
    const prove = (session: number, groups: number[]) => {
      const ping = groups.length + 1;
      spool.apply([
        { do: 'mark', session, ping },
        { do: 'prove', session, ping, groups, at: 6, took: 1 },
      ]);
    };
    const take = (session: number, group: number, limit: number) => {
      const [chunks] = spool.apply([{ ask: 'take', session, groups: [group], limit, at: 6 }]);
      return (chunks as { stamp: number }[][]).flatMap(chunk => chunk.map(({ stamp }) => stamp));
    };
    spool.apply([
      { do: 'arrive', session: 1, resource: 'phone', ...bob },
      { do: 'arrive', session: 2, resource: 'desk', ...bob },
    ]);
    store(...Array.from({ length: 30 }, (_, n) => message(n + 31)));
    prove(1, []);
    assert.equal(take(1, 1, 50).length, 50);
    prove(1, [1]);
    spool.apply([
      { do: 'leave', session: 1, at: 6 },
      { do: 'arrive', session: 3, resource: 'phone', ...bob },
    ]);
    prove(3, []);
    assert.deepEqual(take(3, 2, 4), [51, 52, 53, 54], 'the desk is owed 31 to 50 still');
    assert.deepEqual(take(3, 3, 4), [55, 56, 57, 58]);
  });

  test('what is to be dropped is of the account that is named, or stays', () => {
    const { spool, store, ids, counter } = opened();
    store(message(1), message(2, { account: 'eve@example.org' }));
    const drop = (id: number, account: string) =>
      spool.apply([{ ask: 'drop-pendings', pendings: [[id, account, null]], at: 6 }]);
    assert.deepEqual(drop(1, 'eve@example.org'), [0]);
    assert.deepEqual([ids(), counter('pending')], [['id 1', 'id 2'], 2]);
    assert.deepEqual(drop(2, 'eve@example.org'), [1]);
    assert.deepEqual([ids(), counter('pending')], [['id 1'], 1]);
  });

  test('a replay is taken in chunks, oldest first, and the last may be shorter', () => {
    const { spool, store } = opened();
    store(...[1, 2, 3, 4, 5].map(id => message(id)));
    const bob = {
      account: 'bob@example.org',
      resource: 'phone',
      device: true,
      priority: 0,
      anew: true,
      at: 6,
    };
    spool.apply([
      { do: 'arrive', session: 1, ...bob },
      { do: 'mark', session: 1, ping: 1 },
      { do: 'prove', session: 1, ping: 1, groups: [], at: 6, took: 1 },
    ]);
    const take = (...groups: number[]) => {
      const [chunks] = spool.apply([{ ask: 'take', session: 1, groups, limit: 2, at: 6 }]);
      return (chunks as { stamp: number }[][]).map(chunk => chunk.map(({ stamp }) => stamp));
    };
    assert.deepEqual(take(1), [[1, 2]]);
    assert.deepEqual(take(2, 3, 4), [[3, 4], [5]]);
    assert.deepEqual(take(5, 6), []);
    spool.apply([{ do: 'release', session: 1, groups: [1] }]);
    assert.deepEqual(take(7, 8), [[1, 2]]);
  });

  test('max_size: the oldest of all accounts go until the rest fits', () => {
    const { spool, store, ids, counter } = opened({ maxSize: 400_000, maxPerAccount: 10_000 });
    const payload = `<body>${'x'.repeat(1000)}</body>`;
    store(...[...Array(1000).keys()].map(id => message(id, { payload, account: `u${id % 10}@example.org` })));
    spool.apply([{ do: 'sweep', at: 1 }]);
    const left = ids();
    assert.ok(left.length > 0 && left.length < 400, `${left.length} left`);
    assert.equal(left.at(-1), 'id 999');
    assert.equal(counter('evicted'), 1000 - left.length);
  });

  test('what was dropped is not stored again where the offline queue brings it', () => {
    const { spool, store, ids } = opened();
    spool.apply([arrival(), arrival({ session: 2, resource: 'laptop' }), { do: 'leave', session: 1, at: 1 }]);
    store(message(1));
    spool.apply([{ ask: 'drop', account: 'bob@example.org', limit: 10, at: 2 }]);
    const { account, identity } = message(1);
    const flood = { do: 'hand', session: 2, group: 1, account, identity, way: 'flood' } as const;
    spool.apply([{ ...flood, message: message(1), fresh: false }]);
    assert.deepEqual(ids(), []);
    // his next one is another
    spool.apply([{ ...flood, identity: message(2).identity, message: message(2), fresh: false }]);
    assert.deepEqual(ids(), ['id 2']);
  });

  test('a device not seen for long is forgotten, with what was owed to it alone', () => {
    const { spool, store, ids, counter } = opened();
    spool.apply([
      arrival({ at: 0 }),
      arrival({ session: 2, resource: 'laptop', at: 0 }),
      { do: 'leave', session: 1, at: 0 },
    ]);
    store(message(1));
    const hand = {
      do: 'hand',
      session: 2,
      group: 1,
      account: 'bob@example.org',
      identity: 'identity 1',
      way: 'live',
    } as const;
    spool.apply([
      { ...hand, message: null, fresh: false },
      { do: 'prove', session: 2, ping: 1, groups: [1], at: 1, took: 1 },
    ]);
    assert.deepEqual(ids(), ['id 1']);
    spool.apply([{ do: 'sweep', at: 2000 }]);
    assert.deepEqual([ids(), counter('pending')], [[], 0]);
  });
});

describe('devices', () => {
  const arrive = (session: number, resource: string, at: number) =>
    ({
      do: 'arrive',
      session,
      account: 'bob@example.org',
      resource,
      device: true,
      priority: 0,
      anew: true,
      at,
    }) as const;
  const members = 'SELECT resource FROM room_member AS member JOIN device ON device.id = member.device';

  test('one that is forgotten belongs to no room and is owed nothing, though its session goes on', () => {
    const { db, spool, store, ids } = opened();
    spool.apply([
      arrive(1, 'phone', 1),
      { do: 'join', session: 1, room: 'r@conference.example.org', nick: 'bob', at: 0 },
    ]);
    store(message(1));
    assert.deepEqual(db.prepare(members).pluck().all(), ['phone']);
    assert.deepEqual(spool.apply([{ ask: 'forget', account: 'bob@example.org', resource: 'phone' }]), [true]);
    assert.deepEqual(spool.apply([{ ask: 'forget', account: 'bob@example.org', resource: 'phone' }]), [
      false,
    ]);
    assert.deepEqual(
      [db.prepare(members).pluck().all(), ids()],
      [[], ['id 1']],
      'the account is still owed it',
    );
    spool.apply([{ do: 'leave', session: 1, at: 2 }]);
  });

  test('is looked for after a start where it was online or is owed a message, and is not where it got all', () => {
    const { db, spool, store } = opened();
    const [bob, eve] = ['bob@example.org', 'eve@example.org'];
    const arrive = { do: 'arrive', resource: 'phone', device: true, priority: 0, anew: true, at: 1 } as const;
    spool.apply([
      { ...arrive, session: 1, account: bob },
      { ...arrive, session: 2, account: eve },
    ]);
    const leave = (session: number) => spool.apply([{ do: 'leave', session, at: 2 }]);
    const absent = () => {
      const [found] = new Spool(db, LIMITS).apply([{ ask: 'absent', after: 0, rows: 10 }]);
      return (found as { devices: { jid: string }[] }).devices.map(({ jid }) => jid);
    };
    assert.deepEqual(absent(), [`${bob}/phone`, `${eve}/phone`]);
    leave(2);
    store(message(1));
    const hand = {
      do: 'hand',
      session: 1,
      group: 1,
      account: bob,
      identity: 'identity 1',
      way: 'live',
    } as const;
    spool.apply([{ ...hand, fresh: false, message: null }]);
    leave(1);
    assert.deepEqual(absent(), [`${bob}/phone`], 'owed a message');
    spool.apply([
      { ...arrive, session: 3, account: bob },
      { ...hand, session: 3, fresh: false, message: null },
      { do: 'mark', session: 3, ping: 1 },
      { do: 'prove', session: 3, ping: 1, groups: [1], at: 3, took: 1 },
    ]);
    leave(3);
    assert.deepEqual(absent(), [`${bob}/phone`], 'its row says so for a while');
    spool.apply([{ do: 'sweep', at: 4 }]);
    assert.deepEqual(absent(), []);
    store(message(2));
    assert.deepEqual(absent(), [`${bob}/phone`]);
  });

  test('is looked for where its account has the id of one that is gone', () => {
    const { db, spool, store } = opened();
    const eve = 'eve@example.org';
    const arrive = { do: 'arrive', resource: '17', device: false, priority: 0, anew: true, at: 1 } as const;
    store(message(1));
    const hand = { do: 'hand', session: 1, group: 1, identity: 'identity 1', way: 'live' } as const;
    spool.apply([
      { ...arrive, session: 1, account: 'bob@example.org' },
      { ...hand, account: 'bob@example.org', fresh: false, message: null },
      { do: 'mark', session: 1, ping: 1 },
      { do: 'prove', session: 1, ping: 1, groups: [1], at: 3, took: 1 },
    ]);
    spool.apply([{ do: 'leave', session: 1, at: 3 }]);
    spool.apply([{ ...arrive, session: 2, account: eve, resource: 'phone', device: true }]);
    store(message(2, { account: eve }));
    spool.apply([
      { do: 'leave', session: 2, at: 4 },
      { do: 'sweep', at: 4 },
    ]);
    assert.deepEqual(db.prepare('SELECT id, jid, has_messages FROM account').raw().all(), [[1, eve, 1]]);
  });

  test('one that is crowded out belongs to no room either', () => {
    const { db, spool } = opened({ devices: { sync: true, forgetAfter: 1000, maxPerAccount: 1 } });
    spool.apply([
      arrive(1, 'phone', 1),
      { do: 'join', session: 1, room: 'r@conference.example.org', nick: 'bob', at: 0 },
    ]);
    const laptop = 'laptop.p9C0wuk2ya'; // of Bind2, so a device at once
    spool.apply([{ do: 'leave', session: 1, at: 2 }, arrive(3, 'phone', 2)]);
    spool.apply([{ do: 'leave', session: 3, at: 2 }, arrive(2, laptop, 3)]);
    assert.deepEqual(db.prepare('SELECT resource, slot FROM device').raw().all(), [[laptop, 1]]);
    assert.deepEqual(db.prepare(members).pluck().all(), []);
  });
});
