import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { ENTRY } from '../../src/cli/paths.js';
import { SpoolReader } from '../../src/spool/spool-reader.js';
import { fillSpool } from '../bench/fill.js';
import { Process, respool } from '../cli/process.js';
import { Workspace } from '../cli/workspace.js';
import { effortOf } from '../effort.js';
import { nextEvent } from '../wait.js';

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

test(`the first page of a million messages takes less than ${AT_MOST} ms, of all, of one account, after the half`, async () => {
  const filters = [
    {},
    { account: 'account7@bench.test' },
    { after: MESSAGES / 2 },
    { device: 'phone' },
    { id: MESSAGES },
  ];
  for (const filter of filters) {
    const took = await effortOf(() => {
      const reader = SpoolReader.open(work.spool);
      const pendings = reader.pendings(filter);
      for (let count = 0; count < 2; count++) assert.ok(!pendings.next().done);
      reader.close();
    }, AT_MOST);
    assert.ok(took < AT_MOST, `${JSON.stringify(filter)}: ${took} ms`);
  }
});

/** The processor's time that a command takes, in ms, the least of some tries: a busy machine lets it wait, not work. */
function effort(args: readonly string[]): number {
  const script = 'TIMEFORMAT="%U %S"; time "$@" > /dev/null';
  const tries = Array.from({ length: 5 }, () => {
    const { stderr } = spawnSync('bash', ['-c', script, 'bash', process.execPath, ENTRY, ...args], {
      encoding: 'utf8',
    });
    const [, user, system] = /^([\d.]+) ([\d.]+)\n$/.exec(stderr) ?? [];
    assert.ok(user !== undefined, stderr);
    return 1_000 * (Number(user) + Number(system));
  });
  return Math.min(...tries);
}

test('as a process: no more than that above a command that reads nothing', async () => {
  const args = ['queue', 'list', '--limit', '50', '-c', work.config];
  const { stdout } = await respool(args);
  assert.match(stdout, /\n50 pending shown, .* there are more \(--after 25\)\n$/);
  const [nothing, list] = [effort(['--version']), effort(args)];
  assert.ok(list - nothing < AT_MOST, `${list} ms, where ${nothing} ms are the start of the program`);
});

test('a long list is written as it is read: the first lines come before the last are known', async () => {
  const listing = new Process(['queue', 'list', '-c', work.config]);
  const { stdout } = listing.child;
  assert.ok(stdout);
  await nextEvent(stdout, 'data');
  stdout.destroy(); // as head does
  assert.equal((await listing.ended()).code, 0);
  assert.ok(listing.stdout.length < 1 << 20);
});
