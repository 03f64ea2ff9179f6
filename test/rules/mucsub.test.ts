import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rulingOn } from '../../src/rules/ruling.js';
import { parse } from '../way.js';

const ROOM = 'garden@conference.alpha.test';
const BODY = '<body>hello</body>';
const said = (inside: string) =>
  `<message xmlns='jabber:client' from='${ROOM}/eve' type='groupchat' id='1'>${inside}</message>`;
const presence = `<presence xmlns='jabber:client' from='${ROOM}/eve'/>`;
const NO_STORE = "<no-store xmlns='urn:xmpp:hints'/>";
const STORE = "<store xmlns='urn:xmpp:hints'/>";

/** What a room sends to a subscriber, by its node, and whether mod_offline stores it (need_to_store of ejabberd 24.02). */
const EVENTS: [node: string, inside: string, beside: string, kept: boolean][] = [
  ['messages', said(BODY), '', true],
  ['messages', said(BODY + NO_STORE), '', false],
  ['messages', said(BODY), NO_STORE, true],
  ['messages', said("<active xmlns='http://jabber.org/protocol/chatstates'/>"), '', false],
  ['subject', said('<subject>new</subject>'), '', true],
  ['presence', presence, '', false],
  ['presence', presence, STORE, true],
  ['participants', presence, '', true],
  ['affiliations', said("<x xmlns='http://jabber.org/protocol/muc#user'/>"), '', true],
  ['config', said("<x xmlns='http://jabber.org/protocol/muc#user'><status code='104'/></x>"), '', true],
  ['subscribers', "<subscribe xmlns='urn:xmpp:mucsub:0' nick='eve'/>", '', true],
  ['subscribers', "<subscribe xmlns='urn:xmpp:mucsub:0' nick='eve'/>", NO_STORE, false],
];

for (const [node, inside, beside, kept] of EVENTS) {
  test(`of ${node}: ${inside.replace(/ xmlns='[^']*'/g, '')} ${beside.split(' ')[0]} is ${kept ? '' : 'not '}kept`, () => {
    const items = `<items node='urn:xmpp:mucsub:nodes:${node}'><item id='1'>${inside}</item></items>`;
    const event = `<event xmlns='http://jabber.org/protocol/pubsub#event'>${items}</event>`;
    const message = parse(`<message from='${ROOM}' to='bob@alpha.test'>${event}${beside}</message>`);
    assert.equal(rulingOn(message, { resource: '' }) !== null, kept);
  });
}
