import fc from 'fast-check';
import { escapeAttribute, escapeText } from '../../src/xmpp/serialize.js';

/** Namespaces that mean something to respool, and some that do not. */
const NAMESPACES = [
  'jabber:client',
  'urn:xmpp:forward:0',
  'urn:xmpp:carbons:2',
  'urn:xmpp:delay',
  'urn:xmpp:hints',
  'urn:xmpp:mam:2',
  'urn:xmpp:sid:0',
  'urn:ietf:params:xml:ns:xmpp-stanzas',
  'http://jabber.org/protocol/muc#user',
  'http://jabber.org/protocol/pubsub#event',
  'http://jabber.org/protocol/chatstates',
  'jabber:iq:roster',
  'jabber:x:expire',
  'urn:xmpp:jingle-message:0',
  '',
  'x',
];
const NAMES = [
  'message',
  'presence',
  'iq',
  'forwarded',
  'sent',
  'received',
  'result',
  'delay',
  'body',
  'x',
  'status',
  'item',
  'items',
  'event',
  'priority',
  'fin',
  'query',
  'enable',
  'error',
  'text',
  'subject',
  'stanza-id',
  'no-copy',
  'store',
  'expire',
  'html',
];
const JIDS = [
  'alpha.test',
  'bob@alpha.test',
  'bob@alpha.test/phone',
  'alice@alpha.test/pc',
  'room@conference.alpha.test/nick',
  'respool.alpha.test',
  'eve@evil.example/x',
  '@',
  '/',
  'a@/',
  '@alpha.test/x',
  'bob@alpha.test/',
  'a@b@c/d',
  '',
  ' ',
  `${'x'.repeat(1100)}@alpha.test`,
  'bob@ALPHA.TEST/Phone',
  'ｂｏｂ@alpha.test/電話',
  'xn--@alpha.test',
  'b\u0000b@alpha.test',
];

/** A text of characters of every plane that XML allows. */
const text = fc.array(fc.integer({ min: 0x20, max: 0x10ffff }), { maxLength: 40 }).map(codes =>
  codes
    .filter(isXml)
    .map(code => String.fromCodePoint(code))
    .join(''),
);
const attributes = fc.record(
  {
    from: fc.oneof(fc.constantFrom(...JIDS), text),
    to: fc.oneof(fc.constantFrom(...JIDS), text),
    type: fc.constantFrom(
      'chat',
      'normal',
      'groupchat',
      'error',
      'headline',
      'get',
      'set',
      'result',
      'unavailable',
      'zzz',
    ),
    id: text,
    stamp: fc.constantFrom('2026-11-23T04:42:21Z', 'never', '-1', '99999-99-99T99:99:99Z'),
    code: fc.constantFrom('110', '307', '333', 'x'),
    seconds: fc.constantFrom('-5', '0', '1e999', 'x'),
    node: fc.constantFrom('urn:xmpp:push:nodes:messages', ''),
    by: fc.constantFrom(...JIDS),
    xmlns: fc.constantFrom(...NAMESPACES),
  },
  { requiredKeys: [] },
);

interface Tree {
  name: string;
  attributes: Record<string, string | undefined>;
  children: (Tree | string)[];
}

const { tree } = fc.letrec<{ tree: Tree; child: Tree | string }>(tie => ({
  tree: fc.record({
    name: fc.constantFrom(...NAMES),
    attributes,
    children: fc.array(tie('child'), { maxLength: 5, depthIdentifier: 'xml' }),
  }),
  child: fc.oneof({ depthIdentifier: 'xml', maxDepth: 7 }, text, tie('tree')),
}));

/** Any element, as text. */
export const element: fc.Arbitrary<string> = tree.map(write);

/** A stanza as a client may have sent it, anything inside. */
export const stanza: fc.Arbitrary<string> = fc
  .tuple(tree, fc.constantFrom('message', 'presence', 'iq'))
  .map(([root, name]) => write({ ...root, name }));

/** What can be done to a text of a stanza; the outcome need not be XML. */
export const mutation: fc.Arbitrary<(stanza: string) => string> = fc.oneof(
  fc.tuple(fc.nat(), fc.nat(40)).map(
    ([at, length]) =>
      (line: string) =>
        cut(line, at % line.length, length, ''),
  ),
  fc.tuple(fc.nat(), text).map(
    ([at, added]) =>
      (line: string) =>
        cut(line, at % line.length, 0, escapeText(added)),
  ),
  fc.tuple(fc.nat(), element).map(
    ([at, added]) =>
      (line: string) =>
        cut(line, afterTag(line, at), 0, added),
  ),
  fc
    .tuple(
      fc.constantFrom('from', 'to', 'type', 'id', 'xmlns', 'stamp'),
      fc.oneof(fc.constantFrom(...JIDS), text),
    )
    .map(
      ([name, value]) =>
        (line: string) =>
          line.replace(
            new RegExp(` ${name}=(['"]).*?\\1`),
            () => ` ${name}='${escapeAttribute(strip(value))}'`,
          ),
    ),
);

function cut(line: string, at: number, length: number, instead: string): string {
  return line.slice(0, at) + instead + line.slice(at + length);
}

function afterTag(line: string, at: number): number {
  return line.indexOf('>', at % line.length) + 1;
}

function write({ name, attributes: given, children }: Tree): string {
  const written = Object.entries(given)
    .map(([key, value]) => ` ${key}='${escapeAttribute(strip(value ?? ''))}'`)
    .join('');
  const inside = children
    .map(child => (typeof child === 'string' ? escapeText(child) : write(child)))
    .join('');
  return `<${name}${written}>${inside}</${name}>`;
}

function strip(value: string): string {
  return [...value].filter(character => isXml(character.codePointAt(0) ?? 0)).join('');
}

function isXml(code: number): boolean {
  return (code >= 0x20 && code < 0xd800) || (code >= 0xe000 && code < 0xfffe) || code >= 0x10000;
}
