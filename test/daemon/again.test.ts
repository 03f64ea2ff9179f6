import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { type Persistence, untilItWorks } from '../../src/daemon/again.js';
import { Backoff } from '../../src/xmpp/backoff.js';
import { FakeClock } from '../fake-clock.js';

class Passing extends Error {}

let clock: FakeClock;
let told: string[];
let ended: AbortController;
let persistence: Persistence;
beforeEach(() => {
  clock = new FakeClock();
  told = [];
  ended = new AbortController();
  persistence = {
    mayPass: error => error instanceof Passing,
    failed: ({ message }, wait) => told.push(`${message} ${wait}`),
    signal: ended.signal,
    clock,
    backoff: new Backoff({ first: 1000, most: 4000, random: () => 0.999 }),
  };
});

/** Fails with these, then succeeds. */
function failing(...failures: Error[]): () => Promise<string> {
  return async () => {
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
    return 'done';
  };
}

describe('until it works', () => {
  test('waits longer each time, and tells the same failure once', async () => {
    const failures = ['full', 'full', 'taken'].map(word => new Passing(word));
    const result = untilItWorks(failing(...failures), persistence);
    await clock.pass(1000 + 2000 + 3000);
    assert.deepEqual(told, ['full 999', 'taken 3996']);
    await clock.pass(1000);
    assert.equal(await result, 'done');
  });

  test('throws what will not pass', async () => {
    await assert.rejects(untilItWorks(failing(new Error('damaged')), persistence), /damaged/);
    assert.deepEqual(told, []);
  });

  test('ends while it waits', async () => {
    const result = untilItWorks(failing(new Passing('full')), persistence);
    await clock.pass(10);
    ended.abort();
    assert.equal(await result, null);
  });
});
