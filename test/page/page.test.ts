import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, test } from 'node:test';
import { PATHS, pageFile } from '../../src/page/files.js';
import { OverviewThread } from '../../src/page/overview-thread.js';
import { HEADERS, Page, STATUS } from '../../src/page/page.js';
import type { Status } from '../../src/page/status.js';
import { STARTED } from '../monitor/started.js';
import { NO_ALERTS } from '../no-alerts.js';
import { emptyFile } from '../spool/empty.js';
import { newPath } from '../spool/opened.js';
import { until } from '../wait.js';

let spoolPath: string;
let page: Page;
beforeEach(() => {
  spoolPath = emptyFile(newPath());
  page = new Page({
    ...{ spoolPath, trouble: () => 'it starts', live: () => STARTED },
    settings: () => ({
      ...{ domain: 'respool.example.org', peer: null, names: false, thresholds: NO_ALERTS.thresholds },
      limits: { maxSize: 1, maxPerAccount: 2, maxAge: 3 },
    }),
  });
});
afterEach(() => page.close());

const text = (path: string) => `${pageFile(path)?.body}`;

async function status(): Promise<Status> {
  const answer = await page.get(STATUS);
  assert.equal(answer?.type, 'application/json');
  return JSON.parse(`${answer?.body}`);
}

test('whatever the page and its scripts load is served, and nothing is loaded from elsewhere', () => {
  const html = text('/');
  const loaded = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path);
  for (const path of PATHS.filter(one => one.endsWith('.js'))) {
    for (const [, other = ''] of text(path).matchAll(/^import .*'\.\/([^']+)'/gm))
      loaded.push(`page/${other}`);
  }
  const pages = loaded.filter(path => !['metrics', 'healthz'].includes(path));
  assert.deepEqual(
    [...new Set(pages)].map(path => `/${path}`).sort(),
    PATHS.filter(path => path !== '/').sort(),
  );
  assert.doesNotMatch(html + text('/page/page.css'), /https?:|@import|url\(|style="|<script>/);
});

test('each file has its type, and headers that keep the page to itself', async () => {
  const types = await Promise.all(PATHS.map(async path => (await page.get(path))?.type));
  assert.ok(
    types.every(type => /^(text\/(html|css|javascript); charset=utf-8|image\/svg\+xml)$/.test(type ?? '')),
  );
  const answer = await page.get('/');
  assert.deepEqual(answer?.headers, HEADERS);
  assert.match(HEADERS['content-security-policy'] ?? '', /^default-src 'none'; script-src 'self';/);
  assert.doesNotMatch(HEADERS['content-security-policy'] ?? '', /unsafe|\*|https?:|data:/);
});

test('no other file can be asked for', async () => {
  for (const path of ['/page/', '/page/main.ts', '/page/../page.js', '/constructor', '/package.json', '']) {
    assert.equal(await page.get(path), null, path);
  }
});

test('what it is told: the process, and the spool as it is at that moment', async () => {
  const { trouble, version, spool } = await status();
  assert.deepEqual([trouble, version, spool?.pending], ['it starts', STARTED.version, 0]);
  assert.ok((spool?.diskFree ?? 0) > 0);
});

test('where the spool cannot be read it says so, and reads it as soon as it can', async () => {
  rmSync(spoolPath);
  assert.equal((await status()).spool, null);
  emptyFile(spoolPath);
  assert.equal((await status()).spool?.pending, 0);
});

test('the thread that looks is there while somebody asks, and many that ask at once have one look', async () => {
  const thread = new OverviewThread(spoolPath, 50);
  assert.equal(thread.isThere, false);
  const [one, other] = await Promise.all([thread.read(1), thread.read(2)]);
  assert.ok(one !== null);
  assert.equal(one, other);
  assert.equal(thread.isThere, true);
  await until('it has ended', () => !thread.isThere);
  assert.ok((await thread.read(3)) !== null, 'and comes again');
  await thread.close();
});
