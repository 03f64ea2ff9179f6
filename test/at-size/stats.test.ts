import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ageTable } from '../../src/spool/age-table.js';
import { SpoolReader } from '../../src/spool/spool-reader.js';
import { fillSpool } from '../bench/fill.js';
import { respool } from '../cli/process.js';
import { Workspace } from '../cli/workspace.js';
import { effortOf } from '../effort.js';

/** Of the processor's time, in ms. */
const TABLE_AT_MOST = 6_000;
const STATS_AT_MOST = 300;

let work: Workspace;
before(() => {
  work = new Workspace();
  work.configure(1);
  fillSpool(work.spool, { messages: 1_000_000, accounts: 100_000 });
});
after(() => work.remove());

test('the table of a million messages, by more accounts than it tells apart at once', async () => {
  const reader = SpoolReader.open(work.spool);
  const pages = () => reader.tallied('account');
  const took = await effortOf(() => {
    const { rows, all, others } = ageTable(pages, { now: Date.now(), first: 300_000, rows: 20 });
    assert.deepEqual([rows.length, rows[0]?.total, all.total, others.names], [20, 20, 2_000_000, null]);
  }, TABLE_AT_MOST);
  reader.close();
  assert.ok(took < TABLE_AT_MOST, `${took} ms`);
});

test('a million messages of a hundred thousand accounts', async () => {
  /** As one command does it. */
  const read = () => {
    const reader = SpoolReader.open(work.spool);
    const found = { ...reader.stats(), insight: reader.insight(Date.now()) };
    reader.close();
    return found;
  };
  const took = await effortOf(read, STATS_AT_MOST);
  const { pending, insight } = read();
  assert.ok(took < STATS_AT_MOST, `${took} ms`);
  assert.equal(pending, 2_000_000);
  assert.equal(insight.ages[2]?.pending, 2_000_000);
  assert.equal(insight.accounts.length, 10);
  const { code, stdout } = await respool(['stats', '--json', '-c', work.config]);
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(stdout).top_domains, [{ domain: 'bench.test', messages: 1_000_000 }]);
});
