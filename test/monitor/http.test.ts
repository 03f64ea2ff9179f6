import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { HttpError, type HttpServer, serveHttp } from '../../src/monitor/http.js';
import { METRICS, render } from '../../src/monitor/metrics.js';
import { openSpool } from '../../src/spool/open.js';
import { SpoolReader } from '../../src/spool/queries.js';

let folder: string;
let spoolPath: string;
let trouble: string | null;
let http: HttpServer;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'respool-http-'));
  spoolPath = join(folder, 'spool.db');
  trouble = null;
  http = await serveHttp({ host: '127.0.0.1', port: 0, spoolPath, trouble: () => trouble });
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
  count({ 'copies.message': 7, forged: 2, replayed: 3, pending: 4, connected: 1, last_copy_at: 1_500 });
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
    'respool_connected 1',
    'respool_last_copy_timestamp_seconds 1.5',
  ]) {
    assert.ok(first.body.split('\n').includes(line), `${line} in ${first.body}`);
  }
  assert.doesNotMatch(first.body, /respool_start_timestamp_seconds/);
  count({ pending: 0, connected: 0 });
  const { body } = await get('/metrics');
  assert.match(body, /^respool_pending 0$/m);
  assert.match(body, /^respool_connected 0$/m);
});

test('the oldest message has an age, which is never below zero', async () => {
  count({});
  const reader = SpoolReader.open(spoolPath);
  const stats = reader.stats();
  reader.close();
  assert.match(await render({ ...stats, oldestAt: 1_000 }, 61_000), /^respool_oldest_pending_seconds 60$/m);
  assert.match(await render({ ...stats, oldestAt: 1_000 }, 0), /^respool_oldest_pending_seconds 0$/m);
});

test('a spool that cannot be read is a 503 with its reason, and is tried again', async () => {
  const { status, body } = await get('/metrics');
  assert.equal(status, 503);
  assert.match(body, /there is no spool at/);
  count({});
  assert.equal((await get('/metrics')).status, 200);
});

test('anything else is 404; HEAD is GET without the body', async () => {
  for (const path of ['/', '/metrics/', '/favicon.ico']) assert.equal((await get(path)).status, 404, path);
  assert.equal((await get('/healthz', 'POST')).status, 404);
  assert.deepEqual(await get('/healthz?x=1', 'HEAD'), {
    status: 200,
    type: 'text/plain; charset=utf-8',
    body: '',
  });
});

test('an address that cannot be used is an HttpError that says why', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const inUse = serveHttp({ host: '127.0.0.1', port, spoolPath, trouble: () => null });
  await assert.rejects(inUse, (error: unknown) => {
    assert.ok(error instanceof HttpError);
    assert.match(
      error.message,
      new RegExp(`127.0.0.1:${port}: another program listens there; set http.listen`),
    );
    return true;
  });
  other.close();
  const elsewhere = serveHttp({ host: '192.0.2.1', port: 0, spoolPath, trouble: () => null });
  await assert.rejects(elsewhere, /this machine has no such address/);
});

test('every metric has the prefix, and a help text in one line', () => {
  for (const { name, type, help } of METRICS) {
    assert.match(name, type === 'counter' ? /^respool_[a-z_]+_total$/ : /^respool_[a-z_]+(?<!_total)$/);
    assert.match(help, /^[^\n]{10,}$/);
  }
});
