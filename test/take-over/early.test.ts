import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { type Element, xml } from '@xmpp/component';
import { Early } from '../../src/take-over/early.js';
import { differences, goShape } from '../../src/take-over/successor.js';
import { Stream } from '../../src/xmpp/stream.js';

const stream = () => new Stream({ host: '', port: 1, domain: 'respool.example.org', secret: '' });
const stanza = (id: number) => xml('message', { id: `${id}` });

test('what comes early is given first, then what comes meanwhile and after, in order and once', async () => {
  const source = stream();
  const early = new Early(source);
  let next = 0;
  const come = (count: number) => {
    for (let n = 0; n < count; n++) source.emit('stanza', stanza(next++));
  };
  const given: string[] = [];
  come(1_000);
  const done = early.giveTo(({ attrs }: Element) => given.push(attrs.id ?? ''));
  await turn();
  come(1_000); // while the first are worked through
  assert.ok(given.length > 0 && given.length < 1_000, 'some at a time');
  assert.equal(await done, 0);
  come(10);
  assert.deepEqual(
    given,
    Array.from({ length: 2_010 }, (_, n) => `${n}`),
  );
});

test('memory for it has a bound; what is lost is counted', async () => {
  const source = stream();
  const early = new Early(source, 3);
  for (let n = 0; n < 5; n++) source.emit('stanza', stanza(n));
  let given = 0;
  assert.equal(await early.giveTo(() => given++), 2);
  assert.equal(given, 3);
});

test('one that cannot be read is told, and stops none of the others', async () => {
  const source = stream();
  const told: unknown[] = [];
  source.on('handlerError', error => told.push(error));
  const early = new Early(source);
  const why = new Error('bad');
  let given = 0;
  source.emit('stanza', stanza(1));
  source.emit('stanza', stanza(2));
  await early.giveTo(({ attrs }) => {
    given++;
    if (attrs.id === '1') throw why;
  });
  assert.deepEqual([told, given], [[why], 2]);
});

test('what the one before says of sessions is taken where it can be read, else they are found by pings', () => {
  const session = { jid: 'a@b/c', priority: 0, presence: '', availableFor: 1 };
  assert.deepEqual(goShape.parse({ go: [session] }), { go: [session] });
  assert.deepEqual(goShape.parse({ go: [{ name: 'of another version' }] }), { go: [] });
  assert.equal(goShape.safeParse('stop').success, false);
});

test('two places differ in keys of the config', () => {
  const here = { host: 'h', port: 1, domain: 'd', spool: '/s' };
  assert.deepEqual(differences(here, { ...here }), []);
  assert.deepEqual(differences(here, { ...here, port: 2, spool: '/t' }), ['component.port', 'spool.path']);
});
