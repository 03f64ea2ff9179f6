import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Window } from '../../src/replay/window.js';

/** A window whose chunks were proved after so many ms, each sent when the one before it was proved. */
function after(...took: number[]): Window {
  const window = new Window();
  let now = 0;
  for (const ms of took) {
    window.proved(now, now + ms);
    now += ms;
  }
  return window;
}

suite('the window of a replay', () => {
  test('grows with each quick proof, up to a limit', () => {
    assert.equal(after().chunks, 4);
    assert.equal(after(20, 20, 20).chunks, 7);
    assert.equal(after(...Array<number>(50).fill(20)).chunks, 16);
  });

  test('stays as it is where proofs are neither quick nor slow', () => {
    assert.equal(after(3_000, 3_000, 3_000).chunks, 4);
  });

  test('narrows with slow proofs down to one chunk', () => {
    assert.equal(after(6_000).chunks, 2);
    assert.equal(after(6_000, 6_000, 6_000, 6_000).chunks, 1);
    assert.equal(after(6_000, 6_000, 6_000, 20).chunks, 2);
  });

  test('narrows once for all that went out together', () => {
    const window = new Window();
    for (const now of [6_000, 7_000, 8_000]) window.proved(0, now);
    assert.equal(window.chunks, 2);
  });
});
