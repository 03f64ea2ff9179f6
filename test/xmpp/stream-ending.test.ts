import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import type { Element } from '@xmpp/component';
import { Backoff } from '../../src/xmpp/backoff.js';
import { Stream } from '../../src/xmpp/stream.js';
import { nextEvent, until } from '../wait.js';
import { bodyOf, DOMAIN, message, open, openOnline, server, stanzas, writeChunk } from './stream-scene.js';

describe('confirming', () => {
  test('tells that the server has read what was sent before, and nobody else of the echo', async () => {
    const stream = await openOnline();
    const stanzas: Element[] = [];
    stream.on('stanza', element => stanzas.push(element));
    stream.send(message('1', 'x'));
    assert.equal(await stream.confirm(), true);
    assert.match(server.received, /id='1'/);
    assert.deepEqual(
      stanzas.map(({ name }) => name),
      ['message'],
    );
  });

  test('or that the stream has ended before, with which error', async () => {
    const stream = await openOnline();
    server.silent = true;
    const confirmed = stream.confirm();
    const offline = nextEvent(stream, 'offline');
    server.streamError('not-well-formed', 'unbound prefix');
    assert.equal(await confirmed, false);
    const [reason, , error] = (await offline) as [string, number, object];
    assert.equal(reason, 'stream error: not-well-formed, "unbound prefix"');
    assert.deepEqual(error, { condition: 'not-well-formed', said: 'not-well-formed, "unbound prefix"' });
    server.silent = false;
    await server.accept();
    await until('the stream is online', () => stream.online);
    await stream.stop();
    assert.equal(await stream.confirm(), false);
  });

  test('a connection that ends without a word has no error', async () => {
    const stream = await openOnline();
    const offline = nextEvent(stream, 'offline');
    server.closeConnection();
    assert.equal(((await offline) as unknown[])[2], null);
  });
});

describe('keep-alive', () => {
  test('a silent server is pinged; its answer keeps the stream, and is no stanza for others', async () => {
    const stream = await openOnline({ keepAlive: 8 });
    const seen = stanzas(stream);
    for (let pings = 0; pings < 5; pings++) {
      const iq = await server.element();
      assert.ok(iq.getChild('ping', 'urn:xmpp:ping'));
      assert.deepEqual([iq.attrs.from, iq.attrs.to, iq.attrs.type], [DOMAIN, DOMAIN, 'get']);
    }
    assert.deepEqual([stream.online, stream.counts.attempts, seen.length], [true, 1, 0]);
  });

  test('a half-open connection is given up', async () => {
    const stream = await openOnline({ keepAlive: 8 });
    server.silent = true;
    const [reason] = await nextEvent(stream, 'offline');
    assert.match(reason, /silent for 16 ms/);
    assert.equal(stream.counts.silent, 1);
    server.silent = false;
    await server.accept();
  });

  test('after 20 s a ping, before a minute the end; traffic counts as life', async t => {
    let tick: () => void = () => undefined;
    let every = 0;
    const real = setInterval;
    t.mock.method(globalThis, 'setInterval', (callback: () => void, ms: number) => {
      [tick, every] = [callback, ms];
      return real(() => undefined, ms);
    });
    const stream = await openOnline();
    server.silent = true;
    const pass = async (seconds: number) => {
      for (let passed = 0; passed < seconds * 1000; passed += every) {
        tick();
        for (let turns = 0; turns < 5; turns++) await turn();
      }
    };
    await pass(15);
    assert.doesNotMatch(server.received, /<ping/);
    const read = nextEvent(stream, 'stanza');
    await writeChunk(message('1', 'x'));
    await read;
    await pass(15);
    assert.doesNotMatch(server.received, /<ping/);
    await pass(5);
    assert.match(server.received, /<ping/);
    await pass(15);
    assert.ok(stream.online);
    await pass(5);
    assert.equal(stream.online, false);
  });
});

