import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Company } from '../../src/presence/company.js';
import { type Entry, newEntry } from '../../src/presence/session.js';
import { parseJid } from '../../src/xmpp/jid.js';

const ROOM = 'garden@conference.alpha.test';
let keys = 0;

/** A session that is in the room. */
function inRoom(name: string): Entry {
  const jid = parseJid(`${name}@alpha.test/pc`);
  assert.ok(jid !== null);
  const session = newEntry(++keys, jid, 0);
  session.rooms = new Map([[ROOM, 0]]);
  return session;
}

/** Alice was in the room first; then these, one after the other. */
function withAlice(...others: Entry[]) {
  const ended = new Set<Entry>();
  const company = new Company(session => !ended.has(session));
  const alice = inRoom('alice');
  for (const session of [alice, ...others]) company.enters(ROOM, session);
  return { company, alice, ended };
}

test('nobody has company who is the first', () => {
  const { company, alice } = withAlice();
  assert.equal(company.hasOther(ROOM, alice), false);
});

test('however many have come since, and gone, who was there before them is company', () => {
  const others = [...Array(9).keys()].map(n => inRoom(`u${n}`));
  const { company } = withAlice(...others);
  for (const one of others.slice(0, -1)) one.rooms = null;
  assert.equal(company.hasOther(ROOM, others.at(-1) as Entry), true);
});

test('who has ended, or left, is none', () => {
  const [bob, carol] = [inRoom('bob'), inRoom('carol')];
  const { company, alice, ended } = withAlice(bob, carol);
  ended.add(alice);
  carol.rooms?.delete(ROOM);
  assert.equal(company.hasOther(ROOM, bob), false);
});
