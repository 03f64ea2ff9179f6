import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Watchdog, watchdogInterval } from '../../src/systemd/watchdog.js';
import { FakeClock } from '../fake-clock.js';

describe('the watchdog', () => {
  function staged() {
    const clock = new FakeClock();
    const state = { fed: 0, asked: 0, failing: false, open: true };
    const answers: (() => void)[] = [];
    const work = {
      answers() {
        if (!state.open) return null;
        state.asked++;
        return new Promise<void>(resolve => answers.push(resolve));
      },
      isFailing: () => state.failing,
    };
    const watchdog = new Watchdog({ every: 1_000, clock, work, feed: () => void state.fed++ });
    return { clock, state, answers, watchdog };
  }

  test('is fed when the thread of the spool has answered, not when it was asked', async () => {
    const { clock, state, answers } = staged();
    await clock.pass(5_000);
    assert.deepEqual([state.asked, state.fed], [1, 0], 'a thread that hangs is asked once');
    answers[0]?.();
    await clock.pass(1_000);
    assert.deepEqual([state.asked, state.fed], [2, 1]);
  });

  test('is fed by the event loop alone while the spool is being opened, and while it cannot be written', async () => {
    const { clock, state } = staged();
    state.open = false;
    await clock.pass(0);
    state.failing = true;
    await clock.pass(3_000);
    assert.equal(state.fed, 3);
  });

  test('is not fed after the end', async () => {
    const { clock, state, answers, watchdog } = staged();
    watchdog.stop();
    answers[0]?.();
    await clock.pass(5_000);
    assert.equal(state.fed, 0);
  });
});

test('how often: twice as often as systemd needs, where it watches this process', () => {
  const of = (env: NodeJS.ProcessEnv, inherits = false) => watchdogInterval(env, 7, inherits);
  assert.equal(of({}), null);
  assert.equal(of({ WATCHDOG_USEC: '30000000' }), 15_000);
  assert.equal(of({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '7' }), 15_000);
  assert.equal(of({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '8' }), null);
  assert.equal(of({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '8' }, true), 15_000);
  assert.equal(of({ WATCHDOG_USEC: 'soon' }), null);
});