describe('stopping', () => {
  const quiet = async (stream: Stream) => {
    stream.on('online', () => assert.fail('online after stop()'));
    stream.on('offline', () => assert.fail('offline after stop()'));
    const { attempts } = stream.counts;
    await sleep(20);
    assert.equal(stream.counts.attempts, attempts);
    assert.equal(stream.online, false);
  };

  test('online: what was sent goes out, the stream is closed, what still comes is taken', async () => {
    const stream = await openOnline();
    const seen = stanzas(stream);
    stream.send(`<message from='${DOMAIN}' to='a@example.org' id='last'/>`); // to itself, it would come back
    const stopped = stream.stop();
    assert.equal(stream.send(message('late', 'x')), false);
    await server.write(message('still', 'x'));
    await stopped;
    assert.match(server.received, /id='last'.*<\/stream:stream>$/);
    assert.doesNotMatch(server.received, /late/);
    assert.deepEqual(
      seen.map(element => element.attrs.id),
      ['still'],
    );
    await quiet(stream);
  });

  test('online, and the server does not close its side', async () => {
    const stream = await openOnline({ closeTimeout: 20 });
    server.silent = true;
    await stream.stop();
    await quiet(stream);
  });

  test('while connecting, while waiting for the handshake', async () => {
    const connecting = open();
    await connecting.stop();
    await quiet(connecting);
    server.silent = true;
    const greeting = open();
    await nextEvent(server, 'connection');
    await greeting.stop();
    await quiet(greeting);
  });

  test('while waiting for the next attempt', async () => {
    await server.stop();
    const stream = open({ backoff: new Backoff({ first: 10, least: 10 }) });
    await nextEvent(stream, 'offline');
    await stream.stop();
    await quiet(stream);
    await server.start();
  });

  test('before start, twice, from a listener, after a refusal', async () => {
    const stream = new Stream({ host: '127.0.0.1', port: server.port, domain: DOMAIN, secret: 'wrong' });
    await stream.stop();
    stream.start();
    await nextEvent(stream, 'fatal');
    await stream.stop();
    const other = await openOnline();
    server.closeConnection();
    await new Promise<void>(resolve => other.once('offline', () => resolve(other.stop())));
    await Promise.all([other.stop(), other.stop()]);
    await quiet(other);
  });

  test('and starting again', async () => {
    const stream = await openOnline();
    await stream.stop();
    stream.start();
    await server.accept();
    await until('the stream is online', () => stream.online);
  });
});

describe('release', () => {
  const HALF = message('a', 'x');
  /** Lets the stream read half of a stanza. */
  async function half(stream: Stream): Promise<void> {
    const whole = nextEvent(stream, 'stanza');
    await server.write(message('0', '') + HALF.slice(0, -5));
    await whole;
  }

  test('lets go between two stanzas, with all written, and tells nothing', async () => {
    const stream = await openOnline();
    stream.on('offline', () => assert.fail('it has not been lost'));
    const heard: string[] = [];
    stream.on('stanza', ({ attrs }) => heard.push(attrs.id ?? ''));
    assert.ok(stream.fd !== null && stream.fd > 2);
    const first = nextEvent(stream, 'stanza');
    await server.write(message('a', 'whole') + message('b', 'and a half').slice(0, -20));
    await first; // the half that came with it is read too
    stream.send("<message from='c' to='server'><body>to the server</body></message>");
    const closed = nextEvent(server, 'closed');
    const released = stream.release();
    await writeChunk(message('b', 'and a half').slice(-20, -3));
    assert.equal(stream.online, true);
    await writeChunk('ge>');
    assert.equal(await released, true);
    await closed;
    assert.deepEqual(heard, ['a', 'b']);
    assert.match(server.received, /to the server<\/body><\/message>$/, 'no end of the stream');
    assert.deepEqual([stream.online, stream.fd, server.connections], [false, null, 1]);
  });

  test('waits no longer than it may, and the stream goes on', async () => {
    const stream = await openOnline({ releaseTimeout: 20 });
    await half(stream);
    assert.equal(await stream.release(), false);
    const [stanza] = await Promise.all([nextEvent(stream, 'stanza'), server.write(HALF.slice(-5))]);
    assert.equal(bodyOf(stanza[0]), 'x');
  });

  test('is off where the stream is lost meanwhile, or not there', async () => {
    const stream = await openOnline();
    await half(stream);
    const released = stream.release();
    server.resetConnection();
    assert.equal(await released, false);
    assert.equal(await new Stream({ host: '', port: 1, domain: DOMAIN, secret: '' }).release(), false);
  });
});
