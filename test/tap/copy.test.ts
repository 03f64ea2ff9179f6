import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readIncoming } from '../../src/tap/copy.js';
import { parse } from '../way.js';

const HOSTS = new Set(['example.org']);
const INNER =
  "<message xmlns='jabber:client' from='a@example.org/pc' to='bob@example.org'><body>x</body></message>";
const read = (attributes: string, inside: string) =>
  readIncoming(parse(`<message to='respool.example.org' ${attributes}>${inside}</message>`), HOSTS);
const copy = (from: string) =>
  read(`from='${from}'`, `<forwarded xmlns='urn:xmpp:forward:0'>${INNER}</forwarded>`);
const push = (from: string, inner = INNER, more = "id='1'", item = "<item id='1'>") =>
  read(
    `from='${from}' ${more}`,
    "<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='urn:xmpp:push:nodes:messages'>" +
      `${item}${inner}</item></items></event>`,
  );

test('a copy counts only from a vhost itself, which no user and no other server can be', () => {
  assert.equal(copy('example.org').kind, 'copy');
  for (const from of [
    'mallory@example.org',
    'mallory@example.org/pc',
    'evil.example',
    'x@evil.example',
    'example.org/x',
  ]) {
    assert.deepEqual(copy(from), { kind: 'forged', from }, from);
  }
});

test('an event of mod_push_offline counts only from the addressee of the message in it, at a vhost', () => {
  assert.equal(push('bob@example.org').kind, 'push');
  const toPhone = INNER.replace("to='bob@example.org'", "to='bob@example.org/phone'");
  assert.equal(push('bob@example.org/phone', toPhone).kind, 'push');
  for (const from of ['eve@example.org', 'bob@example.org/phone', 'example.org', 'bob@evil.example']) {
    assert.equal(push(from).kind, 'forged', from);
  }
  const remote = INNER.replace("to='bob@example.org'", "to='bob@evil.example'");
  assert.equal(push('bob@evil.example', remote).kind, 'forged');
  assert.equal(push('bob@example.org', '').kind, 'forged');
});

test('and only as mod_push_offline makes it, which the owner of a PEP node cannot', () => {
  for (const more of ['', "id='2'", "id='1' type='headline'", "id='1' type='normal'"]) {
    assert.equal(push('bob@example.org', INNER, more).kind, 'forged', more);
  }
  for (const item of ['<item>', "<item id='2'>", "<item id='1'/><item id='1'>"]) {
    assert.equal(push('bob@example.org', INNER, undefined, item).kind, 'forged', item);
  }
  const addresses = "</event><addresses xmlns='http://jabber.org/protocol/address'/><event>";
  const more = `${INNER}</item></items>${addresses}<items><item>`;
  assert.equal(push('bob@example.org', more).kind, 'forged', 'something beside the event');
});

test('a copy without a stanza in it is forged, anything else is for the component itself', () => {
  assert.equal(read("from='example.org'", "<forwarded xmlns='urn:xmpp:forward:0'/>").kind, 'forged');
  assert.equal(read("from='example.org'", '<body>hello</body>').kind, 'direct');
  assert.equal(
    read("from='example.org' type='error'", `<forwarded xmlns='urn:xmpp:forward:0'>${INNER}</forwarded>`)
      .kind,
    'direct',
  );
});
