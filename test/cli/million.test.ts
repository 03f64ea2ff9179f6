import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SpoolReader } from '../../src/spool/queries.js';
import { fillSpool } from '../bench/fill.js';
import { Process, respool } from './process.js';
import { Workspace } from './workspace.js';

const MESSAGES = 1_000_000;
/** To the first page, in ms. */
const AT_MOST = 300;

let work: Workspace;
before(() => {
  work = new Workspace();
  work.configure(1);
  fillSpool(work.spool, { messages: MESSAGES, accounts: 100 });
});
after(() => work.remove());

/** The shortest of some tries, for other programs may be in the way of one. */
async function shortest(what: () => Promise<unknown>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < 5; tries++) {
    const began = performance.now();
    await what();
    least = Math.min(least, performance.now() - began);
  }
  return least;
}

test(`the first page of a million messages takes less than ${AT_MOST} ms, of all, of one account, after the half`, async () => {
  const filters = [
    {},
    { account: 'account7@bench.test' },
    { after: MESSAGES / 2 },
    { device: 'phone' },
    { id: MESSAGES },
  ];
  for (const filter of filters) {
    const took = await shortest(async () => {
      const reader = SpoolReader.open(work.spool);
      const pendings = reader.pendings(filter);
      for (let count = 0; count < 2; count++) assert.ok(!pendings.next().done);
      reader.close();
    });
    assert.ok(took < AT_MOST, `${JSON.stringify(filter)}: ${took} ms`);
  }
});

test('as a process: no more than that above a command that reads nothing', async () => {
  const nothing = await shortest(() => respool(['--version']));
  const list = await shortest(async () => {
    const { stdout } = await respool(['queue', 'list', '--limit', '50', '-c', work.config]);
    assert.match(stdout, /\n50 pending shown, .* there are more \(--after 25\)\n$/);
  });
  assert.ok(list - nothing < AT_MOST, `${list} ms, where ${nothing} ms are the start of the program`);
});

test('a long list is written as it is read: the first lines come before the last are known', async () => {
  const listing = new Process(['queue', 'list', '-c', work.config]);
  await new Promise(resolve => listing.child.stdout?.once('data', resolve));
  listing.child.stdout?.destroy(); // as head does
  assert.equal((await listing.ended()).code, 0);
  assert.ok(listing.stdout.length < 1 << 20);
});
