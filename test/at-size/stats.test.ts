import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SpoolReader } from '../../src/spool/queries.js';
import { fillSpool } from '../bench/fill.js';
import { respool } from '../cli/process.js';
import { Workspace } from '../cli/workspace.js';
import { effortOf } from '../effort.js';

let work: Workspace;
before(() => {
  work = new Workspace();
  work.configure(1);
});
after(() => work.remove());

test('a million messages of a hundred thousand accounts: in 300 ms', async () => {
  fillSpool(work.spool, { messages: 1_000_000, accounts: 100_000 });
  /** As one command does it. */
  const read = () => {
    const reader = SpoolReader.open(work.spool);
    const found = { ...reader.stats(), insight: reader.insight(Date.now()) };
    reader.close();
    return found;
  };
  const took = await effortOf(read);
  const { pending, insight } = read();
  assert.ok(took < 300, `${took} ms`);
  assert.equal(pending, 2_000_000);
  assert.equal(insight.ages[2]?.pending, 2_000_000);
  assert.equal(insight.accounts.length, 10);
  const { code, stdout } = await respool(['stats', '--json', '-c', work.config]);
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(stdout).top_domains, [{ domain: 'bench.test', messages: 1_000_000 }]);
});
