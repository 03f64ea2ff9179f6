import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Roll } from '../../src/removal/roll.js';

const BOB = 'bob@example.org';
const HOUR = 3_600_000;

/** Bob is away, and the server has said that he is there. */
function there(): Roll {
  const roll = new Roll();
  roll.away(BOB, 0);
  const [question] = roll.due(10, 5_000);
  assert.equal(question?.account, BOB);
  assert.equal(roll.answered(question.number, BOB, 'there', 5_000), undefined);
  return roll;
}

describe('an account that is away', () => {
  test('is asked about a few seconds later, once, and then every hour', () => {
    const roll = new Roll();
    roll.away(BOB, 0);
    roll.away(BOB, 4_000);
    assert.deepEqual(roll.due(10, 4_999), []);
    const [{ number = 0 } = {}] = roll.due(10, 5_000);
    assert.deepEqual(roll.due(10, 6_000), []);
    roll.answered(number, BOB, 'there', 6_000);
    roll.away(BOB, 7_000);
    assert.deepEqual(roll.due(10, 5_999 + HOUR), []);
    assert.equal(roll.due(10, 6_000 + HOUR).length, 1);
    assert.equal(roll.due(10, 6_000 + 2 * HOUR).length, 1, 'where no answer came too');
  });

  test('has been removed where it was there before, and nobody of it has been online since', () => {
    const roll = there();
    const [{ number = 0 } = {}] = roll.due(10, 5_000 + HOUR);
    assert.equal(roll.answered(number, BOB, 'nobody', 5_000 + HOUR), BOB);
    assert.deepEqual(roll.due(10, 5_000 + 9 * HOUR), []);
  });

  test('may block who asks, where it has not been there before', () => {
    const roll = new Roll();
    roll.away(BOB, 0);
    const [{ number = 0 } = {}] = roll.due(10, 5_000);
    assert.equal(roll.answered(number, BOB, 'nobody', 5_000), undefined);
  });

  test('may block who asks, where it has been online since', () => {
    const roll = there();
    const [{ number: before = 0 } = {}] = roll.due(10, 5_000 + HOUR);
    roll.online(BOB);
    assert.equal(roll.answered(before, BOB, 'nobody', 5_000 + HOUR), undefined);
    roll.away(BOB, 6_000 + HOUR);
    const [{ number = 0 } = {}] = roll.due(10, 11_000 + HOUR);
    assert.equal(roll.answered(number, BOB, 'nobody', 11_000 + HOUR), undefined);
  });

  test('is asked about at once where something says that it is gone', () => {
    const roll = there();
    roll.doubt(BOB);
    const [{ number = 0 } = {}] = roll.due(10, 5_001);
    assert.equal(roll.answered(number, BOB, 'nobody', 5_001), BOB);
    roll.doubt('carol@example.org');
    assert.deepEqual(roll.due(10, 5_002), []);
  });

  test('is judged by the answer to the question about it alone, and the first', () => {
    const roll = there();
    const [{ number = 0 } = {}] = roll.due(10, 5_000 + HOUR);
    assert.equal(roll.answered(number, 'eve@example.org', 'nobody', 0), undefined);
    assert.equal(roll.answered(number + 1, BOB, 'nobody', 0), undefined);
    assert.equal(roll.answered(number, BOB, 'there', 5_000 + HOUR), undefined);
    assert.equal(roll.answered(number, BOB, 'nobody', 5_000 + HOUR), undefined);
  });

  test('is one of a hundred at a time, and of a hundred thousand that are watched', () => {
    const roll = new Roll();
    for (let n = 0; n <= 100_000; n++) roll.away(`user${n}@example.org`, 0);
    assert.equal(roll.due(100, 5_000).length, 100);
    const rest = roll.due(200_000, 5_000);
    assert.deepEqual([rest.length, rest.at(-1)?.account], [99_900, 'user99999@example.org']);
  });
});
