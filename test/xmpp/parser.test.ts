import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Element, xml } from '@xmpp/component';
import fc from 'fast-check';
import {
  LARGEST,
  MOST_ATTRIBUTES,
  MOST_ELEMENTS,
  TOO_LARGE,
  TOO_LONG,
  TOO_MANY_ATTRIBUTES,
} from '../../src/xmpp/limits.js';
import { StreamParser } from '../../src/xmpp/parser.js';
import { serialize } from '../../src/xmpp/serialize.js';
import { element, stanza } from '../hostile/stanzas.js';
import { tries } from '../tries.js';
import { transcript } from '../way.js';

const HEADER =
  "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams'>";

interface Seen {
  elements: Element[];
  dropped: string[];
}

function reading(parser: StreamParser): Seen {
  const seen: Seen = { elements: [], dropped: [] };
  parser.on('element', one => seen.elements.push(one));
  parser.on('dropped', reason => seen.dropped.push(reason));
  parser.write(HEADER);
  return seen;
}

/** The library's own parser, whose reading of a whole stanza is right. */
function byLibrary(text: string): Element[] {
  const { Parser } = xml as unknown as { Parser: new () => StreamParser };
  const parser = new Parser();
  const elements: Element[] = [];
  parser.on('element', one => elements.push(one));
  parser.write(HEADER + text);
  return elements;
}

function pieces(text: string, cuts: readonly number[]): string[] {
  const places = [...new Set([0, ...cuts.map(cut => cut % text.length), text.length])].sort((a, b) => a - b);
  return places.slice(1).map((end, index) => text.slice(places[index], end));
}

/** Texts that follow each other are one. */
const tree = (one: Element) => serialize(one);

