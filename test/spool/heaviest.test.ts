import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Heaviest } from '../../src/spool/heaviest.js';

test('who has most is the first at any time, and the total is right', () => {
  const heaviest = new Heaviest<number>();
  const known = new Map<number, number>();
  let random = 1;
  const next = (below: number) => {
    random = (random * 48_271) % 2_147_483_647;
    return random % below;
  };
  for (let step = 0; step < 5_000; step++) {
    const owner = next(50);
    const has = known.get(owner) ?? 0;
    const change = next(3) === 0 ? -has : next(100) - Math.min(has, 50);
    heaviest.add(owner, change);
    known.set(owner, Math.max(0, has + change));
    const most = Math.max(...known.values());
    assert.equal(heaviest.first?.weight ?? 0, most);
    if (heaviest.first !== undefined) assert.equal(known.get(heaviest.first.owner), most);
    assert.equal(
      heaviest.total,
      [...known.values()].reduce((sum, one) => sum + one),
    );
  }
});
