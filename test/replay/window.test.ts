import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Window } from '../../src/replay/window.js';

/** A window, full each time, whose messages were proved after so many ms, each sent when those before were proved. */
function after(...took: number[]): Window {
  const window = new Window();
  let now = 0;
  for (const ms of took) {
    window.seen(window.messages, now, now + ms, true);
    now += ms;
  }
  return window;
}

const DAY = 86_400_000;

suite('the window of a replay', () => {
  test('begins small and is twice as wide after each quick proof of all of it, up to a limit', () => {
    assert.equal(after().messages, 50);
    assert.equal(after(20, 20, 20).messages, 400);
    assert.equal(after(...Array<number>(50).fill(20)).messages, 2_000);
  });

  test('grows by what was proved', () => {
    const window = new Window();
    window.seen(10, 0, 20, true);
    assert.equal(window.messages, 60);
  });

  test('stays as it is where proofs are neither quick nor slow', () => {
    assert.equal(after(3_000, 3_000, 3_000).messages, 50);
  });

  test('narrows with slow proofs, down to a limit', () => {
    assert.equal(after(20, 20, 6_000).messages, 100);
    assert.equal(after(20, 20, 6_000, 6_000, 6_000, 6_000).messages, 25);
    assert.equal(after(6_000, 6_000, 20).messages, 50);
  });

  test('narrows while something is not proved, and does not grow where that is noticed at once', () => {
    const window = after(20);
    window.seen(0, 20, 500, false);
    assert.equal(window.messages, 100);
    window.seen(0, 20, 6_020, false);
    assert.equal(window.messages, 50);
  });

  test('narrows once for all that went out together', () => {
    const window = after(20, 20);
    for (const now of [6_040, 7_040, 8_040]) window.seen(0, 40, now, true);
    assert.equal(window.messages, 100);
  });

  test('has chunks of a quarter of it at most, so that some are on their way while others are proved', () => {
    assert.deepEqual(
      [10, 100, 1_000].map(chunk => after().chunkOf(chunk)),
      [10, 12, 12],
    );
    const wide = after(...Array<number>(50).fill(20));
    assert.deepEqual(
      [1, 100, 1_000].map(chunk => wide.chunkOf(chunk)),
      [1, 100, 500],
    );
  });

  test('is filled by halves at most, while there is room for one', () => {
    const room = (...underWay: number[]) => underWay.map(messages => after().roomFor(100, messages));
    assert.deepEqual(room(0, 24, 26, 27, 50), [2, 2, 2, 0, 0], 'of 12');
    const wide = after(...Array<number>(50).fill(20));
    assert.deepEqual(
      [0, 1_600, 1_601].map(messages => wide.roomFor(100, messages)),
      [4, 4, 0],
    );
    assert.equal(wide.roomFor(1_000, 1_000), 1, 'of 500');
  });

  test('stays small where the server has ended a session at once: it counts what is proved, too', () => {
    const window = after(20, 20);
    assert.equal(window.ended(180, 30), 25, 'of 180 the server had, it may have taken fewer than 100');
    window.begin();
    for (let times = 0; times < 5; times++) window.seen(window.messages, 0, 20, true);
    assert.equal(window.messages, 25);
    assert.equal(window.ended(25, 30), 25, 'the limit');
    assert.equal(after(20, 20, 20).ended(240, 30), 30);
    assert.equal(after(20, 20, 20, 20, 20).ended(1_600, 30), 50, 'as many as begin');
  });

  test('learns nothing from a session that ends for its line, or without a replay', () => {
    const window = after(20, 20);
    assert.equal(window.ended(180, 30_000), null);
    assert.equal(window.ended(0, 30), null);
    assert.equal(window.messages, 200);
  });

  test('takes what is known of the device, and tries twice as much with each day since then', () => {
    const most = (days: number) => {
      const window = after(...Array<number>(50).fill(20));
      window.knows({ most: 60, at: 0 }, days * DAY);
      return window.messages;
    };
    assert.deepEqual([0, 0.9, 1, 2, 30, 3_650].map(most), [60, 60, 120, 240, 2_000, 2_000]);
  });
});
