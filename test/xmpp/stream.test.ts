import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Element } from '@xmpp/component';
import { Stream } from '../../src/xmpp/stream.js';
import { nextEvent, until } from '../wait.js';
import {
  bodyOf,
  DOMAIN,
  message,
  open,
  openOnline,
  server,
  stanzas,
  streams,
  writeChunk,
} from './stream-scene.js';

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
