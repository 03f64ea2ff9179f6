import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { type HttpServer, serveHttp } from '../../../src/monitor/http.js';
import type { Live } from '../../../src/monitor/live.js';
import type { PageSettings } from '../../../src/page/status-of.js';
import { openSpool } from '../../../src/spool/open-for-writing.js';
import { STARTED } from '../../monitor/started.js';
import { NO_ALERTS } from '../../no-alerts.js';
import { emptyFile } from '../../spool/empty.js';
import { newPath } from '../../spool/opened.js';
import { Browser, type Watched } from './browser.js';

const MINUTE = 60_000;
const WIDTHS = [360, 800, 1440];
/** As long as a JID can be in three of its parts, and no place to break a line. */
const LONG = `${'n'.repeat(200)}@${'d'.repeat(60)}.example`;
const PEER = `${'respool'.repeat(8)}.${'x'.repeat(60)}.example`;

let browser: Browser;
let spoolPath: string;
let live: Live;
let trouble: string | null;
let settings: PageSettings;
let http: HttpServer;

before(async () => {
  browser = await Browser.open();
});
after(() => browser?.[Symbol.asyncDispose]());
beforeEach(async () => {
  spoolPath = emptyFile(newPath());
  live = { ...STARTED, startedAt: Date.now(), connected: true };
  trouble = null;
  settings = {
    ...{ domain: 'respool.example.org', peer: null, names: true, thresholds: NO_ALERTS.thresholds },
    limits: { maxSize: 4 * 2 ** 30, maxPerAccount: 10_000, maxAge: 14 * 86_400_000 },
  };
  http = await serveHttp({
    ...{ host: '127.0.0.1', port: 0, spoolPath },
    ...{ trouble: () => trouble, live: () => live, settings: () => settings },
  });
});
afterEach(() => http.close());

/** Ten million pending, much of everything else, names without end, and all alerts. */
function huge(): void {
  const db = openSpool(spoolPath);
  const now = Math.floor(Date.now() / MINUTE);
  const flow = db.prepare("INSERT INTO flow VALUES (?, 'delivered', 987654), (?, 'replayed', 12345)");
  for (let age = -2; age < 1500; age++) flow.run(now - age, now - age); // also the minutes in which it is looked at
  const age = db.prepare('INSERT INTO pending_age VALUES (?, 2000000)');
  for (const minutes of [1, 30, 300, 3000, 15_000]) age.run(now - minutes);
  const account = db.prepare('INSERT INTO account (id, jid, has_messages) VALUES (?, ?, 1)');
  const most = db.prepare('INSERT INTO account_most VALUES (?, ?)');
  for (let id = 1; id <= 12; id++) {
    account.run(id, `${id}${LONG}`);
    most.run(id, 10_000 - id);
  }
  db.exec("INSERT INTO counter VALUES ('pending', 10000000), ('domain.example.org', 5000000)");
  db.close();
  const since = Date.now() - 7 * MINUTE;
  settings = {
    ...{ ...settings, peer: PEER },
    limits: { ...settings.limits, maxSize: 1 << 20 },
    thresholds: {
      pending: 1000,
      oldest: 1000,
      success_rate: 0.99,
      disk_free: 1 << 30,
      disconnected_for: 1000,
    },
  };
  live = {
    ...{ ...STARTED, connected: false, acts: false, peer: false, sessions: 1e6, pings: 1e9, lost: 1e9 },
    alerts: { pending: since, oldest: since, success_rate: since, disk_free: since, disconnected_for: since },
  };
  trouble = `not connected to ejabberd: ${'x'.repeat(300)}`;
}

const text = ({ page }: Watched, selector: string) => page.locator(selector).first().textContent();

/** How many pixels of what is shown are beyond the right edge. */
const overflow = ({ page }: Watched) =>
  page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');

