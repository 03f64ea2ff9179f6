import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { HttpError, type HttpServer, serveHttp } from '../../src/monitor/http.js';
import type { Live } from '../../src/monitor/live.js';
import { METRICS, render } from '../../src/monitor/metrics.js';
import type { Status } from '../../src/page/status.js';
import type { PageSettings } from '../../src/page/status-of.js';
import { openSpool } from '../../src/spool/open-for-writing.js';
import { SpoolReader } from '../../src/spool/spool-reader.js';
import { NO_ALERTS } from '../no-alerts.js';
import { STARTED } from './started.js';

const PROMTOOL = spawnSync('promtool', ['--version']).status === 0;

let folder: string;
let spoolPath: string;
let trouble: string | null;
let live: Live;
const SETTINGS: PageSettings = {
  ...{ domain: 'respool.example.org', peer: null, names: false, thresholds: NO_ALERTS.thresholds },
  limits: { maxSize: 1 << 30, maxPerAccount: 10_000, maxAge: 86_400_000 },
};
const settings = () => SETTINGS;
let http: HttpServer;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'respool-http-'));
  spoolPath = join(folder, 'spool.db');
  trouble = null;
  live = STARTED;
  http = await serveHttp({
    ...{ host: '127.0.0.1', port: 0, spoolPath, settings },
    trouble: () => trouble,
    live: () => live,
  });
});
afterEach(async () => {
  await http.close();
  rmSync(folder, { recursive: true });
});

async function get(
  path: string,
  method = 'GET',
): Promise<{ status: number; type: string | null; body: string }> {
  const response = await fetch(http.url + path, { method });
  return { status: response.status, type: response.headers.get('content-type'), body: await response.text() };
}

function count(counts: Record<string, number>): void {
  const db = openSpool(spoolPath);
  const write = db.prepare(
    'INSERT INTO counter VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
  );
  for (const [name, value] of Object.entries(counts)) write.run(name, value);
  db.close();
}

test('/healthz gives the reason of a trouble', async () => {
  assert.deepEqual(await get('/healthz'), { status: 200, type: 'text/plain; charset=utf-8', body: 'ok\n' });
  trouble = 'not connected to ejabberd: away';
  const { status, body } = await get('/healthz');
  assert.deepEqual([status, body], [503, 'not connected to ejabberd: away\n']);
});

test('/metrics gives what is in the spool at that moment', async () => {
  count({ 'copies.message': 7, forged: 2, replayed: 3, pending: 4, last_copy_at: 1_500 });
  const first = await get('/metrics');
  assert.equal(first.status, 200);
  assert.match(first.type ?? '', /^text\/plain; version=0\.0\.4/);
  for (const line of [
    '# TYPE respool_copies_total counter',
    'respool_copies_total{kind="message"} 7',
    'respool_copies_total{kind="iq"} 0',
    'respool_forged_total 2',
    'respool_messages_total{outcome="replayed"} 3',
    'respool_messages_total{outcome="evicted"} 0',
    '# TYPE respool_pending gauge',
    'respool_pending 4',
    'respool_oldest_pending_seconds 0',
    'respool_last_copy_timestamp_seconds 1.5',
  ]) {
    assert.ok(first.body.split('\n').includes(line), `${line} in ${first.body}`);
  }
  count({ pending: 0 });
  assert.match((await get('/metrics')).body, /^respool_pending 0$/m);
});

test('the oldest message has an age, which is never below zero', async () => {
  count({});
  const reader = SpoolReader.open(spoolPath);
  const stats = reader.stats();
  reader.close();
  const aged = (now: number) => render({ stats: { ...stats, oldestAt: 1_000 }, live, now });
  assert.match(await aged(61_000), /^respool_oldest_pending_seconds 60$/m);
  assert.match(await aged(0), /^respool_oldest_pending_seconds 0$/m);
});

test('/metrics gives histograms: each bucket with all that is below it, whatever bounds were counted with', async () => {
  count({ 'time.proof.respool.100': 2, 'time.proof.respool.120': 1, 'time.proof.respool.more': 1 });
  count({
    'time.proof.respool.sum': 1_234_500,
    'time.replay_wait.first.2100': 1,
    'time.replay_wait.first.sum': 2_060,
  });
  const lines = (await get('/metrics')).body.split('\n');
  for (const line of [
    '# TYPE respool_proof_seconds histogram',
    'respool_proof_seconds_bucket{by="ejabberd",le="0.1"} 0',
    'respool_proof_seconds_bucket{by="respool",le="0.1"} 2',
    'respool_proof_seconds_bucket{by="respool",le="0.25"} 3',
    'respool_proof_seconds_bucket{by="respool",le="604800"} 3',
    'respool_proof_seconds_bucket{by="respool",le="+Inf"} 4',
    'respool_proof_seconds_sum{by="respool"} 1234.5',
    'respool_proof_seconds_count{by="respool"} 4',
    'respool_replay_wait_seconds_bucket{le="2.05"} 0',
    'respool_replay_wait_seconds_bucket{le="2.1"} 1',
    'respool_replay_wait_seconds_sum 2.06',
    'respool_end_age_seconds_count{outcome="expired"} 0',
  ]) {
    assert.ok(lines.includes(line), line);
  }
});

