import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { reviewStandby } from '../../src/cli/check/standby.js';
import type { StandbyState } from '../../src/standby/standby.js';

const WELL: StandbyState = {
  role: 'acts',
  other: { is: 'there', role: 'watches', isFilled: true },
  isFilled: true,
  pending: 12,
  pendingThere: 12,
  clockAhead: 3,
};
const look = (changes: Partial<StandbyState>) =>
  reviewStandby({ ...WELL, ...changes }, 'respool-b.example.org').map(
    ({ level, text }) => `${level}: ${text}`,
  );

describe('the check of a standby', () => {
  test('all is well', () => {
    assert.deepEqual(look({}), [
      'ok: this respool acts, and respool-b.example.org watches',
      'ok: 12 pending here, 12 there',
    ]);
  });

  test('an other one that is not there is an error', () => {
    assert.deepEqual(look({ other: { is: 'gone' } }), [
      'error: this respool acts, and respool-b.example.org is not there',
    ]);
  });

  test('a spool that lacks something is told', () => {
    const [, told] = look({
      role: 'watches',
      other: { is: 'there', role: 'acts', isFilled: true },
      isFilled: false,
    });
    assert.equal(told, 'warning: this respool does not have yet all that respool-b.example.org has');
  });

  test('and clocks that are apart', () => {
    assert.equal(
      look({ clockAhead: -90_000 })[2],
      'warning: the clock of respool-b.example.org is 1m 30s behind',
    );
  });
});
