import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { Handed } from '../../src/replay/handed.js';

/** What was answered is in doubt for so long after a sign of a new stream, in ms. */
const DOUBT = 3_000;
/** What was answered is held so long, in ms. */
const HELD = 50;
const HELD_AT_MOST = 1_000;
/** What a later answer has overtaken may still be answered for so long, in ms. */
const OUT_OF_ORDER = 1_000;

let book: Handed;
beforeEach(() => {
  book = new Handed();
});

/** A message comes, and a ping after it. Returns their numbers. */
function handed(now: number): { group: number; ping: number } {
  return { group: book.add('live', now), ping: book.ping(now).number };
}

/** A ping is answered. Returns what is proved in a moment, where nothing speaks against it. */
function provedBy(ping: number, now: number, held = HELD): readonly number[] {
  book.answered(ping, now);
  return book.settled(now + held).flatMap(({ groups }) => groups);
}

describe('what a session was handed', () => {
  test('is together until a ping closes it', () => {
    const [one, other] = [book.add('live', 50), book.add('live', 90)];
    assert.equal(one, other);
    assert.equal(book.dueAt, 50);
    book.ping(50);
    assert.notEqual(book.add('live', 120), one);
  });

  test('is not together with what came another way', () => {
    assert.notEqual(book.add('flood', 0), book.add('live', 0));
  });

  test('is closed by no ping while another session may have it', () => {
    const held = book.defer('live', 0, 300);
    assert.equal(book.dueAt, 300);
    assert.deepEqual(book.ping(100).groups, []);
    assert.deepEqual(book.ping(300).groups, [held]);
  });

  test('is closed by the next ping when it is known to have it', () => {
    const held = book.defer('live', 0, 300);
    book.confirm(held, 100, 150);
    assert.equal(book.dueAt, 150);
    assert.deepEqual(book.ping(150).groups, [held]);
  });

  test('is proved when it is known to have it, where it has answered a ping meanwhile', () => {
    const held = book.defer('live', 0, 2_000);
    const { number } = book.ping(1_000);
    book.answered(number, 1_010);
    book.confirm(held, 2_000, 2_050);
    assert.equal(book.dueAt, null);
    assert.deepEqual(book.settled(2_000), [{ number, groups: [held] }]);
  });

  test('is not, where the ping went out before it came', () => {
    const { number } = book.ping(0);
    const held = book.defer('live', 5, 2_000);
    book.answered(number, 10);
    book.confirm(held, 2_000, 2_050);
    assert.equal(book.dueAt, 2_050);
  });

  test('is lost when another session turns out to have it', () => {
    assert.deepEqual(book.deny(book.defer('live', 0, 300)), [1]);
    assert.equal(book.dueAt, null);
  });
});

describe('an answer to a ping', () => {
  test('proves what that has closed, once', () => {
    const { group, ping } = handed(0);
    book.add('live', 10);
    assert.deepEqual(provedBy(ping, 20), [group]);
    assert.equal(book.answered(ping, 30), undefined);
    assert.equal(book.isOpen, true);
  });

  test('counts when nobody waits for it any more', () => {
    const { group, ping } = handed(0);
    book.giveUpWaiting();
    assert.equal(book.awaited, undefined);
    assert.deepEqual(provedBy(ping, 60_000, HELD_AT_MOST), [group]);
  });

  test('proves nothing of an earlier one, which is lost unless its own answer comes in a moment', () => {
    const [first, second] = [handed(0), handed(10)];
    assert.deepEqual(provedBy(second.ping, 20), [second.group]);
    assert.deepEqual(book.overtaken(20 + OUT_OF_ORDER - 1), []);
    assert.deepEqual(book.overtaken(20 + OUT_OF_ORDER), [first.group]);

    const [third, fourth] = [handed(2_000), handed(2_010)];
    assert.deepEqual(provedBy(fourth.ping, 2_020), [fourth.group]);
    assert.deepEqual(provedBy(third.ping, 2_030, 2 * 30), [third.group]);
    assert.deepEqual(book.overtaken(10_000), []);
  });

  test('of the next stream proves nothing of what came before the sign of that', () => {
    const first = handed(0);
    const before = book.add('live', 10);
    book.sign(1_000);
    const since = book.add('live', 1_010);
    const { number } = book.ping(1_020);
    assert.deepEqual(provedBy(number, 1_040), [since]);
    book.sign(20_000); // long after both
    assert.deepEqual(book.overtaken(30_000), [first.group, before]);
  });
});

describe('a sign of a new stream just after an answer', () => {
  test('has what that proves wait', () => {
    const { group, ping } = handed(0);
    book.answered(ping, 20);
    book.sign(20 + HELD - 1);
    assert.deepEqual(book.settled(20 + HELD), []);
    assert.deepEqual(book.renewed(20 + HELD - 1), [group]);
  });

  test('has it wait longer on a line where a ping takes longer', () => {
    const { group, ping } = handed(0);
    book.answered(ping, 300);
    book.sign(300 + 2 * 300 - 1);
    assert.deepEqual(book.settled(300 + 2 * 300), []);
    assert.deepEqual(book.renewed(300 + 2 * 300 - 1), [group]);
  });

  test('has it wait too where it is read late, but before that is proved', () => {
    const { group, ping } = handed(0);
    book.answered(ping, 20);
    book.sign(20 + 10 * HELD);
    assert.deepEqual(book.settled(20 + 10 * HELD), []);
    assert.deepEqual(book.renewed(20 + 10 * HELD), [group]);
  });

  test('comes too late where that is proved', () => {
    const { group, ping } = handed(0);
    assert.deepEqual(provedBy(ping, 20), [group]);
    book.sign(20 + HELD);
    assert.deepEqual(book.renewed(20 + HELD), []);
  });
});

