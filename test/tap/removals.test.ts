import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Tap } from '../../src/tap/tap.js';
import { parse } from '../way.js';

const PHONE = 'bob@alpha.test/phone';
const ASK = (inside = '<remove/>', to = 'bob@alpha.test', from = PHONE) =>
  `<iq from='${from}' to='${to}' type='set' id='r'><query xmlns='jabber:iq:register'>${inside}</query></iq>`;
const ANSWER = (from: string, type = 'result', id = 'r') =>
  `<iq from='${from}' to='${PHONE}' type='${type}' id='${id}'/>`;

/** The accounts that are removed by what a session sends and gets. */
function removed(...stanzas: string[]): string[] {
  const tap = new Tap({ hosts: new Set(['alpha.test']), domain: 'respool.alpha.test' });
  return stanzas.flatMap(stanza => {
    const copy = `<message from='alpha.test' to='respool.alpha.test'><forwarded xmlns='urn:xmpp:forward:0'>${stanza.replace(' ', " xmlns='jabber:client' ")}</forwarded></message>`;
    return tap
      .read(parse(copy), 0)
      .events.flatMap(event => (event.kind === 'removed' ? [event.account] : []));
  });
}

describe('an account is removed', () => {
  test('when the server has said so, in one of the names that ejabberd takes for that', () => {
    assert.deepEqual(removed(ASK(), ANSWER(PHONE)), ['bob@alpha.test']);
    assert.deepEqual(removed(ASK(), ANSWER('bob@alpha.test')), ['bob@alpha.test']);
    assert.deepEqual(removed(ASK(undefined, 'alpha.test'), ANSWER('alpha.test')), ['bob@alpha.test']);
    const named = ASK('<remove/><username>Straße</username>', 'alpha.test');
    assert.deepEqual(removed(named, ANSWER('alpha.test')), ['strasse@alpha.test']);
  });

  test('once', () => {
    assert.deepEqual(removed(ASK(), ANSWER(PHONE), ANSWER(PHONE)), ['bob@alpha.test']);
  });

  test('not when it refuses, or answers something else', () => {
    assert.deepEqual(removed(ASK(), ANSWER(PHONE, 'error'), ANSWER(PHONE)), []);
    assert.deepEqual(removed(ASK(), ANSWER(PHONE, 'result', 'other')), []);
    assert.deepEqual(
      removed(ASK('<username>bob</username><password>new</password>'), ANSWER('alpha.test')),
      [],
    );
  });

  test('not when somebody else says so, or the session itself of another account', () => {
    for (const from of [
      'eve@alpha.test',
      'eve@alpha.test/pc',
      'far.test',
      'bob@alpha.test/laptop',
      'respool.alpha.test',
    ])
      assert.deepEqual(removed(ASK(), ANSWER(from)), [], from);
    const named = ASK('<remove/><username>eve</username><password>guessed</password>', 'alpha.test');
    assert.deepEqual(removed(named, ANSWER(PHONE)), []);
  });
});
