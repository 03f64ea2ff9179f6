import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Login, type StreamGuess } from '../../src/presence/login.js';

type Step = [at: number, what: 'presence' | 'roster' | 'carbons'];

/** What each of these says, in ms after the first; all presences are equal. */
function guesses(...steps: Step[]): StreamGuess[] {
  const login = new Login();
  let isAnnounced = false;
  return steps.map(([at, what]) => {
    if (what !== 'presence') return login.acts(what, isAnnounced, at);
    const guess = login.announces(isAnnounced, true, at);
    isAnnounced = true;
    return guess;
  });
}

describe('what a session does again', () => {
  test('after a while, all of it, is done by a new stream', () => {
    const [presence, roster, ...again] = guesses(
      [0, 'presence'],
      [20, 'roster'],
      [5_000, 'presence'],
      [5_020, 'roster'],
    );
    assert.deepEqual([presence, roster, again], ['new', 'same', ['sign', 'renewed']]);
    assert.deepEqual(
      guesses([0, 'roster'], [10, 'presence'], [5_000, 'roster'], [5_010, 'presence']).slice(2),
      ['sign', 'renewed'],
    );
  });

  test('within a second shows no new stream for certain: nobody is gone and there again so soon', () => {
    for (const steps of [
      // seen in random logins: the presence some times, and the roster twice in between
      [
        [0, 'presence'],
        [13, 'presence'],
        [274, 'presence'],
        [323, 'roster'],
        [356, 'presence'],
        [358, 'roster'],
      ],
      // carbon copies again some seconds later, and the presence twice just before
      [
        [0, 'carbons'],
        [380, 'presence'],
        [790, 'presence'],
        [2_640, 'carbons'],
      ],
      [
        [0, 'presence'],
        [300, 'roster'],
        [600, 'roster'],
        [700, 'presence'],
      ],
    ] as Step[][]) {
      assert.ok(!guesses(...steps).includes('renewed'), JSON.stringify(steps));
    }
  });
});
