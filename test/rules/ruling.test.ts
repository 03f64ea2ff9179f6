import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CALL_LIFE, type Ruling, replacesAnother, rulingOn } from '../../src/rules/ruling.js';
import { TABLE } from '../../src/rules/table.js';
import { parseJid } from '../../src/xmpp/jid.js';
import { parse } from '../way.js';
import { kinds } from './kinds.js';

const ACCOUNT = 'bob@alpha.test';
const PHONE = 'bob@alpha.test/phone';
const BODY = '<body>x</body>';
const FOREVER = Number.POSITIVE_INFINITY;

function ruling(inside: string, to = ACCOUNT, type = 'chat'): Ruling | null {
  const jid = parseJid(to);
  assert.ok(jid !== null);
  return rulingOn(parse(`<message type='${type}' to='${to}'>${inside}</message>`), jid);
}

/** In a word or a few what the table says of a stanza. */
function inWords(said: Ruling | null): string {
  if (said === null) return 'nobody';
  const words: string[] = [said.whom];
  if (said.life !== FOREVER) words.push(`${said.life / 1000} s`);
  if (!said.counts) words.push('no loss');
  if (!said.shared) words.push('unshared');
  if (said.refersTo !== null) words.push(`about ${said.refersTo}`);
  return words.join(', ');
}

describe('what the table says of each kind', () => {
  /** To the account, and to a device of it. */
  const RIGHT: Record<string, [string, string]> = {
    'receipt (XEP-0184)': ['account', 'account'],
    'marker (XEP-0333)': ['account', 'account'],
    'chat state (XEP-0085)': ['nobody', 'nobody'],
    'call set-up (XEP-0353)': ['account, 60 s, no loss', 'device, 60 s, no loss'],
    'call invitation (XEP-0482)': ['account, 60 s, no loss', 'device, 60 s, no loss'],
    'attention (XEP-0224)': ['account, 60 s, no loss', 'device, 60 s, no loss'],
    'IBB data (XEP-0047)': ['nobody', 'nobody'],
    'Jingle (XEP-0166)': ['nobody', 'nobody'],
    'text as it is typed (XEP-0301)': ['nobody', 'nobody'],
    'room invitation, mediated (XEP-0045)': ['account', 'account'],
    'room invitation, direct (XEP-0249)': ['account', 'account'],
    'data form (XEP-0004)': ['account', 'device, no loss'],
    'event of a node (XEP-0060, XEP-0163)': ['account, unshared', 'device, no loss, unshared'],
    'correction (XEP-0308)': ['account, about m1', 'account, about m1'],
    'retraction (XEP-0424)': ['account, about m1', 'account, about m1'],
    'retraction, older (XEP-0424)': ['account, about m1', 'account, about m1'],
    'reaction (XEP-0444)': ['account, about m1', 'account, about m1'],
    'OMEMO key transport (XEP-0384)': ['account', 'account'],
    'private, as OTR has it (XEP-0280)': ['account, unshared', 'device, no loss, unshared'],
    'hint no-copy (XEP-0334)': ['account, unshared', 'device, no loss, unshared'],
    'hint no-store (XEP-0334)': ['nobody', 'nobody'],
    'file sharing without a body (XEP-0447)': ['account', 'account'],
    'file sharing with a body (XEP-0447)': ['account', 'account'],
    'out-of-band address (XEP-0066)': ['account', 'account'],
    'subject alone': ['account', 'account'],
    'ephemeral message (XEP-0466)': ['account', 'account'],
    'end of its time (XEP-0023)': ['account, 90 s', 'account, 90 s'],
  };

  for (const [kind, inside] of Object.entries(kinds('m1'))) {
    test(kind, () => {
      const said = [ACCOUNT, PHONE].map(to => inWords(ruling(inside, to)));
      assert.deepEqual(said, RIGHT[kind]);
    });
  }

  test('all of them are judged', () => {
    assert.deepEqual(Object.keys(kinds('m1')), Object.keys(RIGHT));
  });
});

test('kept: bodies, what comes with a chat state, what says store', () => {
  for (const inside of [
    BODY,
    `<active xmlns='http://jabber.org/protocol/chatstates'/>${BODY}`,
    `<composing xmlns='http://jabber.org/protocol/chatstates'/><store xmlns='urn:xmpp:hints'/>`,
    `${BODY}<no-store xmlns='urn:xmpp:hints'/><store xmlns='urn:xmpp:hints'/>`,
    `${BODY}<data xmlns='http://jabber.org/protocol/ibb' sid='s' seq='0'/>`,
  ]) {
    assert.equal(inWords(ruling(inside)), 'account', inside);
  }
});

