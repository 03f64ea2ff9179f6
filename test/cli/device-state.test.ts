import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ageInWords, pingsOf, WHEREABOUTS_IN_WORDS, whereaboutsOf } from '../../src/cli/device-state.js';
import type { SessionState } from '../../src/replay/state.js';
import type { DeviceRow } from '../../src/spool/device-rows.js';

const NOW = 1_000_000_000;
const DEVICE: DeviceRow = {
  ...{ account: 'bob@example.org', resource: 'phone', priority: 0, pending: 0, proofs: 3, proofMs: 20 },
  ...{ online: true, answers: true, carbons: false, mam: false, probation: false, onHold: false },
  ...{ firstSeen: 0, lastSeen: NOW - 600_000 },
};
const SESSION: SessionState = {
  ...{ resource: 'phone', priority: 0, settlingFor: null, unansweredFor: null, replaying: false },
  ...{ line: 'answers', heardFor: 3_000 },
};

describe('where a device is', () => {
  const cases: [
    name: string,
    device: Partial<DeviceRow>,
    session: Partial<SessionState> | null,
    is: string,
  ][] = [
    ['a session that the daemon knows', {}, {}, 'online, 3s ago'],
    ['one that the spool has not noted yet', { online: false }, {}, 'online, 3s ago'],
    ['one that has let a ping pass', {}, { line: 'asleep', unansweredFor: 605_000 }, 'asleep, 10m 5s ago'],
    ['one that has woken, its ping unanswered', {}, { unansweredFor: 605_000 }, 'online, 3s ago'],
    ['one that answers no pings', {}, { line: 'mute', unansweredFor: 1 }, 'online, 3s ago'],
    ['no session, and it was seen to go', { online: false }, null, 'away, 10m ago'],
    ['no session, and it was not seen to go', {}, null, 'was online, 10m ago'],
    ['a clock that was put back', { online: false, lastSeen: NOW + 5 }, null, 'away, 0ms ago'],
  ];
  for (const [name, device, session, is] of cases) {
    test(`${name}: ${is}`, () => {
      const known = whereaboutsOf(
        { ...DEVICE, ...device },
        session === null ? undefined : { ...SESSION, ...session },
        NOW,
      );
      assert.equal(`${WHEREABOUTS_IN_WORDS[known.state]}, ${ageInWords(known, NOW)}`, is);
    });
  }
});

test('whether it answers pings is unknown before its first answer, and not asked where the config forbids it', () => {
  assert.equal(pingsOf(DEVICE, false), 'answered');
  assert.equal(pingsOf({ ...DEVICE, proofs: 0 }, false), 'unknown');
  assert.equal(pingsOf({ ...DEVICE, answers: false }, false), 'unanswered');
  assert.equal(pingsOf(DEVICE, true), 'not sent');
});
