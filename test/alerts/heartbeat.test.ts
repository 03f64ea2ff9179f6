import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { callUrl } from '../../src/alerts/call-url.js';
import { Heartbeat } from '../../src/alerts/heartbeat.js';
import type { Log } from '../../src/monitor/log.js';
import { FakeClock } from '../fake-clock.js';

const URL_WITH_TOKEN = 'https://user:hush@beats.example/ping/token-hush?key=hush';

describe('the heartbeat', () => {
  let clock: FakeClock;
  let lines: string[];
  let calls: number[];
  let trouble: string | null;
  /** Each call ends with what this gives. */
  let outcome: () => Promise<string | null>;
  let heartbeat: Heartbeat;
  beforeEach(() => {
    clock = new FakeClock();
    [lines, calls, trouble] = [[], [], null];
    outcome = async () => null;
    const keep = (line: string, fields = {}) => void lines.push(line, JSON.stringify(fields));
    const log: Log = { debug: keep, info: keep, warn: keep, error: keep };
    heartbeat = new Heartbeat({
      url: URL_WITH_TOKEN,
      every: 60_000,
      trouble: () => trouble,
      clock,
      log,
      async call() {
        calls.push(clock.now());
        return outcome();
      },
    });
  });
  afterEach(() => heartbeat.stop());

  test('is there at once, and then once a minute', async () => {
    await clock.pass(1_000);
    assert.equal(calls.length, 1);
    await clock.pass(180_000);
    assert.equal(calls.length, 4);
    const gaps = calls.slice(1).map((at, index) => at - (calls[index] ?? 0));
    assert.ok(
      gaps.every(gap => gap >= 60_000),
      gaps.join(),
    );
  });

  test('is silent while something is wrong, and there again when it is right', async () => {
    trouble = 'pending';
    await clock.pass(600_000);
    assert.equal(calls.length, 0);
    trouble = null;
    await clock.pass(1_000);
    assert.equal(calls.length, 1);
  });

  test('has one call at a time', async () => {
    let end: (why: string | null) => void = () => undefined;
    outcome = () => new Promise(resolve => (end = resolve));
    await clock.pass(600_000);
    assert.equal(calls.length, 1);
    end(null);
    await clock.pass(1_000);
    assert.equal(calls.length, 2);
  });

  test('says once that the URL cannot be called and once that it answers again, with its host alone', async () => {
    outcome = async () => 'it answers 500';
    await clock.pass(300_000);
    outcome = async () => null;
    await clock.pass(300_000);
    const host = '{"host":"beats.example"}';
    assert.deepEqual(lines, [
      'alerts.heartbeat: beats.example cannot be called: it answers 500; respool goes on trying',
      host,
      'alerts.heartbeat: beats.example answers again',
      host,
    ]);
  });

  test('ends without another call', async () => {
    heartbeat.stop();
    await clock.pass(600_000);
    assert.equal(calls.length, 0);
  });
});

describe('a call of a URL', () => {
  let server: Server;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  let base: string;
  beforeEach(async () => {
    server = createServer((request, response) => answer(request, response)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
  });
  const call = (path = '/', timeout = 5_000, signal = new AbortController().signal) =>
    callUrl(new URL(base + path), { timeout, signal });

  test('is a GET of all of it, and any 2xx will do', async () => {
    const seen: unknown[] = [];
    answer = ({ method, url }, response) => {
      seen.push(method, url);
      response.writeHead(204).end();
    };
    assert.equal(await call('/ping/token?key=1'), null);
    assert.deepEqual(seen, ['GET', '/ping/token?key=1']);
  });

  test('what is no 2xx is a failure, and a redirection is not followed', async () => {
    answer = (_request, response) => response.writeHead(500).end();
    assert.equal(await call(), 'it answers 500');
    answer = (_request, response) => response.writeHead(301, { location: 'http://elsewhere.example/' }).end();
    assert.match((await call()) ?? '', /^it answers 301, which is a redirection/);
  });

  test('an answer without end is not read', async () => {
    answer = (_request, response) => void response.writeHead(200).write('x'.repeat(1_000));
    assert.equal(await call(), null);
  });

  test('no answer: it ends in its time, or when it is told to', async () => {
    answer = () => undefined;
    assert.equal(await call('/', 20), 'no answer within 0.02 s');
    const stop = new AbortController();
    const cut = call('/', 60_000, stop.signal);
    stop.abort();
    assert.equal(await cut, 'it was cut short');
  });

  test('nobody listens: the reason, without the URL', async () => {
    answer = () => undefined;
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    assert.equal(await call('/token'), `connect ECONNREFUSED 127.0.0.1:${port}`);
  });
});
