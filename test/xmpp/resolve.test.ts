import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { StreamParser } from '../../src/xmpp/parser.js';
import { serialize } from '../../src/xmpp/serialize.js';

const HEADER =
  "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' xmlns:s='urn:s'>";

/** What is told of a stanza: as it is written again, or why there is none, and what was left out of it. */
function told(stanza: string): string[] {
  const parser = new StreamParser();
  const seen: string[] = [];
  parser.on('mended', why => seen.push(`without ${why}`));
  parser.on('dropped', why => seen.push(`dropped: ${why}`));
  parser.on('element', element => seen.push(serialize(element)));
  parser.write(HEADER + stanza);
  return seen;
}

const PREFIX = 'without a prefix that nothing declares';

describe('the namespaces of a stanza', () => {
  for (const [what, [stanza, ...expected]] of Object.entries({
    'without prefixes it stays as it is': [
      "<message><a xmlns='u'><b xmlns=''/><c xmlns='u' xml:lang='de'/></a></message>",
      "<message><a xmlns='u'><b xmlns=''/><c xmlns='u' xml:lang='de'/></a></message>",
    ],
    'an element with a prefix is named without': [
      "<message xmlns:h='urn:xmpp:hints'><h:store/></message>",
      "<message><store xmlns='urn:xmpp:hints'/></message>",
    ],
    'its children keep the default namespace, not its own': [
      "<message><p:a xmlns:p='u'><b/><p:c/></p:a></message>",
      "<message><a xmlns='u'><b xmlns='jabber:component:accept'/><c/></a></message>",
    ],
    'a default namespace below a prefix': [
      "<message><p:a xmlns:p='u' xmlns='v'><b/></p:a></message>",
      "<message><a xmlns='u'><b xmlns='v'/></a></message>",
    ],
    'of no namespace below a prefix': [
      "<message><p:a xmlns:p='u' xmlns=''><b/></p:a></message>",
      "<message><a xmlns='u'><b xmlns=''/></a></message>",
    ],
    'an attribute declares its prefix where it is': [
      "<message xmlns:y='u'><a y:b='1'/></message>",
      "<message><a xmlns:y='u' y:b='1'/></message>",
    ],
    'a prefix means what it does at its place': [
      "<message xmlns:y='u'><y:a xmlns:y='v'><y:b/></y:a><y:c/></message>",
      "<message><a xmlns='v'><b/></a><c xmlns='u'/></message>",
    ],
    "and may be declared by the stream's own tag": [
      '<message><s:a/></message>',
      "<message><a xmlns='urn:s'/></message>",
    ],
    'a declaration that nothing needs goes': [
      "<message xmlns:y='u'><a xmlns:z='v'/></message>",
      '<message><a/></message>',
    ],
    'an attribute with a prefix that nothing declares goes': [
      "<message><foo xmlns='u' y:a='1' b='2'/></message>",
      PREFIX,
      "<message><foo xmlns='u' b='2'/></message>",
    ],
    'and an element with all that is in it': [
      "<message><y:a><b y:c=''/></y:a>text<d/></message>",
      PREFIX,
      '<message>text<d/></message>',
    ],
    'and the stanza': ['<y:message/>', 'dropped: a prefix that nothing declares'],
    'a prefix declared for nothing is not declared': [
      "<message><y:a xmlns:y=''/></message>",
      PREFIX,
      '<message/>',
    ],
    'a prefix that is no more declared': [
      "<message><a xmlns:y='u'/><b y:c=''/></message>",
      PREFIX,
      '<message><a/><b/></message>',
    ],
    'two attributes that are one': [
      "<message><a xmlns:y='u' xmlns:z='u' y:b='1' z:b='2'/></message>",
      'without an attribute given twice',
      "<message><a xmlns:y='u' y:b='1'/></message>",
    ],
    'an element of the namespace of XML itself': [
      "<message><xml:a/><b xmlns='http://www.w3.org/2000/xmlns/'/></message>",
      'without a reserved namespace',
      '<message/>',
    ],
    'a prefix for the namespace of XML itself': [
      "<message><b xmlns:y='http://www.w3.org/XML/1998/namespace' y:lang='de'/></message>",
      'without a reserved namespace',
      '<message><b/></message>',
    ],
    'xml: and xmlns: cannot be declared': [
      "<message><b xmlns:xml='u' xmlns:xmlns='v' xml:lang='de'/></message>",
      "<message><b xml:lang='de'/></message>",
    ],
  })) {
    test(what, () => assert.deepEqual(told(stanza as string), expected));
  }

  test('a tag that was resolved once is resolved again, and one without need is not changed by it', () => {
    const twice =
      "<message><b y:c=''/></message><message><b xmlns='http://www.w3.org/2000/xmlns/'/></message>";
    assert.deepEqual(told(`${twice}${twice}<message><b/></message>`), [
      ...[PREFIX, '<message><b/></message>', 'without a reserved namespace', '<message/>'],
      ...[PREFIX, '<message><b/></message>', 'without a reserved namespace', '<message/>'],
      '<message><b/></message>',
    ]);
  });
});
