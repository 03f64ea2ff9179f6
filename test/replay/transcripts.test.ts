import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CAUSES } from '../../src/spool/cause.js';
import { type Fate, Way } from '../way.js';

const ids = (way: Way, to?: string) =>
  way.replayed.filter(sent => to === undefined || sent.to === to).map(sent => sent.id);

/** Why ejabberd had not delivered what was replayed, without the causes of nothing. */
const saved = (way: Way) =>
  Object.fromEntries(
    CAUSES.map(cause => [cause, way.counter(`saved.${cause}`)]).filter(([, count]) => count !== 0),
  );

describe('transcripts: what a real 24.02 showed, and what is replayed', () => {
  test('01: the flood brings the queue, so nothing is replayed and nothing stays', async () => {
    const way = new Way();
    await way.play('01-offline-flush');
    await way.clock.pass(60_000);
    assert.deepEqual(ids(way), []);
    assert.deepEqual(way.stored(), []);
    assert.equal(way.counter('delivered'), 3);
  });

  test('02: a Bind2 login has purged the queue, so the message is replayed once, as it was', async () => {
    const way = new Way();
    await way.play('02-bind2-purge');
    await way.clock.pass(60_000);
    assert.deepEqual(ids(way), ['b2-1']);
    const [{ stanza, to, body }] = way.replayed as [(typeof way.replayed)[0]];
    assert.deepEqual(
      [to, body, stanza.attrs.from, stanza.attrs.type],
      ['bob@alpha.test/phone.p9C0wuk2ya', 'will be purged', 'alice@alpha.test/pc', 'chat'],
    );
    const delay = stanza.getChild('delay', 'urn:xmpp:delay');
    assert.deepEqual([delay?.attrs.from, delay?.attrs.stamp], ['alpha.test', '2026-11-23T04:42:22.089Z']);
    assert.ok(
      stanza.getChild('no-copy', 'urn:xmpp:hints') && stanza.getChild('no-permanent-store', 'urn:xmpp:hints'),
    );
    assert.deepEqual(way.stored(), []);
    assert.equal(way.counter('replayed'), 1);
    assert.deepEqual(saved(way), { purge: 1 });
  });

  /** bob/phone: silent while it is a zombie, returned when ejabberd has ended it, answered when it is back. */
  const zombie = (way: Way) => {
    let state: Fate = 'answered';
    way.fate = jid => (jid === 'bob@alpha.test/phone' ? state : 'answered');
    return (note: string) => {
      if (/vanishes/.test(note)) state = 'silent';
      if (/logs in again/.test(note)) state = 'answered';
    };
  };

  test('03: bounced off a dead session, so it is replayed at the next login', async () => {
    const way = new Way();
    await way.play('03-zombie-bounce', zombie(way));
    await way.clock.pass(60_000);
    assert.deepEqual(ids(way), ['z-1']);
    assert.deepEqual(way.stored(), []);
    assert.deepEqual(saved(way), { session: 1 });
  });

  test('04: the sender has gone before the bounce; the unanswered ping tells', async () => {
    const way = new Way();
    await way.play('04-zombie-offline-sender', zombie(way));
    await way.clock.pass(60_000);
    assert.deepEqual(ids(way), ['zo-1']);
    assert.deepEqual(way.stored(), []);
    assert.deepEqual(saved(way), { session: 1 });
  });

  test('05: each device gets what the other one got or wrote, once', async () => {
    const way = new Way();
    let phone: Fate = 'answered';
    way.fate = jid => (jid === 'bob@alpha.test/phone' ? phone : 'answered');
    let stop = false;
    await way.play('05-two-devices-same-priority', note => {
      if (/unavailable presence/.test(note)) phone = 'returned';
      if (/returns/.test(note)) phone = 'answered';
      if (/^phone got/.test(note)) stop = true;
    });
    assert.ok(stop);
    await way.clock.pass(60_000);
    assert.deepEqual(ids(way), ['d-4', 'd-5']);
    assert.ok(way.replayed.every(sent => sent.to === 'bob@alpha.test/phone'));
    const [, sent] = way.replayed;
    assert.ok(sent?.stanza.getChild('sent', 'urn:xmpp:carbons:2'), 'what the laptop wrote comes as a carbon');
    assert.equal(sent?.stanza.attrs.from, 'bob@alpha.test');
    assert.deepEqual(way.stored(), []);
    assert.deepEqual(saved(way), { device: 2 });
  });

  test('06: carbons count as received by the device they name', async () => {
    const way = new Way();
    let phone: Fate = 'answered';
    way.fate = jid => (jid === 'bob@alpha.test/phone' ? phone : 'answered');
    await way.play('06-two-devices-different-priority', note => {
      if (/closes its stream/.test(note)) phone = 'returned';
    });
    await way.clock.pass(60_000);
    assert.deepEqual(ids(way), []);
    assert.deepEqual(
      way.stored().map(({ id }) => id),
      ['p-2'],
      'owed to the phone, which is away',
    );
  });

  test('07: a session that ends without a word is found out by its ping, and its message is replayed', async () => {
    const way = new Way();
    let phone: Fate = 'answered';
    way.fate = jid => (jid === 'bob@alpha.test/phone' ? phone : 'answered');
    await way.play('07-session-ends', note => {
      if (/ends/.test(note)) phone = 'returned';
      if (/logs in/.test(note)) phone = 'answered';
    });
    assert.equal(way.sessions.of('bob@alpha.test').length, 1, 'nothing has told that he is gone');
    way.copy(
      "<message from='alice@alpha.test/pc' to='bob@alpha.test' type='chat' id='x'><body>x</body></message>",
    );
    await way.clock.pass(10_000);
    assert.equal(way.sessions.of('bob@alpha.test').length, 0);
    phone = 'answered';
    way.copy("<presence from='bob@alpha.test/phone' to='bob@alpha.test'/>");
    await way.clock.pass(10_000);
    assert.deepEqual(ids(way), ['x']);
    assert.deepEqual(saved(way), { purge: 1 }, 'nobody took it, so it went to the offline queue');
    assert.deepEqual(way.stored(), []);
  });

  test('08: nothing is kept for no such user or a blocked sender, all that the full queue refused is', async () => {
    const way = new Way();
    let phone: Fate = 'answered';
    way.fate = jid => (jid === 'bob@alpha.test/phone' ? phone : 'answered');
    await way.play('08-errors', note => {
      if (/bob closes|bob offline/.test(note)) phone = 'returned';
      if (/x@nosuch/.test(note)) phone = 'answered'; // he is back right after it
    });
    await way.clock.pass(60_000);
    assert.deepEqual(ids(way), ['full-3', 'full-4', 'full-de']);
    assert.deepEqual(way.stored(), []);
    assert.equal(way.counter('refused'), 4);
    assert.deepEqual(saved(way), { full: 3 });
  });

  test('09: copies of replays are no new messages', async () => {
    const way = new Way();
    await way.play('09-replay-and-echo');
    await way.clock.pass(60_000);
    assert.deepEqual(ids(way), []);
    assert.deepEqual(way.stored(), []);
  });

  test('10: a room: what was said while bob was out, once; nothing that was said after he had left', async () => {
    const way = new Way({ settle: 400 }); // the transcript leaves him one second in the room
    let phone: Fate = 'answered';
    way.fate = jid => (jid === 'bob@alpha.test/phone' ? phone : 'answered');
    await way.play('10-rooms', note => {
      if (/closes its stream/.test(note)) phone = 'returned';
      if (/returns/.test(note)) phone = 'answered';
    });
    await way.clock.pass(60_000);
    assert.deepEqual(ids(way), ['g-2', 'g-3', 'g-4']);
    assert.deepEqual(saved(way), { room: 3 });
    const stanza = way.replayed[0]?.stanza;
    assert.deepEqual(
      [stanza?.attrs.from, stanza?.attrs.type],
      ['garden@conference.alpha.test/alice', 'groupchat'],
    );
    assert.equal(stanza?.getChild('delay', 'urn:xmpp:delay')?.attrs.from, 'garden@conference.alpha.test');
    assert.equal(stanza?.getChild('stanza-id', 'urn:xmpp:sid:0')?.attrs.id, '1795408995464949');
    way.spool.apply([{ do: 'sweep', at: way.clock.date() }]);
    assert.equal(way.db.prepare('SELECT count(*) FROM room_message').pluck().get(), 0);
  });

  test('11: a flood from another server is received, not replayed', async () => {
    const way = new Way();
    await way.play('11-other-server', bobsPhone(way));
    await way.clock.pass(60_000);
    assert.deepEqual(ids(way), []);
    assert.deepEqual(way.stored(), []);
  });

  test('11: what mod_push_offline alone has shown is replayed where the queue was purged', async () => {
    const way = new Way({ start: Date.UTC(2026, 10, 23, 4, 43, 30) });
    const flood = /Offline storage.*over s2s, offline/;
    await way.play(
      '11-other-server',
      bobsPhone(way),
      stanza => stanza.includes('pubsub') || !flood.test(stanza),
    );
    await way.clock.pass(60_000);
    assert.deepEqual(ids(way), ['s-2']);
    assert.equal(way.replayed[0]?.stanza.attrs.from, 'zoe@beta.test/web');
    const delay = way.replayed[0]?.stanza.getChildren('delay') ?? [];
    assert.deepEqual(
      delay.map(one => one.attrs.stamp),
      ['2026-11-23T04:43:24.563Z'],
      'one stamp, of mod_offline',
    );
    assert.deepEqual(way.stored(), []);
  });

  const bobsPhone = (way: Way) => {
    let phone: Fate = 'answered';
    way.fate = jid => (jid === 'bob@alpha.test/phone' ? phone : 'answered');
    return (note: string) => {
      if (/bob closes/.test(note)) phone = 'returned';
      if (/returns/.test(note)) phone = 'answered';
    };
  };

  test('12: a device that catches up from the archive gets nothing twice', async () => {
    const way = new Way();
    const fate: Record<string, Fate> = { 'bob@mam.test/phone': 'returned' };
    way.fate = jid => fate[jid] ?? 'answered';
    await way.play('12-mam-device', note => {
      if (/laptop closes/.test(note)) fate['bob@mam.test/laptop'] = 'returned';
      if (/phone returns/.test(note)) fate['bob@mam.test/phone'] = 'answered';
    });
    await way.clock.pass(60_000);
    assert.deepEqual(ids(way, 'bob@mam.test/phone'), []);
    assert.deepEqual(
      way.stored().map(({ id }) => id),
      ['m-2'],
      'the laptop has not seen the second',
    );
  });
});
