import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Element } from '@xmpp/component';
import fc from 'fast-check';
import { Directory } from '../../src/presence/directory.js';
import { Receptions } from '../../src/presence/receptions.js';
import { parseJid } from '../../src/xmpp/jid.js';
import { tries } from '../tries.js';
import { parse, transcript, Way } from '../way.js';
import { element, mutation, stanza } from './stanzas.js';

const TRANSCRIPTS = [
  '01-offline-flush',
  '03-zombie-bounce',
  '05-two-devices-same-priority',
  '08-errors',
  '10-rooms',
  '12-mam-device',
];
const RUNS = { numRuns: tries(1500), seed: 7 };

/** What daemon.ts does with a stanza: what cannot be read is an Error, and nothing else goes wrong, at once or later. */
function takes(way: Way, incoming: Element): void {
  let events: ReturnType<typeof way.tap.read>['events'];
  try {
    ({ events } = way.tap.read(incoming, way.clock.now()));
  } catch (error) {
    assert.ok(
      error instanceof Error && !(error instanceof TypeError || error instanceof RangeError),
      String(error),
    );
    return;
  }
  for (const event of events) way.replay.take(event);
}

function parsed(text: string): Element | undefined {
  try {
    return parse(text);
  } catch {
    return undefined; // the stream ends such a connection
  }
}

const copyOf = (inside: string) =>
  `<message from='alpha.test' to='respool.alpha.test' id='1'><forwarded xmlns='urn:xmpp:forward:0'>${inside}</forwarded></message>`;

describe('hostile stanzas', () => {
  test('any XML in a copy, and in place of one', async () => {
    const way = new Way();
    fc.assert(
      fc.property(fc.oneof(stanza.map(copyOf), element.map(copyOf), stanza), text => {
        const incoming = parsed(text);
        if (incoming !== undefined) takes(way, incoming);
      }),
      RUNS,
    );
    await way.clock.pass(200_000);
  });

  test('mutated transcripts', async () => {
    const lines = TRANSCRIPTS.flatMap(name => transcript(name).flatMap(({ stanza: text }) => text ?? []));
    const way = new Way();
    fc.assert(
      fc.property(
        fc.nat(lines.length - 1),
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        (nth, changes) => {
          const text = changes.reduce(
            (line, change) => (line === '' ? line : change(line)),
            lines[nth] ?? '',
          );
          const incoming = parsed(text);
          if (incoming !== undefined) takes(way, incoming);
        },
      ),
      RUNS,
    );
    await way.clock.pass(200_000);
  });

  test('thousands of children, a megabyte in one attribute', () => {
    const way = new Way();
    const big = (inside: string, attribute = '') =>
      copyOf(
        `<message from='alice@alpha.test/pc' to='bob@alpha.test' type='chat' id='m${attribute}'><body>x</body>${inside}</message>`,
      );
    way.feed(big('<x/>'.repeat(9000)));
    way.feed(big('', 'i'.repeat(1 << 20)));
    assert.equal(way.stored().length, 2);
  });
});

describe('state that others can make grow', () => {
  test('more and more resources of one account, with presence or without', () => {
    const sessions = new Directory();
    for (let n = 0; n < tries(100_000); n++) {
      const jid = parseJid(`bob@alpha.test/${n}`);
      assert.ok(jid);
      if (n % 2 === 0) sessions.announced({ kind: 'available', jid, priority: 0, presence: '' }, n);
      else sessions.seen({ kind: 'seen', jid, acted: true }, n);
    }
    assert.ok(
      sessions.of('bob@alpha.test').length <= 100,
      `${sessions.of('bob@alpha.test').length} sessions`,
    );
  });

  test('messages to an account of which no session is known', context => {
    const way = new Way();
    for (let n = 0; n < 5000; n++) {
      const text = `<message from='eve@evil.example/x' to='bob@alpha.test' type='chat' id='${n}'><body>x</body></message>`;
      way.copy(text);
    }
    const apply = context.mock.method(way.spool, 'apply');
    way.copy(
      `<message from='bob@alpha.test/phone' to='zoe@beta.test' type='chat' id='own'><body>x</body></message>`,
    );
    assert.ok(apply.mock.callCount() <= 1100, `${apply.mock.callCount()} commands at once`);
  });

  test('messages to accounts of which no session is known: the oldest are forgotten, what is counted is not', () => {
    const receptions = new Receptions();
    const directory = new Directory();
    const sessionOf = (account: string) => {
      const jid = parseJid(`${account}/phone`);
      assert.ok(jid);
      return directory.found(jid, 0, 0).session;
    };
    const of = {
      identity: 'm',
      sentAt: 0,
      resource: '',
      takers: [],
      isCounted: false,
      isStray: false,
      isResent: false,
      floor: 0,
    };
    const takers = ['eve@alpha.test', 'bob@alpha.test'].map((name, n) => ({
      session: sessionOf(name),
      group: n,
    }));
    receptions.open({ ...of, account: 'bob@alpha.test', takers, isCounted: true }, 0);
    for (let n = 0; n < 60_000; n++) receptions.open({ ...of, account: `user${n}@alpha.test` }, n);
    const found = (n: number) => receptions.found(sessionOf(`user${n}@alpha.test`), 0, 0, false).length;
    assert.deepEqual([found(0), found(5_000), found(59_999)], [0, 0, 1]);
    const { out: decided } = receptions.another('bob@alpha.test', 'm', 100);
    assert.deepEqual(
      decided.map(one => one.do === 'decide' && one.got),
      [true, true],
    );
  });
});
