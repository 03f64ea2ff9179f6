import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arrival, message, opened } from '../spool/opened.js';

/** How often a Map or a Set is asked or changed by what is done meanwhile: work that no busy machine adds to. */
function mapWork(work: () => void): number {
  let count = 0;
  const undo: (() => void)[] = [];
  for (const prototype of [Map.prototype, Set.prototype] as unknown as Record<string, unknown>[]) {
    for (const name of ['get', 'set', 'has', 'add', 'delete']) {
      const original = prototype[name] as ((...args: unknown[]) => unknown) | undefined;
      if (original === undefined) continue;
      prototype[name] = function (this: unknown, ...args: unknown[]) {
        count++;
        return original.apply(this, args);
      };
      undo.push(() => {
        prototype[name] = original;
      });
    }
  }
  try {
    work();
  } finally {
    for (const one of undo) one();
  }
  return count;
}

test('what a batch costs does not grow with the accounts that are online', context => {
  const { spool } = opened();
  const batch = (id: number) =>
    spool.apply([
      { do: 'store', message: message(id) },
      { do: 'store', message: message(id + 1, { account: `away${id}@example.org` }) },
    ]);
  let online = 0;
  const arrive = (count: number) => {
    for (const until = online + count; online < until; ) {
      const some = Array.from({ length: 1_000 }, () =>
        arrival({ session: ++online, account: `u${online}@example.org`, device: true }),
      );
      spool.apply(some);
    }
  };
  const costs: number[] = [];
  for (const more of [1_000, 49_000, 50_000]) {
    arrive(more);
    batch(10 * online);
    costs.push(mapWork(() => batch(10 * online + 5)));
    const began = performance.now();
    for (let n = 0; n < 100; n++) batch(10 * online + 10 + 2 * n);
    context.diagnostic(`${online} online: ${((performance.now() - began) / 100).toFixed(2)} ms a batch`);
  }
  const [few = 0, ...many] = costs;
  for (const cost of many) assert.ok(cost <= 2 * few, `${costs}`);
});
