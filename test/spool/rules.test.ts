import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lifeOf } from '../../src/spool/rules.js';
import { parse } from '../way.js';

const DAY = 86_400_000;
const life = (inside: string) => lifeOf(parse(`<message>${inside}</message>`), 14 * DAY);
const BODY = '<body>x</body>';

test('kept for max_age: bodies, receipts, markers, encrypted payloads, invitations', () => {
  for (const inside of [
    BODY,
    "<received xmlns='urn:xmpp:receipts' id='1'/>",
    "<displayed xmlns='urn:xmpp:chat-markers:0' id='1'/>",
    "<encrypted xmlns='eu.siacs.conversations.axolotl'/><store xmlns='urn:xmpp:hints'/>",
    "<x xmlns='http://jabber.org/protocol/muc#user'><invite from='a@b'/></x>",
    `<active xmlns='http://jabber.org/protocol/chatstates'/>${BODY}`,
    `<composing xmlns='http://jabber.org/protocol/chatstates'/><store xmlns='urn:xmpp:hints'/>`,
    `${BODY}<no-store xmlns='urn:xmpp:hints'/><store xmlns='urn:xmpp:hints'/>`,
  ]) {
    assert.equal(life(inside), 14 * DAY, inside);
  }
});

test('not kept: no-store, a chat state alone, nothing at all, what XEP-0013 says of the queue', () => {
  for (const inside of [
    `${BODY}<no-store xmlns='urn:xmpp:hints'/>`,
    `${BODY}<no-storage xmlns='urn:xmpp:hints'/>`,
    "<composing xmlns='http://jabber.org/protocol/chatstates'/>",
    "<paused xmlns='http://jabber.org/protocol/chatstates'/><thread>t</thread><no-copy xmlns='urn:xmpp:hints'/>",
    '',
    `${BODY}<offline xmlns='http://jabber.org/protocol/offline'/>`,
    `${BODY}<x xmlns='jabber:x:expire' seconds='0'/>`,
  ]) {
    assert.equal(life(inside), null, inside);
  }
});

test('XEP-0023 limits the life, an unreadable limit does not; call set-up is stale after a minute', () => {
  assert.equal(life(`${BODY}<x xmlns='jabber:x:expire' seconds='90'/>`), 90_000);
  assert.equal(life(`${BODY}<x xmlns='jabber:x:expire' seconds='99999999'/>`), 14 * DAY);
  assert.equal(life(`${BODY}<x xmlns='jabber:x:expire' seconds='soon'/>`), 14 * DAY);
  assert.equal(life("<propose xmlns='urn:xmpp:jingle-message:0' id='1'/>"), 60_000);
});