test('/metrics gives what the process knows of itself, whatever the spool says', async () => {
  count({ connected: 1, 'alert.disk_free': 0, last_copy_at: 1_500 });
  live = {
    ...{
      version: '1.2.3',
      startedAt: 5_000,
      connected: false,
      away: 'connect ECONNREFUSED 127.0.0.1:5347',
      acts: true,
      peer: null,
      lastCopyAt: 9_000,
      sessions: 3,
      pings: 7,
    },
    ...{ loopLag: 20, commit: 40, failing: true, backlog: 1234, lost: 2 },
    alerts: { ...STARTED.alerts, disk_free: 8_000 },
  };
  const { body } = await get('/metrics');
  for (const line of [
    'respool_connected 0',
    'respool_alert{alert="disk_free"} 1',
    'respool_last_copy_timestamp_seconds 9',
    'respool_start_timestamp_seconds 5',
    'respool_spool_failing 1',
    'respool_backlog_bytes 1234',
    'respool_copies_lost_total 2',
    'respool_sessions 3',
    'respool_pings_total 7',
    'respool_event_loop_lag_seconds 0.02',
    'respool_commit_seconds 0.04',
    'respool_build_info{version="1.2.3"} 1',
  ]) {
    assert.ok(body.split('\n').includes(line), `${line} in ${body}`);
  }
});

test('where the spool cannot be read, /metrics gives the rest, and it is tried again', async () => {
  live = { ...STARTED, failing: true };
  const { status, body } = await get('/metrics');
  assert.equal(status, 200);
  assert.match(body, /^respool_spool_failing 1$/m);
  assert.doesNotMatch(body, /respool_pending/);
  count({});
  assert.match((await get('/metrics')).body, /^respool_pending 0$/m);
});

test('the metrics are what promtool takes', {
  skip: PROMTOOL ? false : 'promtool is not installed',
}, async () => {
  count({ pending: 4, 'time.proof.respool.100': 2, 'time.proof.respool.sum': 120 });
  const { body } = await get('/metrics');
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: body,
    encoding: 'utf8',
  });
  assert.deepEqual([status, stdout + stderr], [0, '']);
});

test('anything else is 404; HEAD is GET without the body', async () => {
  for (const path of ['/page/', '/metrics/', '/favicon.ico', '/page/../package.json', '//', '/constructor'])
    assert.equal((await get(path)).status, 404, path);
  assert.equal((await get('/healthz', 'POST')).status, 404);
  assert.deepEqual(await get('/healthz?x=1', 'HEAD'), {
    status: 200,
    type: 'text/plain; charset=utf-8',
    body: '',
  });
});

test('the status page is served, may not be stored, and is of GET and HEAD alone', async () => {
  count({ pending: 4 });
  const response = await fetch(`${http.url}/`);
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'none'/);
  const answer = await fetch(`${http.url}/page/status.json`);
  assert.deepEqual([answer.status, answer.headers.get('cache-control')], [200, 'no-store']);
  assert.equal(((await answer.json()) as Status).spool?.pending, 4);
  assert.equal((await get('/', 'HEAD')).status, 200);
  assert.equal((await get('/page/status.json', 'POST')).status, 404);
});

test('an address that cannot be used is an HttpError that says why', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const told = { spoolPath, settings, trouble: () => null, live: () => live };
  const inUse = serveHttp({ host: '127.0.0.1', port, ...told });
  await assert.rejects(inUse, (error: unknown) => {
    assert.ok(error instanceof HttpError);
    assert.match(
      error.message,
      new RegExp(`127.0.0.1:${port}: another program listens there; set http.listen`),
    );
    return true;
  });
  other.close();
  const elsewhere = serveHttp({ host: '192.0.2.1', port: 0, ...told });
  await assert.rejects(elsewhere, /this machine has no such address/);
});

const NAMES = {
  counter: /^respool_[a-z_]+_total$/,
  gauge: /^respool_[a-z_]+(?<!_total)$/,
  histogram: /^respool_[a-z_]+_seconds$/,
};

test('every metric has the prefix, and a help text in one line', () => {
  for (const { name, type, help } of METRICS) {
    assert.match(name, NAMES[type]);
    assert.match(help, /^[^\n]{10,}$/);
  }
});

test('on the loopback interface it answers to an address and to localhost, and to no name that leads there', async () => {
  const { port } = new URL(http.url);
  const statusAs = (host: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port, path: '/healthz', headers: { host } }, response => {
        response.resume();
        resolve(response.statusCode);
      });
      asked.once('error', reject);
      asked.end();
    });
  for (const host of [`127.0.0.1:${port}`, 'localhost', `LOCALHOST:${port}`, `[::1]:${port}`])
    assert.equal(await statusAs(host), 200, host);
  for (const host of [
    'evil.example',
    `evil.example:${port}`,
    'localhost.evil.example',
    '127.0.0.1.evil.example',
  ])
    assert.equal(await statusAs(host), 403, host);
});