describe('after a sign of a new stream', () => {
  test('what is answered is in doubt, and proved when nothing more has shown', () => {
    const group = book.add('live', 0);
    book.sign(100);
    const { number } = book.ping(200);
    assert.deepEqual(provedBy(number, 300), []);
    assert.equal(book.decidedAt, 100 + DOUBT);
    assert.deepEqual(book.settled(100 + DOUBT), [{ number, groups: [group] }]);
  });

  test('what was handed before is lost when the stream is a new one for certain', () => {
    const before = book.add('live', 0);
    book.sign(100);
    const since = book.add('live', 110);
    const { number } = book.ping(200);
    assert.deepEqual(provedBy(number, 300), []);
    assert.deepEqual(book.renewed(100), [before]);
    assert.deepEqual(book.settled(100 + DOUBT), [{ number, groups: [since] }]);
  });

  test('what the one before has answered itself is not lost', () => {
    const group = book.add('live', 0);
    book.sign(100);
    const { number } = book.ping(200);
    assert.deepEqual(provedBy(number, 300), []);
    book.sign(1_000);
    assert.deepEqual(book.renewed(1_000), []);
    assert.deepEqual(
      book.settled(10_000).map(({ groups }) => groups),
      [[group]],
    );
  });
});

describe('where copies are read late, so that a ping overtakes those that wait', () => {
  /** Later than any new stream takes from its bind to its first sign. */
  const LATE = 5_000;

  test('a sign that is read between it and its own copy may be of the stream that answers', () => {
    const { ping } = handed(0);
    book.sign(LATE);
    book.reached(ping, LATE + 10);
    assert.deepEqual(provedBy(ping, LATE + 20), []);
    assert.equal(book.decidedAt, LATE + DOUBT);
  });

  test('what it closed is lost, where that stream is a new one for certain', () => {
    const { group, ping } = handed(0);
    book.reached(ping, LATE);
    book.answered(ping, LATE + 10);
    book.sign(LATE + 20);
    assert.deepEqual(book.renewed(LATE + 20), [group]);
  });

  test('a sign that is read long after its copy comes too late', () => {
    const { group, ping } = handed(0);
    book.reached(ping, LATE);
    assert.deepEqual(provedBy(ping, LATE + 10, HELD_AT_MOST), [group]);
  });

  test('its answer is held as long as the way there and back took, for other copies are as late', () => {
    const { group, ping } = handed(0);
    book.reached(ping, LATE);
    book.answered(ping, LATE + 10);
    assert.equal(book.decidedAt, LATE + 10 + HELD_AT_MOST);
    assert.deepEqual(book.settled(LATE + 10 + HELD_AT_MOST), [{ number: ping, groups: [group] }]);
  });

  test('a ping of another respool has reached the session when it is seen', () => {
    book.ping(0, 'unanswered');
    const group = book.add('live', 10);
    const { number } = book.ping(20, 'answered');
    book.sign(LATE);
    book.answered(number, LATE + 10);
    assert.deepEqual(book.overtaken(10 * LATE), []);
    assert.deepEqual(
      book.settled(10 * LATE).flatMap(({ groups }) => groups),
      [group],
    );
  });

  test('the copy of a ping that was sent again is not counted', () => {
    const { group, ping } = handed(0);
    book.reached(ping, 10);
    book.reached(ping, LATE);
    book.sign(LATE);
    book.answered(ping, LATE + 10);
    assert.deepEqual(book.renewed(LATE), []);
    assert.deepEqual(
      book.settled(2 * LATE).flatMap(({ groups }) => groups),
      [group],
    );
  });
});

describe('a ping that the server returns', () => {
  test('loses what it has closed, and what was pinged before, but nothing since', () => {
    const [first, second] = [handed(0), handed(10)];
    const later = book.add('live', 20);
    assert.deepEqual(book.returned(second.ping), [first.group, second.group]);
    assert.deepEqual(book.ping(30).groups, [later]);
  });
});

describe('what counts as received, for nothing can be known', () => {
  test('is all that was pinged', () => {
    const [first, second, third] = [handed(0), handed(10), handed(20)];
    assert.deepEqual(book.count(second.ping), [first.group, second.group]);
    assert.deepEqual(provedBy(third.ping, 30), [third.group]);
  });
});

describe('chunks of a replay', () => {
  test('are under way until they are proved or lost', () => {
    const [one = 0, other = 0] = book.reserve(2);
    book.sent(one, 100, book.era, 0);
    const { number } = book.ping(0);
    book.sent(other, 40, book.era, 0);
    assert.equal(book.underWay.messages, 140);
    provedBy(number, 10);
    assert.equal(book.underWay.messages, 40);
    book.renewed(20);
    assert.equal(book.underWay.messages, 0);
  });
});

describe('where nothing is ever answered', () => {
  test('the oldest is given up', () => {
    const before = Array.from({ length: 20_000 }, (_, n) => ({
      id: `${n}`,
      sentAt: n,
      groups: [n - 20_000],
    }));
    book.recall(before, [], 20_000);
    assert.deepEqual(book.excess(), []);
    handed(20_000);
    assert.deepEqual(book.excess(), [-20_000]);
    assert.deepEqual(book.excess(), []);
  });
});
