import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Input, type Phase, step } from '../../src/replay/phase.js';

const NOW = 100_000;
/** Numbers of chunks for which the line has room. */
const ROOM = [7, 8];
const FULL: number[] = [];
const none: ReadonlySet<string> = new Set();

const unannounced: Phase = { is: 'unannounced' };
const settling: Phase = { is: 'settling', since: NOW - 1_000, until: NOW + 1_000, queries: none };
const idle: Phase = { is: 'idle' };
const asking: Phase = { is: 'asking', since: NOW, again: false };
const checking: Phase = { is: 'checking', since: NOW };
const taking: Phase = { is: 'taking', chunks: [5], again: false, isShort: false };
const replaying: Phase = { is: 'replaying', again: false };
const ended: Phase = { is: 'ended' };
const ALL = [unannounced, settling, idle, asking, checking, taking, replaying, ended];

const settles: Input = { is: 'settles', for: 2_000 };
const settled: Input = { is: 'settled' };
const check = (underWay = 1): Input => ({ is: 'check', since: NOW, underWay });
const owes = (owed: boolean, sentAt = 0, ago = 0): Input => {
  return { is: 'owes', owed, answered: { sentAt, at: NOW - ago }, room: ROOM };
};
const took = (given: number, room = ROOM, underWay = 1): Input => ({ is: 'took', given, underWay, room });
const answered = (sentAt: number, room = ROOM, lost = false): Input => ({
  is: 'answered',
  sentAt,
  lost,
  room,
});

/** What happens in which phase, and the phase then; null: nothing changes. */
const STEPS: [what: string, phase: Phase, input: Input, next: Phase | null][] = [
  ['presence', unannounced, settles, { is: 'settling', since: NOW, until: NOW + 2_000, queries: none }],
  ['more of a flood', settling, settles, { ...settling, until: NOW + 2_000 }],
  [
    'a flood without end',
    { ...settling, since: NOW - 59_000 },
    settles,
    { ...settling, since: NOW - 59_000 },
  ],
  ['a room in mid-replay', replaying, settles, { ...settling, since: NOW, until: NOW + 2_000 }],
  ['quiet', settling, settled, idle],
  ['quiet that is no news', taking, settled, null],
  ['a negative priority', replaying, { is: 'hides' }, unannounced],

  ['something may be owed', idle, check(), asking],
  ['more may be owed', asking, check(), { ...asking, again: true }],
  ['more may be owed', taking, check(), { ...taking, again: true }],
  ['more may be owed', replaying, check(), { ...replaying, again: true }],
  ['what was under way is lost', replaying, check(0), asking],
  ['something may be owed before its time', unannounced, check(), null],
  ['something may be owed before its time', settling, check(), null],
  ['something may be owed that the answer will find', checking, check(), null],

  ['nothing is owed', asking, owes(false), idle],
  ['something is owed', asking, owes(true), checking],
  [
    'something is owed, and a ping sent since has been answered',
    asking,
    owes(true, NOW),
    { ...taking, chunks: ROOM, isShort: true },
  ],
  ['the same, long ago', { ...asking, since: 0 }, owes(true, 1, 5_001), { ...checking, since: 0 }],
  ['a late word of the spool', settling, owes(true), null],

  ['the answer that was waited for', checking, answered(NOW), { ...taking, chunks: ROOM }],
  ['an answer from before', checking, answered(NOW - 1), null],
  ['an answer', idle, answered(NOW), null],
  ['a chunk is proved', replaying, answered(NOW), { ...taking, chunks: ROOM }],
  [
    'a chunk is proved, and something has not come',
    replaying,
    answered(NOW, ROOM, true),
    { ...taking, chunks: ROOM, again: true },
  ],
  ['a chunk is proved on a slow line', replaying, answered(NOW, FULL), replaying],

  ['chunks came', taking, took(1), { ...taking, chunks: ROOM }],
  ['chunks came, and the line is full', taking, took(1, FULL), replaying],
  ['no more came', taking, took(0), replaying],
  ['no more came, and all are proved', taking, took(0, FULL, 0), idle],
  ['none came, by the word of an early answer', { ...taking, isShort: true }, took(0, FULL, 0), checking],
  ['chunks that nobody waits for', settling, took(1), null],
];

describe('the phases of a session', () => {
  for (const [what, phase, input, next] of STEPS) {
    const name = next === null ? `${phase.is} stays so` : `${phase.is} becomes ${next.is}`;
    test(`${name}: ${what}`, () => {
      const found = step(phase, input, NOW);
      if (next === null) assert.equal(found, phase);
      else assert.deepEqual(found, next);
    });
  }

  test('an archive that is asked is waited for, a minute at most', () => {
    const queries = new Set(['q']);
    const found = step(settling, { ...settles, queries } as Input, NOW);
    assert.deepEqual(found, { ...settling, until: NOW + 59_000, queries });
  });

  test('each can end, and none goes on after that', () => {
    for (const phase of ALL) assert.deepEqual(step(phase, { is: 'ends' }, NOW), ended);
    for (const [, , input] of STEPS) assert.equal(step(ended, input, NOW), ended);
  });
});
