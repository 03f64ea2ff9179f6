import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Strays } from '../../src/replay/strays.js';

const LAPTOP = 'bob@alpha.test/laptop';

describe('what came for a JID at which nobody was seen', () => {
  test('is taken back if it shows itself in time, each for itself', () => {
    const strays = new Strays();
    for (let n = 0; n < 5; n++) strays.note(LAPTOP, { session: 1, group: n }, n * 1_000, 2_000);
    strays.note('bob@alpha.test/tablet', { session: 1, group: 9 }, 4_000, 2_000);
    assert.deepEqual(
      strays.shown(LAPTOP, 4_500).map(({ group }) => group),
      [3, 4],
    );
    assert.deepEqual(strays.shown(LAPTOP, 4_500), []);
    assert.deepEqual(strays.shown('bob@alpha.test/tablet', 6_001), []);
  });

  test('does not pile up, though somebody writes to it for days', () => {
    const strays = new Strays();
    let most = 0;
    for (let n = 0; n < 20_000; n++) {
      strays.note(LAPTOP, { session: 1, group: n }, n * 100, 2_000);
      most = Math.max(most, strays.size);
    }
    assert.ok(most >= 20 && most < 100, `${most} at once`);
  });
});
