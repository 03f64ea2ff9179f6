import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type PageSettings, type Seen, statusOf } from '../../src/page/status-of.js';
import { openSpool } from '../../src/spool/open-for-writing.js';
import { SpoolReader } from '../../src/spool/spool-reader.js';
import { STARTED } from '../monitor/started.js';
import { NO_ALERTS } from '../no-alerts.js';
import { emptyFile } from '../spool/empty.js';
import { newPath } from '../spool/opened.js';

const AT = Date.UTC(2026, 10, 29, 12);

const settings: PageSettings = {
  ...{ domain: 'respool.example.org', peer: null, names: false },
  limits: { maxSize: 1000, maxPerAccount: 10, maxAge: 86_400_000 },
  thresholds: { ...NO_ALERTS.thresholds, disk_free: 500, pending: 7 },
};

function seen(changes: Partial<Seen> = {}): Seen {
  const path = emptyFile(newPath());
  const db = openSpool(path);
  db.exec("INSERT INTO account (id, jid, has_messages) VALUES (1, 'romeo@example.org', 1)");
  db.exec('INSERT INTO account_most VALUES (1, 3)');
  db.prepare("INSERT INTO flow VALUES (?, 'delivered', 3), (?, 'lost', 1)").run(AT / 60_000, AT / 60_000);
  db.exec("INSERT INTO counter VALUES ('last_copy_at', 5), ('pending', 4)");
  db.close();
  const reader = SpoolReader.open(path);
  const overview = reader.overview(AT);
  reader.close();
  return { at: AT, live: STARTED, trouble: null, overview, diskFree: 77, ...changes };
}

test('names of users are in it only where the config says so', () => {
  const hidden = JSON.stringify(statusOf(seen(), settings));
  assert.doesNotMatch(hidden, /romeo/);
  const shown = statusOf(seen(), { ...settings, names: true });
  assert.deepEqual(shown.spool?.most, [{ account: 'romeo@example.org', messages: 3 }]);
  assert.deepEqual(statusOf(seen(), settings).spool?.most, [{ account: null, messages: 3 }]);
});

test('deliveries come with how much of what was due that is, and as a series', () => {
  const { hour, day, month } = statusOf(seen(), settings).spool ?? assert.fail();
  for (const period of [hour, day, month]) {
    assert.deepEqual([period.delivered, period.lost, period.success], [3, 1, 0.75]);
    assert.equal(period.series.delivered.at(-1), 3);
  }
  const lengths = [hour, day, month].map(({ series }) => series.replayed.length);
  assert.deepEqual(lengths, [60, 24, 30]);
});

test('the spool stands against its limits', () => {
  const { limits, diskFree, pending } = statusOf(seen(), settings).spool ?? assert.fail();
  assert.deepEqual(limits, { ...settings.limits, leastDiskFree: 500 });
  assert.deepEqual([diskFree, pending], [77, 4]);
});

test('alerts are those that are crossed, with their thresholds', () => {
  const live = { ...STARTED, alerts: { ...STARTED.alerts, pending: 9_000 } };
  assert.deepEqual(statusOf(seen({ live }), settings).alerts, [
    { name: 'pending', since: 9_000, threshold: 7 },
  ]);
  assert.deepEqual(statusOf(seen(), settings).alerts, []);
});

test('the other respool is told of where there is one', () => {
  assert.equal(statusOf(seen(), settings).standby, null);
  const live = { ...STARTED, acts: false, peer: true };
  const peer = 'respool-b.example.org';
  assert.deepEqual(statusOf(seen({ live }), { ...settings, peer }).standby, {
    ...{ acts: false, peer, isThere: true },
  });
});

test('where the spool cannot be read, what the process knows is there all the same', () => {
  const { spool, lastCopyAt, trouble } = statusOf(seen({ overview: null, trouble: 'a full disk' }), settings);
  assert.deepEqual([spool, lastCopyAt, trouble], [null, null, 'a full disk']);
  assert.equal(statusOf(seen(), settings).lastCopyAt, 5, 'that of the process before this one');
});
