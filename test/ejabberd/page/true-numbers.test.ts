import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type HttpServer, serveHttp } from '../../../src/monitor/http.js';
import { pageSettingsOf } from '../../../src/page/settings.js';
import type { Client } from '../client.js';
import { scene } from '../scene.js';
import { Browser, type Watched } from './browser.js';

describe('the status page of a respool at work', () => {
  const stage = scene({ offlineLimit: 3, resumeTimeout: 2 });
  let browser: Browser;
  let http: HttpServer;
  let names = false;
  let watched: Watched;
  let alice: Client;

  /** As `respool run` serves it. */
  const serve = (port = 0) =>
    serveHttp({
      ...{ host: '127.0.0.1', port, spoolPath: stage.respool.config.spool.path },
      trouble: () => stage.respool.trouble,
      live: () => stage.respool.live,
      settings: () => ({ ...pageSettingsOf(stage.respool.config, stage.respool.config.spool), names }),
    });

  before(async () => {
    http = await serve();
    browser = await Browser.open();
    alice = await stage.login(`${await stage.user('alice')}/pc`);
    watched = await browser.look(`${http.url}/`);
  });
  after(async () => {
    await browser?.[Symbol.asyncDispose]();
    await http?.close();
  });

  const shows = (selector: string, text: string) => Browser.shows(watched, selector, text);
  const figure = (period: string, kind: string) => `#${period} .figures > div:nth-child(${KINDS[kind]}) dd`;
  const KINDS: Record<string, number> = { ejabberd: 1, respool: 2, lost: 3 };
  /** What was saved by a cause in the last hour. */
  const saved = (cause: number) => `#saved tr:nth-child(${cause}) td:nth-child(2)`;

  test('it is connected, and nothing is pending', async () => {
    await shows('#state', 'connected');
    await shows('#pending', '0');
    await shows('#domain', stage.server.domain);
    assert.equal(await watched.page.locator('#role').isVisible(), false, 'there is no other respool');
  });

  test('a message for somebody who is away is pending, by age and by account, without a name', async () => {
    const bob = await stage.user('bob');
    alice.message(bob, 'one');
    alice.message(bob, 'two');
    await alice.flush();
    await shows('#pending', '2');
    await shows('#ages tr td.number', '2');
    await shows('#most tr td span', 'no. 1');
    await shows('#most tr td.number', '2');
    await shows('#domains tr td span', stage.server.host);
    assert.doesNotMatch(await watched.page.content(), /bob/);
    names = true;
    await shows('#most tr td span', bob);
    names = false;
    await shows('#most tr td span', 'no. 1');
    await stage.server.purgeOffline(bob, 2);
    const phone = await stage.login(`${bob}/phone`);
    await phone.bodies(2);
  });

  test('replayed and proved, it counts as saved, in each of the times, and is pending no more', async () => {
    for (const period of ['hour', 'day', 'month']) await shows(figure(period, 'respool'), '2');
    await shows(saved(2), '2'); // purge
    await shows(saved(1), '0');
    await shows('#pending', '0');
    await shows('#most tr td', 'nothing is in the spool');
    await shows('#hour .big span', '100 %');
    assert.match((await watched.page.textContent('#hour .big')) ?? '', /of \d+ due delivered/);
  });

  test('what ejabberd delivers counts as its own', async () => {
    const carol = await stage.login(`${await stage.user('carol')}/phone`);
    await stage.respool.until('she is known', () => stage.respool.live.sessions >= 2);
    const delivered = stage.respool.counter('delivered');
    for (const text of ['a', 'b', 'c']) alice.message(carol.jid, text);
    await carol.bodies(3);
    await stage.respool.until('all is proved', () => stage.respool.counter('delivered') === delivered + 3);
    await shows(figure('hour', 'ejabberd'), `${delivered + 3}`);
    await shows('#daemon dd', `${stage.respool.live.sessions}`);
  });

  test('while ejabberd is away, it says so and why; then that it is back', async () => {
    const connected = stage.respool.connected();
    await stage.server.kill();
    await shows('#state', 'not connected');
    await watched.page.locator('#notices .bad', { hasText: 'Not connected to ejabberd' }).waitFor();
    await stage.server.start();
    await connected;
    await shows('#state', 'connected');
    assert.equal(await watched.page.locator('#notices p').count(), 0);
  });

  test('it has asked nobody but respool, and complained of nothing', () => {
    const origins = new Set(watched.requests.map(address => new URL(address).origin));
    assert.deepEqual([...origins], [http.url]);
    assert.deepEqual(watched.complaints, []);
  });

  test('while respool does not answer, it says since when, and what is shown stays; then it goes on', async () => {
    const { port } = new URL(http.url);
    await http.close();
    await shows('#state', 'no answer');
    await watched.page.locator('main.stale').waitFor();
    const notice = await watched.page.textContent('#notices .bad');
    assert.match(
      notice ?? '',
      /^respool has not answered since [\d:]{8} \(.+\)\. What is shown is as of [\d:]{8}\./,
    );
    await shows(figure('hour', 'respool'), '2');
    http = await serve(Number(port));
    await shows('#state', 'connected');
    await watched.page.locator('main:not(.stale)').waitFor();
    assert.equal(await watched.page.locator('#notices p').count(), 0);
  });
});
