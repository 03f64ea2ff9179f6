import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { callUrl } from '../../src/alerts/call-url.js';
import { heartbeatOf } from '../../src/daemon/makers.js';
import { Process } from '../cli/process.js';
import { Workspace } from '../cli/workspace.js';
import { FakeClock } from '../fake-clock.js';
import { QUIET } from '../quiet-log.js';
import { nextEvent, until } from '../wait.js';
import { FakeServer } from '../xmpp/fake-server.js';

let listener: Server;
let url: string;
let calls: (string | undefined)[];
beforeEach(async () => {
  calls = [];
  listener = createServer((request, response) => {
    calls.push(request.url);
    response.writeHead(204).end();
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/ping/token-hush`;
});
afterEach(() => {
  listener.closeAllConnections();
  listener.close();
});

describe('the heartbeat of the daemon', () => {
  const signs = {
    connection: { trouble: null as string | null },
    spool: { failure: null as string | null },
    alerts: { crossed: new Map<'pending', number>() },
  };
  const wrong: readonly [what: string, begin: () => void, end: () => void][] = [
    ['not connected', () => (signs.connection.trouble = 'away'), () => (signs.connection.trouble = null)],
    ['the spool cannot be written', () => (signs.spool.failure = 'full'), () => (signs.spool.failure = null)],
    ['an alert is crossed', () => signs.alerts.crossed.set('pending', 1), () => signs.alerts.crossed.clear()],
  ];
  for (const [what, begin, end] of wrong) {
    test(`is silent while ${what}`, async () => {
      const clock = new FakeClock();
      begin();
      const heartbeat = heartbeatOf({ log: QUIET }, { url, every: 60_000 }, signs, clock);
      await clock.pass(300_000);
      // what was sent before this one has come
      await callUrl(new URL('/own', url), { timeout: 5_000, signal: new AbortController().signal });
      assert.deepEqual(calls.splice(0), ['/own']);
      end();
      await clock.pass(1_000);
      await until('it is called', () => calls.length === 1);
      heartbeat.stop();
    });
  }

  test('comes from a daemon that is connected, by its config; no log has the URL', async () => {
    const work = new Workspace();
    const server = new FakeServer();
    await server.start();
    work.configure(
      server.port,
      `http: false\nlog: {level: debug}\nalerts: {heartbeat: "${url}", disk_free: false}\n`,
    );
    const daemon = new Process(['run', '-c', work.config]);
    await nextEvent(listener, 'request');
    daemon.child.kill('SIGTERM');
    const { code, stderr } = await daemon.ended();
    assert.equal(code, 0);
    assert.doesNotMatch(stderr, /token-hush/);
    await server.stop();
    work.remove();
  });
});