describe('the parser of the stream', () => {
  test('reads any stanza as the library does, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(stanza, element), { minLength: 1, maxLength: 3 }),
        fc.array(fc.nat(), { maxLength: 8 }),
        (texts, cuts) => {
          const text = texts.join('');
          const expected = byLibrary(text).map(tree);
          const parser = new StreamParser();
          const seen = reading(parser);
          for (const piece of pieces(text, cuts)) parser.write(piece);
          assert.deepEqual(seen.elements.map(tree), expected);
          assert.ok(parser.isBetweenStanzas);

          const byBytes = new StreamParser('bytes');
          const seenInBytes = reading(byBytes);
          for (const piece of pieces(Buffer.from(text).toString('latin1'), cuts)) byBytes.write(piece);
          assert.deepEqual(seenInBytes.elements.map(tree), expected);
        },
      ),
      { numRuns: tries(1500), seed: 5 },
    );
  });

  test('knows a tag again that it has read, for what it is', () => {
    const tags = [
      "<a xmlns='x'/>",
      "<a xmlns='y'/>",
      "<a  xmlns='x' />",
      "<a xmlns='>'/>",
      '<a/>',
      '<b></b>',
    ];
    const parser = new StreamParser();
    const seen = reading(parser);
    const texts = [...tags, ...tags, ...tags].map(tag => `<m>${tag}</m>`);
    parser.write(texts.join(''));
    assert.deepEqual(seen.elements.map(tree), byLibrary(texts.join('')).map(tree));
    const [one, other] = seen.elements.filter((_, n) => n % tags.length === 0);
    assert.ok(one !== undefined && other !== undefined);
    assert.notEqual(one.getChild('a')?.attrs, other.getChild('a')?.attrs, 'who changes one changes no other');
  });

  test('and a stanza that begins as others did', () => {
    const texts = [
      ...["<message to='c' from='h' id='1'>a</message>", "<message to='c' from='h' id='2'>b</message>"],
      ...["<message to='c' from='h' id='&lt;3&gt;'/>", '<message to="c" from="h" id="4\'">d</message>'],
      ...[
        "<message to='c' from='h' id='5\"' type='error'>e</message>",
        "<message to='c' from='h' id='ü>'>f</message>",
      ],
      ...["<message to='c' from='i' id='7'>g</message>", "<iq to='c' from='h' id='8'>h</iq>"],
      ...["<message from='h' to='c' id='9'>i</message>", "<message to='c' from='&amp;' id='10'>j</message>"],
      ...[
        "<message to='c' from='&amp;' id='11'><x to='c' from='h' id='12'/></message>",
        "<message id='13'/>",
      ],
    ];
    const text = [...texts, ...texts].join('');
    const expected = byLibrary(text).map(tree);
    for (let cut = 1; cut < text.length; cut++) {
      const parser = new StreamParser();
      const seen = reading(parser);
      parser.write(text.slice(0, cut));
      parser.write(text.slice(cut));
      assert.deepEqual(seen.elements.map(tree), expected);
    }
    const bytes = new StreamParser('bytes');
    const seen = reading(bytes);
    bytes.write(Buffer.from(text).toString('latin1'));
    assert.deepEqual(seen.elements.map(tree), expected);
  });

  test('and the stanzas that a real server sent, cut at every place', () => {
    const lines = transcript('05-two-devices-same-priority').flatMap(({ stanza: text }) => text ?? []);
    for (const text of lines.slice(0, 20)) {
      const [expected] = byLibrary(text).map(tree);
      for (let cut = 1; cut < text.length; cut += 7) {
        const parser = new StreamParser();
        const seen = reading(parser);
        parser.write(text.slice(0, cut));
        parser.write(text.slice(cut));
        assert.deepEqual(seen.elements.map(tree), [expected]);
      }
    }
  });

  test('namespaces are inherited from the stream', () => {
    const parser = new StreamParser();
    const seen = reading(parser);
    parser.write("<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error><iq/>");
    assert.ok(seen.elements[0]?.is('error', 'http://etherx.jabber.org/streams'));
    assert.equal(seen.elements[1]?.getNS(), 'jabber:component:accept');
  });

  test('entities, CDATA, quotes, spaces, a > that is not escaped', () => {
    const parser = new StreamParser();
    const seen = reading(parser);
    parser.write("<a b = \"it's\" c='&#x1F600;&lt;>&#10;' ><d\n/>1 &amp; 2<![CDATA[ <3> & ]]]>4</a >");
    const [a] = seen.elements;
    assert.deepEqual(a?.attrs, { b: "it's", c: '😀<>\n' });
    assert.equal(a?.children[1], '1 & 2 <3> & ]4');
  });

  test('the end of the stream is told', () => {
    const parser = new StreamParser();
    reading(parser);
    let ended = 0;
    parser.on('end', () => ended++);
    parser.write('<iq/></stream:stream>');
    assert.equal(ended, 1);
  });

  for (const [what, text] of Object.entries({
    'ends that do not fit': '<a><b></a></b>',
    'an end without a beginning': '</a>',
    'text between stanzas': 'secret<a/>',
    'a comment': '<a><!-- secret --></a>',
    'an instruction': '<a><?php secret?></a>',
    'a document type': '<!DOCTYPE secret><a/>',
    'an entity of its own': '<a>&secret;</a>',
    'an entity without an end': '<a>&secret</a>',
    'a character that XML forbids': '<a>&#0;</a>',
    'half of a surrogate pair': '<a>&#xD800;</a>',
    'an attribute without quotes': '<a secret=1/>',
    'an attribute without a value': '<a secret/>',
    'an attribute without a value, before another tag': "<a secret/><b c='d'/>",
    'a tag in a tag': '<a <b>/>',
    'a tag in a name': '<a<b/>',
    'a = for a name': "<a ='secret'/>",
    'no name': '< a/>',
    'a quote in a name': '<a"secret/>',
    'a name of two prefixes': '<a:b:secret/>',
    'a < in a tag that comes in pieces': "<a b=' '<secret/>",
  })) {
    test(`${what}: no stream, and nothing of the text is told`, () => {
      const parser = new StreamParser();
      const seen = reading(parser);
      assert.throws(
        () => parser.write(text),
        (error: Error) => !/secret/.test(error.message),
      );
      assert.equal(seen.elements.length, 0);
    });
  }

  test('what is too deep or too big is passed over without being kept', () => {
    const parser = new StreamParser();
    const seen = reading(parser);
    parser.write(`<a>${'<x>'.repeat(1000)}${'</x>'.repeat(1000)}</a><b/>`);
    parser.write(`<a>${'<x/>'.repeat(MOST_ELEMENTS)}</a><c/>`);
    parser.write('<a>');
    for (let length = 0; length <= LARGEST; length += 65_536) parser.write('y'.repeat(65_536));
    assert.equal((parser.cursor as Element).name, 'stream:stream');
    parser.write('</a><d/>');
    assert.deepEqual(
      seen.elements.map(({ name }) => name),
      ['b', 'c', 'd'],
    );
    assert.deepEqual(seen.dropped, [
      'nested deeper than 100 elements',
      `of more than ${MOST_ELEMENTS} elements`,
      `of more than ${LARGEST} characters`,
    ]);
  });

  test('CDATA counts by the text that is written in its place', () => {
    const parser = new StreamParser();
    const seen = reading(parser);
    const section = (character: string) => `<![CDATA[${character.repeat(400_000)}]]>`;
    parser.write(`<a>${section('y').repeat(4)}</a>`);
    assert.deepEqual([seen.elements.length, seen.dropped], [1, []]);
    parser.write(`<a>${section('<').repeat(4)}</a><b/>`);
    assert.deepEqual([seen.elements.length, seen.dropped], [2, [TOO_LARGE]]);
  });

  for (const [what, [start, piece, end]] of Object.entries({
    'an attribute': ["<a><b c='", '> y', "'/></a>"],
    'an attribute of an element that goes on': ["<a><b c='", '> y', "'>z<d/></b></a>"],
    "a stanza's own attribute": ["<a b='", '> y', "'><c></c></a>"],
    attributes: ['<a', " b='>'", '><c/></a>'],
    CDATA: ['<a><![CDATA[', ']]  y<>', ']]></a>'],
    text: ['<a>', ']]> y', '<b/></a>'],
    'an end tag': ['<a><b></b', '     ', '></a>'],
  } satisfies Record<string, [string, string, string]>)) {
    test(`${what} of more than the largest stanza is passed over, and the stream goes on`, () => {
      const parser = new StreamParser();
      const seen = reading(parser);
      const many = piece.repeat(65_536 / piece.length);
      parser.write(start);
      for (let length = 0; length <= LARGEST; length += many.length) parser.write(many);
      assert.ok(!parser.isBetweenStanzas);
      for (const character of `${end}<next/>`) parser.write(character);
      const reason = what === 'text' ? TOO_LARGE : TOO_LONG;
      assert.deepEqual([seen.elements.map(tree), seen.dropped], [['<next/>'], [reason]]);
      assert.ok(parser.isBetweenStanzas);
    });
  }

  test('an element of more attributes than any honest one is passed over with its stanza', () => {
    const parser = new StreamParser();
    const seen = reading(parser);
    const attributes = (count: number) => Array.from({ length: count }, (_, n) => ` a${n}=''`).join('');
    parser.write(`<a${attributes(MOST_ATTRIBUTES)}/><b><c${attributes(MOST_ATTRIBUTES + 1)}/></b><d/>`);
    assert.deepEqual(
      seen.elements.map(({ name }) => name),
      ['a', 'd'],
    );
    assert.deepEqual(seen.dropped, [TOO_MANY_ATTRIBUTES]);
  });

  test("the stream's own tag has an end", () => {
    const parser = new StreamParser();
    assert.throws(() => {
      for (let length = 0; length <= LARGEST; length += 65_536) parser.write(`<stream ${'y'.repeat(65_536)}`);
    }, /not well-formed/);
    const other = new StreamParser();
    other.write("<stream a='");
    assert.throws(() => {
      for (let length = 0; length <= LARGEST; length += 65_536) other.write('y'.repeat(65_536));
    }, /without an end/);
  });
});
