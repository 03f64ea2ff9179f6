import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OnHold } from '../../src/spool/on-hold.js';
import { emptySpool } from './empty.js';

const JID = 'romeo@example.org';
const there = (since: number, releasedAt: number | null) => {
  return { record: 'hold', jid: JID, since, by: 'root', released_at: releasedAt } as const;
};

describe('what another spool has on hold, or has released', () => {
  const CASES: [here: string, record: ReturnType<typeof there>, holds: boolean][] = [
    ['', there(5, null), true],
    ['', there(5, 6), false],
    ['put 1', there(5, null), true],
    ['put 1', there(1, 6), false],
    ['put 7', there(1, 6), true],
    ['put 1, release 6', there(5, null), false],
    ['put 1, release 4', there(5, null), true],
    ['put 1, release 4', there(1, 3), false],
  ];
  for (const [here, record, holds] of CASES) {
    const { since, released_at } = record;
    const of = released_at === null ? `put ${since}` : `put ${since}, release ${released_at}`;
    test(`here ${here || 'nothing'}, there ${of}: ${holds ? 'on hold' : 'not on hold'}`, () => {
      const db = emptySpool();
      const onHold = new OnHold(db);
      for (const [, what, at] of here.matchAll(/(\w+) (\d)/g)) {
        if (what === 'put') onHold.put({ jid: JID, since: Number(at), by: 'root' });
        else onHold.release(JID, Number(at));
      }
      onHold.restore(record);
      assert.equal(onHold.has(JID, null), holds);
      assert.equal(new OnHold(db).has(JID, null), holds, 'opened again');
    });
  }
});
