import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Page, STATUS } from '../../src/page/page.js';
import type { Status } from '../../src/page/status.js';
import { fillSpool } from '../bench/fill.js';
import { Workspace } from '../cli/workspace.js';
import { effortOf } from '../effort.js';
import { STARTED } from '../monitor/started.js';
import { NO_ALERTS } from '../no-alerts.js';

/** Of the processor's time, in ms: it is the same with ten times as many. */
const AT_MOST = 50;

let work: Workspace;
before(() => {
  work = new Workspace();
});
after(() => work.remove());

test('what the status page is told of a million messages of a hundred thousand accounts', async context => {
  fillSpool(work.spool, { messages: 1_000_000, accounts: 100_000 });
  const page = new Page({
    ...{ spoolPath: work.spool, trouble: () => null, live: () => STARTED },
    settings: () => ({
      ...{ domain: 'respool.example.org', peer: null, names: true, thresholds: NO_ALERTS.thresholds },
      limits: { maxSize: 1, maxPerAccount: 2, maxAge: 3 },
    }),
  });
  const took = await effortOf(() => page.get(STATUS), AT_MOST);
  const { spool }: Status = JSON.parse(`${(await page.get(STATUS))?.body}`);
  await page.close();
  context.diagnostic(`${took.toFixed(0)} ms`);
  assert.ok(took < AT_MOST, `${took} ms`);
  assert.equal(spool?.pending, 2_000_000);
  assert.deepEqual(new Set(spool?.most.map(({ messages }) => messages)), new Set([10]));
  assert.equal(spool?.most.length, 10);
});
