import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { StreamParser } from '../../src/xmpp/parser.js';
import { effortOf } from '../effort.js';

const HEADER =
  "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams'>";
/** What comes at once, in characters: a small read. */
const READ = 1_000;
const SMALL = 1 << 18;
/** So many times as much. What grows with the square takes TIMES times TIMES as long, and not TIMES. */
const TIMES = 15;
/** What is less than this, in ms, is not measured but noise. */
const NOISE = 15;

/** Reads a stanza in small reads. @param inside what is repeated in it, up to a size */
function read([start, inside, end]: readonly [string, string, string], size: number): void {
  const parser = new StreamParser('bytes');
  let whole = 0;
  parser.on('element', () => whole++);
  parser.on('dropped', () => whole++);
  parser.write(HEADER);
  parser.write(start);
  const piece = inside.repeat(Math.ceil(READ / inside.length));
  for (let length = 0; length < size; length += piece.length) parser.write(piece);
  parser.write(end);
  assert.equal(whole, 1);
}

describe('the work of the parser grows with the length of what it reads, and no more', () => {
  for (const [what, shape] of Object.entries({
    'of > in a text': ['<a>', '>', '</a>'],
    'of letters': ['<a>', 'y', '</a>'],
    'of bytes that are not ASCII': ['<a>', 'Ã©', '</a>'],
    'of spaces': ['<a>', ' ', '</a>'],
    'of entities': ['<a>', '&amp;', '</a>'],
    'of an attribute': ["<a b='", '>', "'/>"],
    'of quotes in an attribute': ["<a b='", '"', "'/>"],
    'of attributes': ['<a', " b='>'", '/>'],
    'of attributes of a stanza, all its id': ['<a', " id='>'", '/>'],
    'of spaces in a tag': ['<a', ' ', '/>'],
    'of a name': ['<a', 'a', '/>'],
    'of empty elements': ['<a>', '<b/>', '</a>'],
    'of elements with ends': ['<a>', '<b>c</b>', '</a>'],
    'of CDATA with all but its end': ['<a><![CDATA[', ']]>'.slice(0, 2), ']]></a>'],
    'of > in CDATA': ['<a><![CDATA[', '>', ']]></a>'],
    'of many CDATA': ['<a>', '<![CDATA[>]]>', '</a>'],
    'of prefixes': ["<a xmlns:y='u'>", "<y:b y:c=''/>", '</a>'],
    'of declarations': ['<a>', "<b xmlns:y='u' xmlns:z='v'/>", '</a>'],
  } satisfies Record<string, readonly [string, string, string]>)) {
    test(what, async context => {
      const small = await effortOf(() => read(shape, SMALL));
      const most = (small + NOISE) * TIMES * 3;
      const large = await effortOf(() => read(shape, SMALL * TIMES), most);
      context.diagnostic(`${small.toFixed(1)} ms, and ${large.toFixed(1)} ms for ${TIMES} times as much`);
      assert.ok(large < most, `${small} ms, but ${large} ms for ${TIMES} times as much`);
    });
  }

  test('of elements in each other', async context => {
    const nested = (depth: number) => {
      const parser = new StreamParser('bytes');
      parser.write(HEADER);
      for (let n = 0; n < depth; n += 100) parser.write('<a>'.repeat(100));
      for (let n = 0; n < depth; n += 100) parser.write('</a>'.repeat(100));
      assert.ok(parser.isBetweenStanzas);
    };
    const small = await effortOf(() => nested(50_000));
    const most = (small + NOISE) * 12 * 3;
    const large = await effortOf(() => nested(600_000), most);
    context.diagnostic(`${small.toFixed(1)} ms, and ${large.toFixed(1)} ms for 12 times as much`);
    assert.ok(large < most, `${small} ms, but ${large} ms for 12 times as much`);
  });
});
