import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { partsOfKey, RoomRecogniser } from '../../src/presence/room-recogniser.js';
import { RoomNames } from '../../src/tap/room-names.js';
import { parseJid } from '../../src/xmpp/jid.js';
import { parse } from '../way.js';

const ROOM = 'garden@conference.alpha.test';
const [ONE, OTHER] = [1, 2];

/** Copies of messages; @param words `id=` says which id the writer gave, `#` which the room */
class Room {
  readonly #recogniser = new RoomRecogniser();

  copy(words: string, session: number, now: number): { key: string; first: boolean } {
    const [, id] = /id=(\S+)/.exec(words) ?? [];
    const [, roomsId] = /#(\S+)/.exec(words) ?? [];
    const stanzaId =
      roomsId === undefined ? '' : `<stanza-id xmlns='urn:xmpp:sid:0' by='${ROOM}' id='${roomsId}'/>`;
    const from = parseJid(`${ROOM}/eve`);
    assert.ok(from !== null);
    const attributes = id === undefined ? '' : ` id='${id}'`;
    const message = parse(
      `<message from='${from.full}'${attributes}><body>${words}</body>${stanzaId}</message>`,
    );
    return this.#recogniser.recognise(ROOM, new RoomNames(message, from), session, now);
  }

  /** How many messages these copies are of. */
  count(copies: readonly [words: string, session: number, now: number][]): number {
    return copies.filter(copy => this.copy(...copy).first).length;
  }
}

/** One line each: what comes to which session at which second, and how many messages that is. */
const CASES: [what: string, copies: [words: string, session: number, at: number][], messages: number][] = [
  [
    'one to two',
    [
      ['id=a', ONE, 0],
      ['id=a', OTHER, 0],
    ],
    1,
  ],
  [
    'one to two, the second long after',
    [
      ['id=a', ONE, 0],
      ['id=a', OTHER, 50],
    ],
    1,
  ],
  [
    'the same twice to one',
    [
      ['id=a', ONE, 0],
      ['id=a', ONE, 0],
    ],
    2,
  ],
  [
    'the same twice to two, in turns',
    [
      ['id=a', ONE, 0],
      ['id=a', ONE, 0],
      ['id=a', OTHER, 0],
      ['id=a', OTHER, 0],
    ],
    2,
  ],
  [
    'an equal one to another later',
    [
      ['id=a', ONE, 0],
      ['id=a', OTHER, 61],
    ],
    2,
  ],
  [
    'without an id, to two',
    [
      ['ok', ONE, 0],
      ['ok', OTHER, 4],
    ],
    1,
  ],
  [
    'without an id, to another later',
    [
      ['ok', ONE, 0],
      ['ok', OTHER, 6],
    ],
    2,
  ],
  [
    'with an id of the room, twice to one',
    [
      ['#1', ONE, 0],
      ['#1', ONE, 0],
    ],
    1,
  ],
  [
    'with two ids of the room',
    [
      ['id=a #1', ONE, 0],
      ['id=a #2', OTHER, 0],
    ],
    2,
  ],
  [
    'one whose copies others come between for a minute',
    [
      ['#1', ONE, 0],
      ['x', ONE, 30],
      ['y', ONE, 61],
      ['#1', OTHER, 62],
    ],
    3,
  ],
];

describe('live copies of what is said in a room', () => {
  for (const [what, copies, messages] of CASES) {
    test(`${what}: ${messages}`, () => {
      const room = new Room();
      assert.equal(room.count(copies.map(([words, session, at]) => [words, session, at * 1000])), messages);
    });
  }

  test('each message has a key of its own, which no other process gives', () => {
    const keys = [new Room(), new Room()].flatMap(room =>
      [0, 0, 10_000].map(at => room.copy('ok', ONE, at).key),
    );
    assert.equal(new Set(keys).size, keys.length);
    const [room, other] = [new Room(), new Room()];
    assert.equal(
      room.copy('#1', ONE, 0).key,
      other.copy('#1', OTHER, 0).key,
      'but the key by the id of the room',
    );
  });

  test('what equal messages share is in the key, but for one by the id of the room, whatever that is', () => {
    const room = new Room();
    const [one, other] = [room.copy('ok', ONE, 0), room.copy('ok', ONE, 0)].map(({ key }) => partsOfKey(key));
    assert.equal(one?.shared, other?.shared);
    assert.deepEqual(partsOfKey(room.copy('##a#b', ONE, 0).key), { shared: 'id #a#b', process: '' });
  });

  test('no more is remembered than the last ones', () => {
    const room = new Room();
    const first = (n: number) => room.copy(`id=${n}`, ONE, 0).first;
    for (let n = 0; n < 20_100; n++) assert.ok(first(n));
    assert.equal(room.copy('id=19999', OTHER, 0).first, false);
    for (let n = 20_100; n < 60_000; n++) first(n);
    assert.equal(room.copy('id=1', OTHER, 0).first, true);
  });

  test('of equal messages that follow each other only the last hundred are told apart', () => {
    const room = new Room();
    const hundreds = (session: number) => room.count(Array.from({ length: 300 }, () => ['same', session, 0]));
    assert.deepEqual([hundreds(ONE), hundreds(OTHER)], [300, 200]);
  });
});
