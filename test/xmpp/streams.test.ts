import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { Backoff } from '../../src/xmpp/backoff.js';
import { Streams } from '../../src/xmpp/streams.js';
import { nextEvent, until, within } from '../wait.js';
import { FakeServer } from './fake-server.js';

const DOMAIN = 'respool.example.org';
const HOSTS = ['127.0.0.1', '127.0.0.2'];
const message = (id: string) =>
  `<message from='a@example.org' to='${DOMAIN}' id='${id}'><body>x</body></message>`;

/** The nodes of a cluster. */
let first: FakeServer;
let second: FakeServer;
let streams: Streams;
/** What was told, in order. */
let told: string[];

beforeEach(async () => {
  [first, second] = [new FakeServer(), new FakeServer()];
  await first.start();
  await second.start(first.port, HOSTS[1]);
  const backoff = () => new Backoff({ first: 2, least: 1, most: 5 });
  streams = new Streams(HOSTS, { port: first.port, domain: DOMAIN, secret: 'secret', backoff: backoff() });
  told = [];
  for (const event of ['online', 'offline', 'node', 'away', 'fatal'] as const) {
    streams.on(event, (...about: unknown[]) => told.push(`${event} ${about[0] ?? ''}`.trim()));
  }
  streams.on('stanza', stanza => told.push(`${stanza.attrs.id}`));
});
afterEach(async () => {
  await streams.stop();
  await first.stop();
  await second.stop();
});

async function both(): Promise<void> {
  streams.start();
  await Promise.all([first.accept(), second.accept()]);
  await until('both are told of', () => told.length === 2);
}

/** Who gets what is sent now. */
async function receiver(id: string): Promise<FakeServer> {
  let resolve: (server: FakeServer) => void = () => undefined;
  const got = new Promise<FakeServer>(done => {
    resolve = done;
  });
  for (const server of [first, second]) {
    server.on('element', ({ attrs }) => attrs.id === id && resolve(server));
  }
  assert.equal(streams.send(message(id)), true);
  return within(`a node gets ${id}`, got);
}

describe('streams to the nodes of a cluster', () => {
  test('are one: it is there with the first of them, and gets the stanzas of all', async () => {
    await both();
    assert.deepEqual(
      told.map(one => one.split(' ')[0]),
      ['online', 'node'],
    );
    await first.write(message('one'));
    await until('it comes', () => told.includes('one'));
    await second.write(message('two'));
    await until('it comes', () => told.includes('two'));
  });

  test('what goes out takes one of them, and another where that is lost, which is an end and a new beginning', async () => {
    await both();
    const before = await receiver('a');
    assert.equal(await receiver('b'), before);
    const other = before === first ? second : first;
    told = [];
    before.resetConnection();
    const ends = () => told.filter(one => /^o(ff|n)line/.test(one));
    await until('it is told', () => ends().length >= 2);
    assert.match(ends()[0] ?? '', /^offline 127\.0\.0\.\d: /);
    assert.equal(ends()[1], 'online');
    assert.equal(streams.online, true);
    assert.equal(await receiver('c'), other);
    await before.accept();
    assert.equal(await receiver('d'), other);
  });

  test('a node that is not there is tried again, and nothing ends for it', async () => {
    await second.stop();
    streams.start();
    await first.accept();
    await until('it is there', () => streams.online);
    told = [];
    await until('it is told', () => told.some(one => one.startsWith('away 127.0.0.2')));
    assert.deepEqual(
      told.filter(one => !one.startsWith('away')),
      [],
    );
    await second.start(first.port, HOSTS[1]);
    await second.accept();
    await until('it is told of', () => told.includes('node 127.0.0.2'));
  });

  test('are gone with the last of them', async () => {
    await both();
    told = [];
    await Promise.all([first.stop(), second.stop()]);
    await until('it is told', () => !streams.online);
    assert.equal(told.filter(one => one === 'online').length, 1); // the other one went on for a moment
    assert.equal(streams.send(message('x')), false);
    assert.equal(await streams.confirm(), false);
  });

  test('end for good where all nodes refuse, and not for one that does', async () => {
    second.refusal = 'not-authorized';
    streams.start();
    await first.accept();
    await until('it is told', () => told.some(one => one.includes('refused the secret')));
    assert.equal(streams.online, true);
    assert.ok(!told.some(one => one.startsWith('fatal')));
    first.refusal = 'not-authorized';
    const fatal = nextEvent(streams, 'fatal');
    first.resetConnection();
    await fatal;
    assert.equal(streams.online, false);
  });

  test('are gone where the last node that was there refuses', async () => {
    second.refusal = 'not-authorized';
    streams.start();
    await first.accept();
    await until('it is told', () => told.some(one => one.includes('refused the secret')));
    const fatal = nextEvent(streams, 'fatal');
    first.streamError('conflict'); // another component takes its name
    await fatal;
    assert.equal(streams.online, false);
    assert.equal(streams.send(message('x')), false);
  });
});
