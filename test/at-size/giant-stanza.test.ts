import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Batch } from '../../src/spool/batch.js';
import { StreamParser } from '../../src/xmpp/parser.js';
import { Way } from '../way.js';

/** What a stanza may be at most, in characters, as it is written: what is larger is passed over. */
const LARGEST = 1 << 22;
/** A socket brings so much at once, see reading-socket.ts. */
const READ = 1 << 16;
/** A stanza holds up the event loop for so long at most, of the processor's time, in ms; see design.md. */
const MOST = 50;
/** Or, where the processor is slower, or others use it too, for so many times as long as to write such a text as JSON. */
const TIMES = 6;
const TRIES = 20;
/** So often at once, for the clock of the processor's time is a coarse one. */
const AT_ONCE = 5;
/** A tag is the longest that is read. */
const TAG = (1 << 19) - 1_000;

const START =
  "<message from='alpha.test' to='respool.alpha.test' id='1'><forwarded xmlns='urn:xmpp:forward:0'>" +
  "<message xmlns='jabber:client' from='alice@alpha.test/pc' to='bob@alpha.test' type='chat' id='";
const END = '</message></forwarded></message>';

/** What this thread has had of the processor, in ms: a busy machine lets it wait, not work. */
function spent(): number {
  // of Node 23.9 and later, which its types do not know yet; the garbage is collected by other threads too
  const { user, system } = (process as unknown as { threadCpuUsage(): NodeJS.CpuUsage }).threadCpuUsage();
  return (user + system) / 1_000;
}

/** How long it takes to write a text of 4 MiB as JSON, in ms of the processor: each text is written so for the spool's thread. */
function writing(): number {
  const text = 'y'.repeat(LARGEST);
  const before = spent();
  for (let n = 0; n < AT_ONCE; n++) JSON.stringify({ text });
  return (spent() - before) / AT_ONCE;
}

/** The longest turn that a stanza takes from the socket to what the spool is told, in ms of the processor. */
function longestTurn(inside: string, way: Way): number {
  const parser = new StreamParser('bytes');
  parser.on('element', stanza => {
    for (const event of way.tap.read(stanza, way.clock.now()).events) way.replay.take(event);
  });
  parser.write("<stream:stream xmlns='jabber:component:accept' xmlns:stream='x'>");
  const text = Buffer.from(`${START}${Math.random()}'>${inside}${END}`).toString('latin1');
  let longest = 0;
  for (let at = 0; at < text.length; at += READ) {
    const chunk = Buffer.from(text.slice(at, at + READ), 'latin1').toString('latin1');
    const before = spent();
    parser.write(chunk);
    longest = Math.max(longest, spent() - before);
  }
  return longest;
}

const fill = (piece: string, room = LARGEST - 2_000) => piece.repeat(Math.floor(room / piece.length));

describe('a stanza of 4 MiB takes no long turn', () => {
  for (const [what, inside] of Object.entries({
    'of letters': `<body>${fill('y')}</body>`,
    'of entities': `<body>${fill('&lt;')}</body>`,
    'of entities, mixed': `<body>${fill('&amp;a&gt;&quot;')}</body>`,
    'of numbered entities': `<body>${fill('&#65;')}</body>`,
    'of >': `<body>${fill('>')}</body>`,
    'of characters beyond ASCII': `<body>${Buffer.from(fill('離'))
      .subarray(0, LARGEST - 3_000)
      .toString()}</body>`,
    'of entities in attributes': `<a b='${fill('&#65;', TAG)}' c='d'/>`.repeat(8),
    'of letters in attributes': `<a b='${fill('y', TAG)}' c='d'/>`.repeat(8),
    'of CDATA': `<a><![CDATA[${fill('<', TAG)}]]></a>`.repeat(8),
    'of elements that are full of entities': `<a>${fill('&lt;', 400)}</a>`.repeat(9_000),
    'of many elements': fill("<b c='d'>e</b>", 140_000),
    'of elements that are too many': fill("<b c='d'>e</b>"),
  })) {
    test(what, context => {
      const batch = new Batch(); // for the spool's thread
      const way = new Way({
        tell: command => {
          batch.clear();
          batch.add(command);
        },
      });
      let [took, reference] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
      const isShort = () => took < Math.max(MOST, TIMES * reference);
      for (let tries = 0; tries < TRIES && !isShort(); tries++) {
        [took, reference] = [Math.min(took, longestTurn(inside, way)), Math.min(reference, writing())];
      }
      context.diagnostic(`${took.toFixed(1)} ms, JSON ${reference.toFixed(1)} ms`);
      assert.ok(isShort(), `${took} ms, JSON ${reference} ms`);
    });
  }
});