describe('the status page', () => {
  for (const [state, make] of Object.entries<() => void>({ empty() {}, huge })) {
    for (const width of WIDTHS) {
      test(`${state}, ${width} wide: all of it is to be seen, light and dark`, async () => {
        make();
        for (const dark of [false, true]) {
          const watched = await browser.look(`${http.url}/`, { width, dark });
          assert.equal(await overflow(watched), 0);
          const charts = watched.page.locator('.period canvas');
          assert.equal(await charts.count(), 6);
          for (const chart of await charts.all()) {
            const { width: wide = 0 } = (await chart.boundingBox()) ?? {};
            assert.ok(wide > 200 && wide < width, `${wide}`);
          }
          assert.deepEqual(watched.complaints, []);
          await watched.page.close();
        }
      });
    }
  }

  test('empty: it says that nothing was due and that there is nothing', async () => {
    const watched = await browser.look(`${http.url}/`);
    assert.equal(await text(watched, '#hour .big'), '– nothing was due');
    assert.equal(await text(watched, '#pending'), '0');
    assert.equal(await text(watched, '#oldest'), 'nothing is in the spool');
    for (const id of ['#most', '#domains'])
      assert.equal(await text(watched, `${id} td`), 'nothing is in the spool');
    await watched.page.close();
  });

  test('huge: the numbers are whole, the meter is full, and each alert has its words', async () => {
    huge();
    const watched = await browser.look(`${http.url}/`);
    assert.equal(await text(watched, '#pending'), '10,000,000');
    assert.equal(await text(watched, '#hour .figures dd'), (60 * 987_654).toLocaleString('en'));
    assert.equal(await watched.page.locator('#most tr').count(), 10);
    assert.equal(await text(watched, '#state'), 'not connected');
    assert.equal(await text(watched, '#role'), 'watches, the other respool is away');
    assert.equal(await watched.page.locator('#notices p').count(), 6);
    await watched.page.close();
  });

  test('dark is dark, light is light, and text stands out from what is behind it', async () => {
    huge();
    for (const dark of [false, true]) {
      const watched = await browser.look(`${http.url}/`, { dark });
      const [ground = 0] = await luminances(watched, 'body');
      assert.equal(ground < 0.1, dark, `${ground}`);
      for (const selector of [
        '.big',
        '.note',
        'dt',
        '.notice.bad',
        '.notice.warn',
        '.pill',
        'small',
        'footer',
        'a',
      ]) {
        const [behind = 0, front = 0] = await luminances(watched, selector);
        const contrast = (Math.max(behind, front) + 0.05) / (Math.min(behind, front) + 0.05);
        assert.ok(contrast >= 4.5, `${selector}, dark ${dark}: ${contrast}`);
      }
      await watched.page.close();
    }
  });

  test('pointed at, a chart says what was when', async () => {
    const db = openSpool(spoolPath);
    const now = Math.floor(Date.now() / MINUTE);
    for (let age = 0; age < 60; age++)
      db.prepare("INSERT INTO flow VALUES (?, 'replayed', 7)").run(now - age);
    db.close();
    const watched = await browser.look(`${http.url}/`);
    await watched.page.locator('#hour .u-over').nth(1).hover();
    assert.match(
      (await text(watched, '#hour .readout')) ?? '',
      /^\d\d:\d\d–\d\d:\d\d: 0 by ejabberd, 7 by respool$/,
    );
    await watched.page.close();
  });

  test('brought up to date, it makes nothing anew and moves nothing', async () => {
    const watched = await browser.look(`${http.url}/`);
    const { page } = watched;
    // it has been told what to show; the frame in which it shows that, and moves, may be still to come
    await page.evaluate('new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))');
    await page.evaluate(`
      window.moved = 0;
      window.made = 0;
      new PerformanceObserver(list => {
        for (const { value } of list.getEntries()) window.moved += value;
      }).observe({ type: 'layout-shift' });
      new MutationObserver(records => {
        for (const { addedNodes } of records) for (const { nodeType } of addedNodes) if (nodeType === 1) window.made++;
      }).observe(document.body, { childList: true, subtree: true });`);
    const db = openSpool(spoolPath);
    db.exec("INSERT INTO counter VALUES ('pending', 42)");
    db.close();
    await page.locator('#pending', { hasText: '42' }).waitFor(); // of itself
    const [moved = 1, made] = await page.evaluate<number[]>('[window.moved, window.made]');
    assert.equal(made, 0);
    assert.ok(moved < 0.001, `${moved}`); // what stands behind a number moves by its digits
    await page.close();
  });

  test('what comes with names and reasons is text, whatever it looks like', async () => {
    const db = openSpool(spoolPath);
    const name = '<img src=x onerror=alert(1)>\'"@example.org';
    db.prepare('INSERT INTO account (id, jid, has_messages) VALUES (1, ?, 1)').run(name);
    db.exec('INSERT INTO account_most VALUES (1, 1)');
    db.close();
    trouble = '<b>bold</b>';
    const watched = await browser.look(`${http.url}/`);
    assert.equal(await text(watched, '#most td span'), name);
    assert.equal(await watched.page.locator('#most img, #notices b').count(), 0);
    assert.deepEqual(watched.complaints, []);
    await watched.page.close();
  });
});

/** What is behind an element, and its text, from 0 (black) to 1, as WCAG 2 defines it. */
function luminances({ page }: Watched, selector: string): Promise<number[]> {
  return page.evaluate<number[]>(`(() => {
    const element = document.querySelector(${JSON.stringify(selector)});
    const of = colour => colour.match(/[\\d.]+/g).map(Number);
    const luminance = ([r, g, b]) => [r, g, b]
      .map(one => one / 255)
      .map(one => (one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
      .reduce((sum, one, index) => sum + one * [0.2126, 0.7152, 0.0722][index], 0);
    let ground = element;
    while (of(getComputedStyle(ground).backgroundColor)[3] === 0) ground = ground.parentElement;
    return [luminance(of(getComputedStyle(ground).backgroundColor)), luminance(of(getComputedStyle(element).color))];
  })()`);
}
