import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FloodCopies } from '../../src/presence/flood-copies.js';
import { Message } from '../../src/tap/message.js';
import { type Jid, parseJid } from '../../src/xmpp/jid.js';
import { parse } from '../way.js';

const [ALICE, BOB] = ['alice@alpha.test/pc', 'bob@alpha.test'].map(jid => parseJid(jid)) as [Jid, Jid];

/** How many copies each counts for: of an id, with a stamp, at a moment. */
function counts(...copies: [id: string, stamp: number, at: number][]): number[] {
  const floods = new FloodCopies();
  return copies.map(([id, stamp, at]) => {
    const element = parse(`<message ${id === '' ? '' : `id='${id}'`}><body>hello</body></message>`);
    return floods.count(new Message(element, ALICE, BOB), { from: undefined, id, stamp }, at);
  });
}

test('copies of one emptying of the queue are counted together', () => {
  assert.deepEqual(counts(['a', 1, 0], ['b', 1, 5], ['a', 1, 10], ['a', 1, 50]), [1, 1, 2, 3]);
});

test('but not of two: what a session had not read is queued again, with its stamp', () => {
  assert.deepEqual(counts(['a', 1, 0], ['a', 1, 51], ['a', 2, 52]), [1, 1, 1]);
});

test('nor those without an id, of which an equal one may be another', () => {
  assert.deepEqual(counts(['', 1, 0], ['', 1, 1]), [1, 1]);
});
