import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import type { Element } from '@xmpp/component';
import { Backoff } from '../../src/xmpp/backoff.js';
import { Stream } from '../../src/xmpp/stream.js';
import type { StreamFailure, StreamOptions } from '../../src/xmpp/stream-options.js';
import { found, nextEvent, until } from '../wait.js';
import { FakeServer } from './fake-server.js';

const DOMAIN = 'respool.example.org';
const message = (id: string, body: string) =>
  `<message from='a@example.org' to='${DOMAIN}' id='${id}'><body>${body}</body></message>`;
const bodyOf = (element: Element) => element.getChildText('body');

let server: FakeServer;
let streams: Stream[];
const unhandled: unknown[] = [];
process.on('unhandledRejection', reason => unhandled.push(reason));

beforeEach(async () => {
  streams = [];
  server = new FakeServer();
  await server.start();
});
afterEach(async () => {
  await Promise.all(streams.map(stream => stream.stop()));
  await server.stop();
  await turn();
  assert.deepEqual(unhandled, []);
});

/** A stream to the fake server, with a back-off of next to nothing. */
function open(options: Partial<StreamOptions> = {}): Stream {
  const backoff = new Backoff({ first: 2, least: 1, most: 5 });
  const stream = new Stream({
    host: '127.0.0.1',
    port: server.port,
    domain: DOMAIN,
    secret: 'secret',
    backoff,
    ...options,
  });
  streams.push(stream);
  stream.start();
  return stream;
}

async function openOnline(options: Partial<StreamOptions> = {}): Promise<Stream> {
  const stream = open(options);
  await Promise.all([nextEvent(stream, 'online'), server.accept()]);
  return stream;
}

/** Lets the stream read what was written as a chunk of its own. */
async function writeChunk(bytes: Uint8Array | string): Promise<void> {
  await server.write(bytes);
  for (let turns = 0; turns < 3; turns++) await turn();
}

function stanzas(stream: Stream): Element[] {
  const seen: Element[] = [];
  stream.on('stanza', element => seen.push(element));
  return seen;
}

describe('reading', () => {
  test('text arrives intact, at whatever byte TCP divides it', async () => {
    const stream = await openOnline();
    const seen = stanzas(stream);
    // Two, three and four bytes a character; combining marks; a family of joined emoji; attributes; references.
    const body = 'Grüße, 你好世界 — e\u0301\u0323 👩‍👩‍👧‍👦 𠜎 नि ﷽ &lt;&#x1F600;&amp;';
    const text = 'Grüße, 你好世界 — e\u0301\u0323 👩‍👩‍👧‍👦 𠜎 नि ﷽ <😀&';
    const bytes = Buffer.from(
      `<message from='example.org' to='${DOMAIN}' id='号😀'><forwarded xmlns='urn:xmpp:forward:0'>` +
        `<message xmlns='jabber:client' from='žofie@example.org/Тел'><body>${body}</body></message></forwarded></message>`,
    );
    for (let at = 1; at < bytes.length; at++) {
      await writeChunk(bytes.subarray(0, at));
      await server.write(bytes.subarray(at));
    }
    await until('all stanzas are read', () => seen.length === bytes.length - 1);
    for (const [at, copy] of seen.entries()) {
      const inner = copy.getChild('forwarded', 'urn:xmpp:forward:0')?.getChild('message', 'jabber:client');
      assert.ok(inner, `divided at ${at + 1}`);
      assert.deepEqual(
        [copy.attrs.id, inner.attrs.from],
        ['号😀', 'žofie@example.org/Тел'],
        `divided at ${at + 1}`,
      );
      assert.equal(bodyOf(inner), text, `divided at ${at + 1}`);
    }
    assert.equal(stream.counts.malformed, 0);
  });

  test('byte by byte', async () => {
    const stream = await openOnline();
    const seen = stanzas(stream);
    for (const byte of Buffer.from(message('1', '👍🏽é'))) await writeChunk(Buffer.of(byte));
    await until('all stanzas are read', () => seen.length === 1);
    assert.equal(bodyOf(seen[0] as Element), '👍🏽é');
  });

  test('stanzas in the chunk of the handshake come after online, none is lost', async () => {
    const stream = open();
    const order: string[] = [];
    stream.on('online', () => order.push('online'));
    stream.on('stanza', element => order.push(element.attrs.id ?? ''));
    server.on('online', () => server.write(message('1', 'x') + message('2', 'x')));
    await until('all has come', () => order.length === 3);
    assert.deepEqual(order, ['online', '1', '2']);
  });

  test('an illegal character reference ends the stream, not the process; what came before it counts', async () => {
    const stream = await openOnline();
    const seen = stanzas(stream);
    const [[reason]] = await Promise.all([
      nextEvent(stream, 'offline'),
      server.write(message('1', 'good') + message('2', 'bad &#0;') + message('3', 'never seen')),
    ]);
    assert.match(reason, /malformed XML: Illegal XML character 0x0/);
    assert.deepEqual(seen.map(bodyOf), ['good']);
    assert.equal(stream.counts.malformed, 1);
    await server.accept();
    await server.write(message('4', 'good again'));
    await until('all stanzas are read', () => seen.length === 2);
  });

  test('malformed XML of any kind ends the stream without repeating the text', async () => {
    for (const bad of ['<a>private</b>', '<body>private & private;</body>', '</stream:stream>private<x/>']) {
      const stream = await openOnline();
      const [[reason]] = await Promise.all([nextEvent(stream, 'offline'), server.write(bad)]);
      assert.match(reason, /malformed XML|closed the stream/);
      assert.doesNotMatch(reason, /private/);
      await stream.stop();
      await turn();
    }
  });

  test('a listener that throws is reported, and the next stanza comes', async () => {
    const stream = await openOnline();
    const errors: unknown[] = [];
    const seen: string[] = [];
    stream.on('handlerError', (error, event) => errors.push([(error as Error).message, event]));
    stream.on('stanza', element => {
      seen.push(element.attrs.id ?? '');
      if (element.attrs.id === '1') throw new Error('boom');
    });
    await server.write(message('1', 'x') + message('2', 'x'));
    await until('all stanzas are read', () => seen.length === 2);
    assert.deepEqual(errors, [['boom', 'stanza']]);
    assert.equal(stream.counts.handlerErrors, 1);
    assert.ok(stream.online);
  });

  test('a listener that throws with nobody to report to becomes a process warning', async () => {
    const stream = await openOnline();
    const warning = nextEvent(process, 'warning');
    stream.on('stanza', () => {
      throw new Error('boom');
    });
    await server.write(message('1', 'x'));
    assert.equal((await warning)[0].message, 'boom');
  });
});

