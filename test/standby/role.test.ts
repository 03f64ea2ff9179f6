import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Other, type Role, roleOf } from '../../src/standby/role.js';

const there = (role: Role, isFilled = true): Other => ({ is: 'there', role, isFilled });

describe('who acts of two respools', () => {
  const cases: [what: string, Parameters<typeof roleOf>[0], Role][] = [
    [
      'nobody, before the other one is heard of',
      { role: 'watches', isFilled: false, other: { is: 'unknown' }, isFirst: true },
      'watches',
    ],
    [
      'this one, where the other is gone',
      { role: 'watches', isFilled: false, other: { is: 'gone' }, isFirst: false },
      'acts',
    ],
    [
      'the other one goes on, whoever is the first',
      { role: 'watches', isFilled: true, other: there('acts'), isFirst: true },
      'watches',
    ],
    [
      'and so does this one',
      { role: 'acts', isFilled: true, other: there('watches'), isFirst: false },
      'acts',
    ],
    [
      'of two that act, the first',
      { role: 'acts', isFilled: true, other: there('acts'), isFirst: true },
      'acts',
    ],
    ['and not the second', { role: 'acts', isFilled: true, other: there('acts'), isFirst: false }, 'watches'],
    [
      'of two that watch, the first',
      { role: 'watches', isFilled: false, other: there('watches', false), isFirst: true },
      'acts',
    ],
    [
      'but rather who has all',
      { role: 'watches', isFilled: false, other: there('watches'), isFirst: true },
      'watches',
    ],
    [
      'even if it is the second',
      { role: 'watches', isFilled: true, other: there('watches', false), isFirst: false },
      'acts',
    ],
  ];
  for (const [what, standing, role] of cases) test(what, () => assert.equal(roleOf(standing), role));

  test('two that hear each other are never both of one role for longer than a word takes', () => {
    for (const [one, two] of [
      ['acts', 'acts'],
      ['watches', 'watches'],
    ] as const) {
      const first = roleOf({ role: one, isFilled: true, other: there(two), isFirst: true });
      const second = roleOf({ role: two, isFilled: true, other: there(first), isFirst: false });
      assert.deepEqual([first, second], ['acts', 'watches']);
    }
  });
});
