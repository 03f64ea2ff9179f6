import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Element } from '@xmpp/component';
import fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { type Chunks, StreamParser } from '../../src/xmpp/parser.js';
import { serialize } from '../../src/xmpp/serialize.js';
import { tries } from '../tries.js';

const HEADER =
  "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams'>";

/** An element as text, with its attributes in the order of their names, and texts that follow each other as one. */
type Tree = { name: string; attrs: Record<string, string>; children: (Tree | string)[] };

/** What a parser made of a text: whole stanzas, and whether it said that the text is not well-formed. */
interface Reading {
  stanzas: Tree[];
  fails: boolean;
}

/** The stream's own parser; `elements` are the stanzas as it told of them. */
function byOurs(pieces: readonly string[], chunks: Chunks): { elements: Element[]; read: Reading } {
  const parser = new StreamParser(chunks);
  const elements: Element[] = [];
  parser.on('element', one => elements.push(one));
  let fails = false;
  try {
    for (const piece of [HEADER, ...pieces]) parser.write(piece);
  } catch {
    fails = true;
  }
  return { elements, read: { stanzas: elements.map(treeOf), fails } };
}

/** A strict parser of others, which reads XML 1.0 as a whole. */
function byOther(text: string): Reading {
  const parser = new SaxesParser({ xmlns: false });
  const stanzas: Tree[] = [];
  const open: Tree[] = [];
  let fails = false;
  /** Between stanzas nothing but white space may stand (RFC 6120, 11.7). */
  const isBlank = (text: string) => {
    if (/[^ \t\r\n]/.test(text)) fails = true;
  };
  const add = (text: string) => {
    if (text === '' || fails) return;
    const children = open.at(-1)?.children;
    const last = children?.at(-1);
    if (typeof last === 'string') children?.splice(-1, 1, last + text);
    else children?.push(text);
  };
  parser.on('error', () => {
    fails = true;
  });
  parser.on('opentag', ({ name, attributes }) => open.push({ name, attrs: { ...attributes }, children: [] }));
  parser.on('closetag', () => {
    const closed = open.pop();
    if (closed === undefined || fails) return;
    if (open.length === 1) stanzas.push(closed);
    else open.at(-1)?.children.push(closed);
  });
  for (const name of ['text', 'cdata'] as const)
    parser.on(name, told => (open.length > 1 ? add(told) : isBlank(told)));
  // one by one: after its first error it goes on, and tells of what it makes of the rest
  for (const character of HEADER + text) {
    parser.write(character);
    if (fails) break;
  }
  return { stanzas, fails };
}

function treeOf({ name, attrs, children }: Element): Tree {
  const trees: (Tree | string)[] = [];
  for (const child of children) {
    const last = trees.at(-1);
    if (typeof child !== 'string') trees.push(treeOf(child));
    else if (typeof last === 'string') trees.splice(-1, 1, last + child);
    else if (child !== '') trees.push(child);
  }
  return { name, attrs: { ...(attrs as Record<string, string>) }, children: trees };
}

const name = fc.constantFrom('a', 'message', 'body', 'x-y', 'Ü', 'z.1', '_');
const space = fc.constantFrom(' ', '  ', '\n', '\t', '\r\n', ' \n\t');
const maybeSpace = fc.oneof(fc.constant(''), space);
/** What stands in text and in values: characters of each length in UTF-8, references of each kind, white space. */
const piece = fc.constantFrom(
  ...[
    'a',
    ' ',
    '\n',
    '\t',
    '\r',
    '\r\n',
    'é',
    '€',
    '🚆',
    '>',
    '/',
    '=',
    '&amp;',
    '&lt;',
    '&gt;',
    '&quot;',
    '&apos;',
  ],
  ...['&#65;', '&#x41;', '&#x1F686;', '&#10;', '&#9;', '&#xD;'],
);
const content = fc.array(piece, { maxLength: 5 }).map(pieces => pieces.join(''));
const attribute = fc
  .tuple(
    space,
    fc.constantFrom('id', 'to', 'b', 'é', 'xml:lang'),
    maybeSpace,
    maybeSpace,
    fc.constantFrom('"', "'"),
    content,
  )
  .map(([before, name, left, right, quote, value]) => [
    name,
    `${before}${name}${left}=${right}${quote}${value}${quote}`,
  ]);
const attributes = fc
  .uniqueArray(attribute, { maxLength: 3, selector: ([name]) => name })
  .map(all => all.map(([, text]) => text).join(''));
const cdata = fc
  .array(fc.constantFrom('a', '<', '&', ']', '>', '🚆', '&lt;', '\r', '\n'), { maxLength: 4 })
  .map(parts => `<![CDATA[${parts.join('').replaceAll(']]>', ']] >')}]]>`);

