import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Element } from '@xmpp/component';
import { type About, answerTo } from '../../src/xmpp/answers.js';
import { parse } from '../way.js';

const DOMAIN = 'respool.example.org';
const INFO = 'http://jabber.org/protocol/disco#info';
const ITEMS = 'http://jabber.org/protocol/disco#items';
const COMMANDS = 'http://jabber.org/protocol/commands';
const ADMIN = 'admin@example.org/pc';

const about: About = {
  version: '1.2.3',
  domain: DOMAIN,
  uptime: () => 61.9,
  contact: new Set(['xmpp:admin@example.org', 'https://example.org/?a&b']),
  commandsFor: account => (account === 'admin@example.org' ? [{ node: 'stats', name: 'How it "goes"' }] : []),
};

function answer(stanza: string): Element | null {
  const text = answerTo(parse(stanza), about);
  return text === null ? null : parse(text);
}

function ask(inside: string, from = 'anyone@other.org/x', to = DOMAIN, type = 'get'): Element {
  const found = answer(`<iq type='${type}' from='${from}' to='${to}' id='q&amp;1'>${inside}</iq>`);
  assert.ok(found !== null);
  assert.deepEqual([found.attrs.from, found.attrs.to, found.attrs.id], [to, from, 'q&1']);
  return found;
}

/** The condition of an error and its type. */
function errorIn(stanza: Element | null): string[] {
  assert.equal(stanza?.attrs.type, 'error');
  const error = stanza?.getChild('error');
  return [error?.getChildElements()[0]?.name ?? '', error?.attrs.type ?? ''];
}

const names = (found: Element, child: string, attribute: string) =>
  found
    .getChild('query')
    ?.getChildren(child)
    .map(({ attrs }) => attrs[attribute]);

describe('a request', () => {
  test('service discovery: identity, features, and where people are reached', () => {
    const found = ask(`<query xmlns='${INFO}'/>`);
    const query = found.getChild('query', INFO);
    const identity = query?.getChild('identity');
    assert.deepEqual(identity?.attrs, { category: 'component', type: 'generic', name: 'respool' });
    assert.deepEqual(names(found, 'feature', 'var'), [
      INFO,
      ITEMS,
      'jabber:iq:last',
      'urn:xmpp:ping',
      'jabber:iq:version',
    ]);
    const fields = query?.getChild('x', 'jabber:x:data')?.getChildren('field') ?? [];
    const values = fields.map(field => [
      field.attrs.var,
      field.getChildren('value').map(one => String(one.children[0])),
    ]);
    assert.deepEqual(values, [
      ['FORM_TYPE', ['http://jabber.org/network/serverinfo']],
      ['admin-addresses', ['xmpp:admin@example.org', 'https://example.org/?a&b']],
    ]);
    assert.deepEqual(names(ask(`<query xmlns='${ITEMS}'/>`), 'item', 'jid'), []);
  });

  test('version, ping and uptime', () => {
    const version = ask("<query xmlns='jabber:iq:version'/>").getChild('query', 'jabber:iq:version');
    assert.deepEqual([version?.getChildText('name'), version?.getChildText('version')], ['respool', '1.2.3']);
    const pong = ask("<ping xmlns='urn:xmpp:ping'/>");
    assert.deepEqual([pong.attrs.type, pong.children.length], ['result', 0]);
    assert.equal(ask("<query xmlns='jabber:iq:last'/>").getChild('query')?.attrs.seconds, '61');
  });

  test('commands are shown to those who may use them, and to nobody else', () => {
    assert.ok(names(ask(`<query xmlns='${INFO}'/>`, ADMIN), 'feature', 'var')?.includes(COMMANDS));
    const list = ask(`<query xmlns='${ITEMS}' node='${COMMANDS}'/>`, ADMIN);
    assert.equal(list.getChild('query')?.attrs.node, COMMANDS);
    assert.deepEqual(
      list
        .getChild('query')
        ?.getChildren('item')
        .map(({ attrs }) => attrs),
      [{ jid: DOMAIN, node: 'stats', name: 'How it "goes"' }],
    );
    const one = ask(`<query xmlns='${INFO}' node='stats'/>`, ADMIN);
    assert.equal(one.getChild('query')?.getChild('identity')?.attrs.type, 'command-node');
    assert.equal(ask(`<query xmlns='${INFO}' node='${COMMANDS}'/>`, ADMIN).attrs.type, 'result');
    for (const node of [COMMANDS, 'stats', 'nothing']) {
      for (const what of [INFO, ITEMS]) {
        const hidden = ask(`<query xmlns='${what}' node='${node}'/>`, 'admin@other.org/pc');
        assert.deepEqual(errorIn(hidden), ['item-not-found', 'cancel']);
      }
    }
  });

  test('for anything else: the error that RFC 6120 wants', () => {
    const unavailable = ['service-unavailable', 'cancel'];
    assert.deepEqual(errorIn(ask("<query xmlns='jabber:iq:roster'/>")), unavailable);
    assert.deepEqual(errorIn(ask("<ping xmlns='urn:xmpp:ping'/>", 'a@b/c', DOMAIN, 'set')), unavailable);
    assert.deepEqual(errorIn(ask("<ping xmlns='urn:xmpp:ping'/>", 'a@b/c', `user@${DOMAIN}`)), unavailable);
    assert.deepEqual(errorIn(ask('')), ['bad-request', 'modify']);
    assert.deepEqual(errorIn(ask("<a xmlns='b'/><a xmlns='b'/>")), ['bad-request', 'modify']);
    assert.deepEqual(errorIn(ask("<a xmlns='b'/>", 'a@b/c', DOMAIN, 'put')), ['bad-request', 'modify']);
  });

  test('that cannot be answered, or is an answer itself, is not answered', () => {
    const ping = "<ping xmlns='urn:xmpp:ping'/>";
    assert.equal(answer(`<iq type='get' from='a@b' to='${DOMAIN}'>${ping}</iq>`), null);
    assert.equal(answer(`<iq type='get' to='${DOMAIN}' id='1'>${ping}</iq>`), null);
    for (const type of ['result', 'error']) {
      assert.equal(answer(`<iq type='${type}' from='a@b' to='${DOMAIN}' id='1'/>`), null);
    }
  });
});

describe('what is written to the component', () => {
  const message = (attributes: string, inside = '<body>help</body>') =>
    answer(`<message from='a@b/c' to='${DOMAIN}' ${attributes}>${inside}</message>`);

  test('is returned, for nobody reads it', () => {
    for (const attributes of ["type='chat' id='1'", "type='normal'", '']) {
      assert.deepEqual(errorIn(message(attributes)), ['service-unavailable', 'cancel']);
    }
    assert.equal(message("id='1'")?.attrs.id, '1');
  });

  test('but no error, no headline, and no receipt', () => {
    assert.equal(message("type='error'"), null);
    assert.equal(message("type='headline'"), null);
    assert.equal(message("type='chat'", "<received xmlns='urn:xmpp:receipts' id='1'/>"), null);
  });

  test('a subscription is denied; other presence is let be', () => {
    const presence = (type: string) => answer(`<presence from='a@b' to='${DOMAIN}' type='${type}'/>`);
    assert.equal(presence('subscribe')?.attrs.type, 'unsubscribed');
    assert.equal(presence('unavailable'), null);
  });
});
