import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseJid } from '../../src/xmpp/jid.js';
import { matcherOf, parsePattern } from '../../src/xmpp/jid-pattern.js';

const CASES: [pattern: string, jid: string, isMeant: boolean][] = [
  ['bot@example.org', 'bot@example.org/pc', true],
  ['bot@example.org', 'Bot@Example.org/pc', true],
  ['bot@example.org', 'robot@example.org/pc', false],
  ['bot@example.org', 'bot@example.org.net/pc', false],
  ['Bot@Example.ORG', 'bot@example.org/pc', true],
  ['bot@example.org/pc', 'bot@example.org/pc', true],
  ['bot@example.org/pc', 'bot@example.org/PC', false],
  ['bot@example.org/pc', 'bot@example.org/pc2', false],
  ['*/go-sendxmpp.*', 'bob@example.org/go-sendxmpp.a547df91', true],
  ['*/go-sendxmpp.*', 'bob@example.org/go-sendxmpp', false],
  ['*/go-sendxmpp.*', 'bob@example.org/go-sendxmppXa547df91', false],
  ['*@bots.example.org', 'any@bots.example.org/pc', true],
  ['*@bots.example.org', 'any@example.org/pc@bots.example.org', false],
  ['b*t@example.org/a+(b)', 'bat@example.org/a+(b)', true],
];

describe('patterns of JIDs', () => {
  for (const [pattern, jid, isMeant] of CASES) {
    test(`${pattern} ${isMeant ? 'means' : 'does not mean'} ${jid}`, () => {
      const read = parsePattern(pattern);
      const session = parseJid(jid);
      assert.ok(read !== undefined && session !== null);
      assert.equal(matcherOf(new Set([read]))(session), isMeant);
    });
  }

  for (const text of ['', 'bot', 'example.org', 'example.org/pc', '@example.org', 'go-sendxmpp.*', 'a@b/']) {
    test(`"${text}" can mean no session`, () => assert.equal(parsePattern(text), undefined));
  }

  test('several mean what one of them means, and none mean nobody', () => {
    const session = parseJid('bob@example.org/pc');
    assert.ok(session !== null);
    assert.equal(matcherOf(new Set(['*/phone', 'eve@example.org', '*/p*c']))(session), true);
    assert.equal(matcherOf(new Set())(session), false);
  });
});
