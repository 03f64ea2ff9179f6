import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Directory } from '../../src/presence/directory.js';
import { Receptions } from '../../src/presence/receptions.js';
import type { Session } from '../../src/presence/session.js';
import { parseJid } from '../../src/xmpp/jid.js';

const BOB = 'bob@alpha.test';
const directory = new Directory();

function online(resource: string, priority: number): Session {
  const jid = parseJid(`${BOB}/${resource}`);
  assert.ok(jid);
  return directory.found(jid, priority, 0).session;
}

const phone = online('phone', 5);
const laptop = online('laptop', 0);

/** A message for bob without an id came twice, while a phone is sought that would get it in the laptop's place. */
function twice(): Receptions {
  const receptions = new Receptions();
  const of = {
    account: BOB,
    identity: 'ok',
    sentAt: 0,
    resource: '',
    isCounted: false,
    isStray: false,
    isResent: false,
    floor: 0,
  };
  for (const group of [1, 2]) receptions.open({ ...of, takers: [{ session: laptop, group }] }, 0);
  return receptions;
}

test('equal messages of which it is open who has them are decided together: the phone is found', () => {
  assert.deepEqual(twice().found(phone, 5, 0, false), [
    { do: 'give', session: phone, account: BOB, identity: 'ok' },
    { do: 'decide', session: laptop, group: 1, got: false },
    { do: 'decide', session: laptop, group: 2, got: false },
  ]);
});

test('or nobody else is there', () => {
  assert.deepEqual(twice().found(laptop, 0, 0, false), [
    { do: 'decide', session: laptop, group: 1, got: true },
    { do: 'decide', session: laptop, group: 2, got: true },
  ]);
});

test('or is not to be found: what has not been decided is sent', () => {
  const groups = twice()
    .giveUp(BOB)
    .map(one => (one.do === 'decide' ? [one.group, one.got] : one));
  assert.deepEqual(groups, [
    [1, false],
    [2, false],
  ]);
});

/** A message for the phone came so often to bob's other sessions, for the phone was not known. */
function strayed(takers: Session[], copies: number, { isResent = false, isSure = true } = {}) {
  const receptions = new Receptions();
  const of = {
    account: BOB,
    identity: 'm',
    sentAt: 0,
    resource: 'phone',
    isStray: takers.length > 0 || isResent,
  };
  const taken = takers.map((session, n) => ({ session, group: n + 1 }));
  const isCounted = takers.length > 1;
  const out = receptions.open({ ...of, takers: taken, isCounted, isResent, floor: 0 }, 0);
  for (let copy = 1; copy < copies; copy++) out.push(...receptions.another(BOB, 'm', 0).out);
  return { out: out.filter(one => one.do === 'decide'), shown: receptions.shown(phone, isSure, 100) };
}

const desk = online('desk', 0);

test('what was for a session that shows itself a moment later, the other one may not have got', () => {
  const { out, shown } = strayed([laptop], 1);
  assert.deepEqual([out, shown], [[], [{ do: 'decide', session: laptop, group: 1, got: false }]]);
});

test('but two copies are of two others, whether it shows itself or not', () => {
  const { out, shown } = strayed([laptop, desk], 2);
  const got = (session: Session, group: number) => ({ do: 'decide', session, group, got: true });
  assert.deepEqual([out, shown], [[got(laptop, 1), got(desk, 2)], []]);
});

test('and where nobody else was there, it has it', () => {
  assert.deepEqual(strayed([], 1).shown, [{ do: 'give', session: phone, account: BOB, identity: 'm' }]);
});

test('but nobody has it yet where another one may have been there', () => {
  assert.deepEqual(strayed([], 1, { isSure: false }).shown, []);
});

test('what its last session had not acknowledged, the next one has that shows itself', () => {
  assert.deepEqual(strayed([laptop], 1, { isResent: true }).shown, [
    { do: 'give', session: phone, account: BOB, identity: 'm' },
    { do: 'decide', session: laptop, group: 1, got: false },
  ]);
});