describe('reading much', () => {
  test('a stanza of megabytes takes no more time for its length', async () => {
    const stream = await openOnline();
    const seen = stanzas(stream);
    const body = 'x'.repeat(3 << 20);
    const { user } = process.cpuUsage();
    await server.write(message('1', body));
    await until('all stanzas are read', () => seen.length === 1);
    const took = (process.cpuUsage().user - user) / 1000;
    assert.equal(bodyOf(seen[0] as Element)?.length, body.length);
    assert.ok(took < 500, `${took} ms`); // some 10; to look at each character anew for every chunk takes 1200
  });

  test('what is too big or too deep is passed over and said, and the stream goes on', async () => {
    const stream = await openOnline();
    const seen = stanzas(stream);
    const reasons: string[] = [];
    stream.on('dropped', reason => reasons.push(reason));
    await server.write(message('1', 'x'.repeat(5 << 20)));
    await server.write(message('2', `</body>${'<x>'.repeat(200)}${'</x>'.repeat(200)}<body>`));
    await server.write(message('3', 'small'));
    await until('all stanzas are read', () => seen.length === 1);
    assert.equal(seen[0]?.attrs.id, '3');
    assert.deepEqual(reasons, ['of more than 4194304 characters', 'nested deeper than 100 elements']);
    assert.equal(stream.counts.malformed, 0);
  });
});

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
    server = new FakeServer();
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

describe('sending', () => {
  test('offline: false, and nothing happens', async () => {
    const stream = new Stream({ host: '127.0.0.1', port: server.port, domain: DOMAIN, secret: 'secret' });
    streams.push(stream);
    assert.equal(stream.send(message('1', 'x')), false);
    stream.start();
    assert.equal(stream.send(message('2', 'x')), false);
    await server.accept();
    await until('the stream is online', () => stream.online);
    await stream.stop();
    assert.equal(stream.send(message('3', 'x')), false);
    assert.equal(stream.bufferedBytes, 0);
    assert.doesNotMatch(server.received, /<message/);
  });

  test('into a connection that just broke: nothing throws or rejects', async () => {
    const stream = await openOnline();
    server.resetConnection();
    for (let count = 0; count < 100 && stream.online; count++) {
      stream.send(message(String(count), 'x'));
      await turn();
    }
    await server.accept();
  });

  test('in order, gathered into one write a turn', async () => {
    const stream = await openOnline();
    let drains = 0;
    stream.on('drain', () => drains++);
    for (let id = 0; id < 100; id++) assert.ok(stream.send(message(String(id), '你好')));
    assert.ok(stream.bufferedBytes > 100 * 50);
    await server.element(element => element.attrs.id === '99');
    const ids = [...server.received.matchAll(/ id='(\d+)'/g)].map(match => Number(match[1]));
    assert.deepEqual(ids, [...Array(100).keys()]);
    assert.deepEqual([drains, stream.bufferedBytes], [1, 0]);
  });

  test('shows when the server does not keep up, and drains when it does', async () => {
    const stream = await openOnline();
    server.pause();
    const big = message('1', 'x'.repeat(1 << 20));
    for (let count = 0; count < 16; count++) {
      stream.send(big);
      await turn();
    }
    assert.ok(stream.bufferedBytes > 1 << 20, `${stream.bufferedBytes}`);
    const drained = nextEvent(stream, 'drain');
    server.resume();
    await drained;
    assert.equal(stream.bufferedBytes, 0);
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
    server = new FakeServer();
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