const { tree } = fc.letrec<{ tree: string; child: string }>(tie => ({
  tree: fc
    .tuple(name, attributes, maybeSpace, fc.array(tie('child'), { maxLength: 4 }), fc.boolean())
    .map(([name, attrs, end, children, isShort]) =>
      isShort && children.length === 0
        ? `<${name}${attrs}${end}/>`
        : `<${name}${attrs}${end}>${children.join('')}</${name}${end}>`,
    ),
  child: fc.oneof({ maxDepth: 3 }, content, cdata, tie('tree')),
}));
const document = fc
  .array(fc.oneof({ weight: 4, arbitrary: tree }, { weight: 1, arbitrary: maybeSpace }), {
    minLength: 1,
    maxLength: 3,
  })
  .map(all => all.join(''));

/** What makes a document another, and mostly none. */
const change = fc.record({
  at: fc.nat(),
  cut: fc.nat({ max: 3 }),
  put: fc.constantFrom(
    ...[
      '',
      '<',
      '>',
      '&',
      '"',
      "'",
      '/',
      '=',
      ';',
      '&#',
      '&x;',
      '&#0;',
      '&#xD800;',
      ']]>',
      '\0',
      '\ufffe',
      ' ',
      'a',
      '</a>',
      '<a',
      '\ud800',
      ':',
      '1',
    ],
  ),
});

/**
 * What XML 1.0 allows but no stream may have: comments, instructions and document types (RFC 6120, 11.1), and prefixes that
 * are not declared (Namespaces in XML).
 */
const FORBIDDEN = /<[?!](?!\[CDATA\[)|(?<!\sxml):|:(?!lang)/;

function cutInto(text: string, cuts: readonly number[]): string[] {
  const places = [...new Set([0, ...cuts.map(cut => cut % (text.length + 1)), text.length])].sort(
    (a, b) => a - b,
  );
  return places.slice(1).map((end, index) => text.slice(places[index], end));
}

/** As the stream reads it: each byte a character. */
const bytesOf = (text: string) => Buffer.from(text, 'utf8').toString('latin1');

describe('the parser of the stream beside another one', () => {
  test('makes the same of any document', () => {
    fc.assert(
      fc.property(document, text => {
        const other = byOther(text);
        assert.equal(other.fails, false, text);
        assert.deepEqual(byOurs([text], 'text').read, other);
        assert.deepEqual(byOurs([bytesOf(text)], 'bytes').read, other);
      }),
      { numRuns: tries(3_000) },
    );
  });

  test('however its bytes come, one by one or in pieces', () => {
    fc.assert(
      fc.property(document, fc.array(fc.nat(), { maxLength: 6 }), (text, cuts) => {
        const whole = byOurs([text], 'text').read;
        const bytes = bytesOf(text);
        assert.deepEqual(byOurs([...bytes], 'bytes').read, whole);
        assert.deepEqual(byOurs(cutInto(bytes, cuts), 'bytes').read, whole);
      }),
      { numRuns: tries(1_000) },
    );
  });

  test('refuses nothing that is well-formed, and makes nothing of the rest that could not be written', () => {
    fc.assert(
      fc.property(document, fc.array(change, { minLength: 1, maxLength: 3 }), (text, changes) => {
        const changed = changes.reduce((so, { at, cut, put }) => {
          const place = at % (so.length + 1);
          return Buffer.from(so.slice(0, place) + put + so.slice(place + cut)).toString(); // no half characters
        }, text);
        fc.pre(!FORBIDDEN.test(changed));
        const [{ elements, read }, other] = [byOurs([bytesOf(changed)], 'bytes'), byOther(changed)];
        if (!other.fails && !read.fails) return assert.deepEqual(read, other, changed);
        // the other one waits for the end of an entity that is none
        if (read.fails) return assert.equal(byOther(`${changed};`).fails, true, changed);
        for (const one of elements) assert.equal(byOther(serialize(one)).fails, false, changed);
      }),
      { numRuns: tries(10_000) },
    );
  });

  test('reads bytes that are no UTF-8 as text with a mark in their place', () => {
    const bytes = fc.array(fc.constantFrom(0x80, 0xbf, 0xc0, 0xc3, 0xe2, 0x82, 0xf0, 0x9f, 0xff), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(document, fc.array(fc.tuple(fc.nat(), bytes), { maxLength: 3 }), (text, broken) => {
        const spoilt = broken.reduce((so, [at, more]) => {
          const place = at % (so.length + 1);
          return Buffer.concat([so.subarray(0, place), Buffer.from(more), so.subarray(place)]);
        }, Buffer.from(text));
        const [asBytes, asText] = [
          byOurs([spoilt.toString('latin1')], 'bytes'),
          byOurs([spoilt.toString()], 'text'),
        ];
        assert.deepEqual(asBytes.read, asText.read, spoilt.toString('latin1'));
      }),
      { numRuns: tries(3_000) },
    );
  });
});
