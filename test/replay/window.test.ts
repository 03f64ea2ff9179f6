import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Window } from '../../src/replay/window.js';

/** A window whose chunks were proved after so many ms, each sent when the one before it was proved. */
function after(...took: number[]): Window {
  const window = new Window();
  let now = 0;
  for (const ms of took) {
    window.seen(now, now + ms, true);
    now += ms;
  }
  return window;
}

suite('the window of a replay', () => {
  test('grows with each quick proof, up to a limit', () => {
    assert.equal(after().chunksOf(100), 4);
    assert.equal(after(20, 20, 20).chunksOf(100), 7);
    assert.equal(after(...Array<number>(50).fill(20)).chunksOf(100), 16);
  });

  test('stays as it is where proofs are neither quick nor slow', () => {
    assert.equal(after(3_000, 3_000, 3_000).chunksOf(100), 4);
  });

  test('narrows with slow proofs down to one chunk', () => {
    assert.equal(after(6_000).chunksOf(100), 2);
    assert.equal(after(6_000, 6_000, 6_000, 6_000).chunksOf(100), 1);
    assert.equal(after(6_000, 6_000, 6_000, 20).chunksOf(100), 2);
  });

  test('narrows while a chunk is not proved, and does not grow where that is noticed at once', () => {
    const window = new Window();
    window.seen(0, 500, false);
    assert.equal(window.chunksOf(100), 4);
    window.seen(0, 6_000, false);
    assert.equal(window.chunksOf(100), 2);
  });

  test('has no more messages in it than ejabberd holds without acknowledgement', () => {
    const wide = after(...Array<number>(50).fill(20));
    assert.deepEqual(
      [125, 300, 1_000, 10_000].map(size => wide.chunksOf(size)),
      [16, 6, 2, 1],
    );
  });

  test('narrows once for all that went out together', () => {
    const window = new Window();
    for (const now of [6_000, 7_000, 8_000]) window.seen(0, now, true);
    assert.equal(window.chunksOf(100), 2);
  });
});
