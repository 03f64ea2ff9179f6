import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Backoff } from '../../src/xmpp/backoff.js';
import type { StreamFailure, StreamOptions } from '../../src/xmpp/stream-options.js';
import { found, nextEvent, until } from '../wait.js';
import { DOMAIN, message, open, openOnline, server } from './stream-scene.js';

describe('refusals', () => {
  const refused = async (refusal: string | null, options: Partial<StreamOptions> = {}) => {
    server.refusal = refusal;
    const stream = open(options);
    stream.on('offline', reason => assert.fail(`tried again after ${reason}`));
    const [failure] = (await nextEvent(stream, 'fatal')) as [StreamFailure];
    await sleep(20); // ten times the back-off of these tests
    assert.equal(server.connections, 1);
    assert.equal(stream.online, false);
    return failure;
  };

  test('a wrong secret is final, and the message says what to do but not the secret', async () => {
    const failure = await refused(null, { secret: 'hunter2' });
    assert.equal(failure.condition, 'not-authorized');
    assert.match(failure.message, new RegExp(`${DOMAIN} on 127.0.0.1:${server.port}.*component.secret`));
    assert.doesNotMatch(failure.message, /hunter2/);
  });

  for (const condition of [
    'conflict',
    'host-unknown',
    'invalid-namespace',
    'invalid-xml',
    'improper-addressing',
  ]) {
    test(`${condition} is final`, async () => {
      const failure = await refused(condition);
      assert.equal(failure.condition, condition);
      assert.match(failure.message, /component\.(domain|port)|under hosts/);
    });
  }

  for (const [condition, advice] of [
    ['conflict', /another component took over/],
    ['invalid-from', /check_from: false/],
  ] as const) {
    test(`${condition} is final after having been online, too`, async () => {
      const stream = await openOnline();
      stream.on('offline', reason => assert.fail(`tried again after ${reason}`));
      const fatal = nextEvent(stream, 'fatal');
      server.streamError(condition, 'Words of the server');
      const [failure] = (await fatal) as [StreamFailure];
      assert.match(failure.message, advice);
      assert.match(failure.message, /Words of the server/);
      await sleep(20);
      assert.equal(server.connections, 1);
    });
  }

  test('a secret beyond ASCII is hashed as ejabberd hashes it', async () => {
    server.secret = 'пароль-é';
    await openOnline({ secret: 'пароль-é' });
  });
});

describe('connecting again', () => {
  test('after a close, a reset, a stream error, the end of the stream', async () => {
    const stream = await openOnline();
    const reasons: string[] = [];
    stream.on('offline', reason => reasons.push(reason));
    for (const end of [
      () => server.closeConnection(),
      () => server.resetConnection(),
      () => server.streamError('system-shutdown'),
      () => server.streamError('constructor'),
      () => server.write('</stream:stream>'),
    ]) {
      end();
      await server.accept();
      await until('the stream is online', () => stream.online);
    }
    assert.deepEqual(reasons, [
      'the server closed the connection',
      'read ECONNRESET',
      'stream error: system-shutdown',
      'stream error: constructor',
      'the server closed the stream',
    ]);
  });

  test('for ever while nobody listens, with growing delays, and then it works', async () => {
    await server.stop();
    const stream = open({ backoff: new Backoff({ first: 1, most: 8, least: 1, random: () => 1 }) });
    const delays: number[] = [];
    stream.on('offline', (reason, retryIn) => {
      assert.match(reason, /ECONNREFUSED/);
      delays.push(retryIn);
    });
    await found('it tries six times', stream, 'offline', () => delays[5]);
    assert.deepEqual(delays.slice(0, 6), [1, 2, 4, 8, 8, 8]);
    assert.equal(stream.counts.online, 0);
    const { port } = server;
    await server.start(port);
    await server.accept();
  });

  // each with a server of its own: the connection that follows the last one is nobody's
  for (const [what, steady, expected] of [
    ['start afresh after a stream that stayed', 0, [1, 1, 1]],
    ['go on growing after a stream that went at once', 10_000, [1, 2, 4]],
  ] as const) {
    test(`the delays ${what}`, async () => {
      const stream = await openOnline({
        steady,
        backoff: new Backoff({ first: 1, least: 1, random: () => 1 }),
      });
      const delays: number[] = [];
      stream.on('offline', (_, retryIn) => delays.push(retryIn));
      for (let round = 0; round < 3; round++) {
        if (round > 0) await server.accept();
        server.closeConnection();
      }
      await found('it tries three times', stream, 'offline', () => delays[2]);
      assert.deepEqual(delays, expected);
    });
  }

  test('a name that does not resolve is a reason to try again', async () => {
    const stream = open({ host: 'respool.invalid' });
    const [reason] = await nextEvent(stream, 'offline');
    assert.match(reason, /ENOTFOUND|EAI_AGAIN/);
  });

  test('a server that never answers, or not to the handshake, is given up in time', async () => {
    server.silent = true;
    const stream = open({ connectTimeout: 100 });
    const reasons: string[] = []; // a busy machine may lack the time to connect
    stream.on('offline', reason => reasons.push(reason));
    await until('it is given up', () => reasons.includes('no answer to the handshake within 100 ms'));
    server.silent = false;
    await server.accept();
    await until('the stream is online', () => stream.online);
    await sleep(150);
    assert.ok(stream.online, 'the time for the handshake is over, and no matter any more');
  });

  test('a server slower than the time-out of the library (2 s) is waited for', async () => {
    server.silent = true;
    const stream = open();
    stream.on('offline', reason => assert.fail(reason));
    await nextEvent(server, 'connection');
    await sleep(2_200); // longer than the library would wait
    await server.write(`<stream:stream xmlns:stream='http://etherx.jabber.org/streams' id='1'>`);
    await server.write('<handshake/>');
    await nextEvent(stream, 'online');
  });

  test('nothing of a lost stream goes out on the next', async () => {
    const stream = await openOnline();
    stream.send(message('old', 'x'));
    server.resetConnection();
    stream.send(message('old', 'x'));
    await nextEvent(stream, 'offline');
    await server.accept();
    await until('the stream is online', () => stream.online);
    const element = server.element();
    assert.ok(stream.send(message('new', 'x')));
    assert.equal((await element).attrs.id, 'new');
    assert.doesNotMatch(server.received, /old/);
  });
});

test('a port that speaks no XMPP is given up in time', async () => {
  const http: Server = createServer(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n<html></html>'));
  http.listen(0, '127.0.0.1');
  await nextEvent(http, 'listening');
  const address = http.address();
  assert.ok(typeof address === 'object' && address);
  const stream = open({ port: address.port });
  const [reason] = await nextEvent(stream, 'offline');
  assert.match(reason, /malformed XML|closed the connection/);
  await stream.stop();
  http.close();
});
