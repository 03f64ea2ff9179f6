import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ageTable } from '../../src/spool/age-table.js';
import { SpoolReader } from '../../src/spool/spool-reader.js';
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

test('the table of a million messages, by more accounts than it tells apart at once: in 6 s', async () => {
  fillSpool(work.spool, { messages: 1_000_000, accounts: 100_000 });
  const reader = SpoolReader.open(work.spool);
  const pages = () => reader.tallied('account');
  const took = await effortOf(() => {
    const { rows, all, others } = ageTable(pages, { now: Date.now(), first: 300_000, rows: 20 });
    assert.deepEqual([rows.length, rows[0]?.total, all.total, others.names], [20, 20, 2_000_000, null]);
  });
  reader.close();
  assert.ok(took < 6_000, `${took} ms`);
});

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