test('not kept: no-store, a chat state alone, hints alone, nothing at all, what XEP-0013 says of the queue', () => {
  for (const inside of [
    `${BODY}<no-storage xmlns='urn:xmpp:hints'/>`,
    "<paused xmlns='http://jabber.org/protocol/chatstates'/><thread>t</thread><no-copy xmlns='urn:xmpp:hints'/>",
    '',
    `${BODY}<offline xmlns='http://jabber.org/protocol/offline'/>`,
    `${BODY}<x xmlns='jabber:x:expire' seconds='0'/>`,
  ]) {
    assert.equal(ruling(inside), null, inside);
  }
});

test('no error and no headline is kept; what is said in a room is for those in it', () => {
  assert.equal(ruling(BODY, ACCOUNT, 'error'), null);
  assert.equal(ruling(BODY, ACCOUNT, 'headline'), null);
  assert.equal(inWords(ruling(BODY, ACCOUNT, 'constructor')), 'account');
  assert.equal(inWords(ruling(BODY, 'garden@conference.alpha.test/eve', 'groupchat')), 'room');
  const moderated =
    "<retract xmlns='urn:xmpp:message-retract:1' id='7'><moderated xmlns='urn:xmpp:message-moderate:1'/></retract>";
  assert.equal(inWords(ruling(moderated, 'garden@conference.alpha.test/eve', 'groupchat')), 'room, about 7');
});

test('what a room sends to a subscriber is for his account, whatever of his it is addressed to', () => {
  const said = `<message xmlns='jabber:client' type='groupchat' from='garden@conference.alpha.test/eve'>${BODY}</message>`;
  const event = `<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='urn:xmpp:mucsub:nodes:messages'><item>${said}</item></items></event>`;
  const jid = parseJid(PHONE);
  assert.ok(jid !== null);
  const message = parse(`<message from='garden@conference.alpha.test' to='${PHONE}'>${event}</message>`);
  assert.equal(inWords(rulingOn(message, jid)), 'account');
});

test('an end of its time that cannot be read sets no limit, and the sooner of two ends holds', () => {
  assert.equal(ruling(`${BODY}<x xmlns='jabber:x:expire' seconds='soon'/>`)?.life, FOREVER);
  const call = "<propose xmlns='urn:xmpp:jingle-message:0' id='1'/>";
  assert.equal(ruling(`${call}<x xmlns='jabber:x:expire' seconds='90'/>`)?.life, CALL_LIFE);
  assert.equal(ruling(`${call}<x xmlns='jabber:x:expire' seconds='9'/>`)?.life, 9_000);
});

test('words that ask for attention are words', () => {
  assert.equal(inWords(ruling(`${BODY}<attention xmlns='urn:xmpp:attention:0'/>`)), 'account');
});

test('private messages of a room are for the occupant, not for who else the writer is; invitations are no such', () => {
  const inRoom = "<x xmlns='http://jabber.org/protocol/muc#user'/>";
  assert.equal(ruling(`${BODY}${inRoom}`)?.shared, false);
  const invitation = "<x xmlns='http://jabber.org/protocol/muc#user'><invite to='eve@alpha.test'/></x>";
  assert.equal(ruling(invitation)?.shared, true);
});

test('a correction and a retraction replace what they mean, and nothing else does', () => {
  const replacing = Object.entries(kinds('m1'))
    .filter(([, inside]) => replacesAnother(parse(`<message>${inside}</message>`)))
    .map(([kind]) => kind);
  assert.deepEqual(replacing, [
    'correction (XEP-0308)',
    'retraction (XEP-0424)',
    'retraction, older (XEP-0424)',
  ]);
  const fastened = "<apply-to xmlns='urn:xmpp:fasten:0' id='m1'><external name='body'/></apply-to>";
  assert.equal(replacesAnother(parse(`<message>${fastened}</message>`)), false);
  assert.equal(ruling(fastened + BODY)?.refersTo, 'm1');
});

test('each line says what it is, by which document, and why, and none hides behind another', () => {
  const seen = new Set<string>();
  for (const { what, by, why, xmlns, names, node, child } of TABLE) {
    assert.match(by, /^(XEP-\d{4}|RFC \d{4}, [\d.]+)$/);
    assert.ok(what !== '' && why !== '');
    for (const name of names ?? ['*']) {
      assert.ok(!seen.has(`${xmlns} *`), `${what} comes behind a line for all of ${xmlns}`);
      const only = node !== undefined ? ` of ${node}` : child !== undefined ? ` with ${child}` : '';
      const fits = `${xmlns} ${name}${only}`;
      assert.ok(!seen.has(fits), what);
      seen.add(fits);
    }
  }
});
