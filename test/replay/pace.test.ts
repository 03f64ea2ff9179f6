import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Duty } from '../../src/replay/duty.js';
import { Line } from '../../src/replay/line.js';
import { Pace } from '../../src/replay/pace.js';

const SETTINGS = { proofAfter: 3_000, proofTimeout: 30_000 };

function pinged(pace: Pace, times: number, from: number, over: number): void {
  for (let ping = 0; ping < times; ping++) pace.pinged(from + (ping * over) / times);
}

/** When the ping after the first may go out. */
function second(pace: number, { proofAfter } = SETTINGS): number {
  const line = new Line('bob@alpha.test/phone', { ...SETTINGS, proofAfter });
  line.pinged(50, pace);
  return line.nextAt;
}

describe('the pace of pings', () => {
  test('is that of the last second', () => {
    const pace = new Pace(SETTINGS, new Duty());
    assert.equal(pace.gap(0), 0);
    pinged(pace, 200, 0, 1_000);
    assert.equal(pace.gap(999), 200);
    assert.equal(pace.gap(1_500), 100);
    pinged(pace, 200, 1_500, 400);
    assert.equal(pace.gap(1_900), 220);
    assert.equal(pace.gap(2_500), 100);
    assert.equal(pace.gap(3_999), 0);
    assert.equal(pace.gap(100_000), 0);
  });

  test('has each wait four times as long where twice as many are asked', () => {
    const [some, many] = [600, 1_200].map(pings => {
      const pace = new Pace(SETTINGS, new Duty());
      pinged(pace, pings, 0, 1_000);
      return pace.gap(999);
    });
    assert.deepEqual([some, many], [1_200, 4_800]);
  });

  test('has none wait longer than four times proof_after', () => {
    const pace = new Pace({ proofAfter: 100 }, new Duty());
    pinged(pace, 5_000, 0, 1_000);
    assert.equal(pace.gap(999), 400);
  });

  test('is of no account where respool is about to go', () => {
    const duty = new Duty();
    const pace = new Pace(SETTINGS, duty);
    pinged(pace, 1_000, 0, 1_000);
    duty.isLeaving = true;
    assert.equal(pace.gap(999), 0);
  });

  test('is what a session waits for its next ping', () => {
    assert.equal(second(0), 300);
    assert.equal(second(200), 300);
    assert.equal(second(1_200), 1_250);
    assert.equal(second(0, { ...SETTINGS, proofAfter: 10 }), 60);
  });
});
