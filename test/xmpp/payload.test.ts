import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Element, xml } from '@xmpp/component';
import fc from 'fast-check';
import { DEEPEST, MOST_ELEMENTS, TOO_DEEP, TOO_MANY_ELEMENTS } from '../../src/xmpp/limits.js';
import type { StreamParser } from '../../src/xmpp/parser.js';
import { makePayload } from '../../src/xmpp/payload.js';
import { escapeAttribute, escapeText, serialize } from '../../src/xmpp/serialize.js';
import { element } from '../hostile/stanzas.js';
import { tries } from '../tries.js';

const PREFIX = 'a prefix that nothing declares';

describe('a payload is made anew', () => {
  for (const [what, [text, payload, ...leftOut]] of Object.entries({
    nothing: ['', ''],
    'as it was': ["<body>a</body><x xmlns='u' y='z'><b/></x>", "<body>a</body><x xmlns='u' y='z'><b/></x>"],
    'quotes and spaces': [' <body  a = "it\'s"></body > ', "<body a='it&apos;s'/>"],
    'entities and CDATA': ['<body>&#x41;&amp;<![CDATA[<b>&]]></body>', '<body>A&amp;&lt;b>&amp;</body>'],
    'line ends': ["<body a='&#10;&#13;&#9;'>\n&#13;</body>", "<body a='&#10;&#13;&#9;'>\n&#13;</body>"],
    'what is in a stanza inherits its namespace': [
      "<body xmlns='jabber:client'/><body xmlns='jabber:component:accept'/>",
      '<body/><body/>',
    ],
    'what is in something else does not': [
      "<x xmlns='u'><body xmlns='jabber:client'/></x>",
      "<x xmlns='u'><body xmlns='jabber:client'/></x>",
    ],
    'of no namespace': ["<x xmlns=''><y/></x>", "<x xmlns=''><y/></x>"],
    'xml:lang': ["<body xml:lang='de'>ü</body>", "<body xml:lang='de'>ü</body>"],
    'a prefix that is declared': [
      "<h:x xmlns:h='u' h:a='1'><y/></h:x>",
      "<x xmlns='u' xmlns:h='u' h:a='1'><y xmlns='jabber:client'/></x>",
    ],
    'a prefix that nothing declares': [
      "<body/><foo xmlns='u' y:a='1'/><y:b/>",
      "<body/><foo xmlns='u'/>",
      PREFIX,
    ],
    "the stream's prefix": ['<stream:error/><body/>', '<body/>', PREFIX],
  } satisfies Record<string, string[]>)) {
    test(what, () => assert.deepEqual(makePayload(text as string), { payload, leftOut }));
  }

  for (const [what, [text, unreadable]] of Object.entries({
    'an end and another message': ["</message><message from='ceo@x'>", 'more than one message'],
    'an end': ['<body/></message>', /./],
    "the stream's end": ['</message></payload>', /./],
    'the end of one and the beginning of another stream': ['</message></payload><payload><message>', /./],
    'an element that is not closed': ['<body>', /./],
    'an attribute that is not closed': ["<body a='", 'an element that is not closed'],
    'CDATA that is not closed': ['<![CDATA[', 'an element that is not closed'],
    'text that nothing encloses': ['<body/>a', 'text outside of an element'],
    'a comment': ['<!-- -->', /comment/],
    'a document type': ['<!DOCTYPE a>', /declaration/],
    'an instruction': ['<?xml?>', /instruction/],
    'an entity of its own': ['<body>&a;</body>', /entity/],
    'a null character': ['<body>\0</body>', 'a character that XML forbids'],
    'the number of one': ['<body>&#0;</body>', /character/],
    'a character beyond all': ['<body>\uffff</body>', 'a character that XML forbids'],
    'half a character': ['<body>\ud800</body>', 'a character that XML forbids'],
    'a name that is none': ['<a"b/>', /name/],
    'too much depth': ['<a>'.repeat(DEEPEST) + '</a>'.repeat(DEEPEST), TOO_DEEP],
    'too many elements': ['<a/>'.repeat(MOST_ELEMENTS), TOO_MANY_ELEMENTS],
  } satisfies Record<string, [string, string | RegExp]>)) {
    test(`but not of ${what}, and the next is not touched by it`, () => {
      const made = makePayload(text);
      assert.ok('unreadable' in made);
      if (typeof unreadable === 'string') assert.equal(made.unreadable, unreadable);
      else assert.match(made.unreadable, unreadable);
      assert.deepEqual(makePayload('<body/>'), { payload: '<body/>', leftOut: [] });
    });
  }

  const prefixed = fc.constantFrom('', 'y:', 'z:', 'xml:', 'stream:');
  const juggled: fc.Arbitrary<string> = fc
    .array(
      fc.tuple(
        prefixed,
        prefixed,
        fc.constantFrom('', " xmlns:y='u'", " xmlns:z='u'", " xmlns:y='v' xmlns='w'", " xmlns=''"),
      ),
      {
        maxLength: 6,
      },
    )
    .map(all =>
      all.reduce((inside, [p, q, xmlns]) => `<${p}a${xmlns} ${q}b='1' y:c='2'>${inside}<b/></${p}a>t`, ''),
    );

  test('of any XML, what is made is well-formed, and made again it is the same', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(element, juggled, fc.string()), { maxLength: 3 }), texts => {
        const made = makePayload(texts.join(''));
        if ('unreadable' in made) return;
        assert.deepEqual(makePayload(made.payload), { payload: made.payload, leftOut: [] });
        assert.equal(readByLibrary(made.payload), made.payload);
      }),
      { numRuns: tries(3000), seed: 3 },
    );
  });
});

/** As the library's own parser reads it, written again. */
function readByLibrary(payload: string): string {
  const { Parser } = xml as unknown as { Parser: new () => StreamParser };
  const parser = new Parser();
  const messages: Element[] = [];
  parser.on('element', one => messages.push(one));
  parser.write(`<s xmlns='jabber:client' xmlns:stream='urn:s'><m>${payload}</m>`);
  assert.equal(messages.length, 1);
  return (
    messages[0]?.children.map(child => (typeof child === 'string' ? '' : serialize(child))).join('') ?? ''
  );
}

describe('what is written', () => {
  test('has no character that XML forbids, whatever it was made from', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        for (const escaped of [escapeAttribute(text), escapeText(text)]) {
          assert.doesNotMatch(escaped, /[<\r\ufffe\uffff]/);
          for (const character of escaped)
            assert.ok(character >= ' ' || character === '\n' || character === '\t');
        }
      }),
    );
    assert.equal(escapeAttribute("a\u0001'\n"), 'a\ufffd&apos;&#10;');
  });
});
