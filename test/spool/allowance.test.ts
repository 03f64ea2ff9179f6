import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Command } from '../../src/spool/command.js';
import type { NewMessage } from '../../src/spool/content.js';
import { arrival, heard, LIMITS, message, opened } from './opened.js';

const ROOM = 'hall@conference.example.org';
const LARGE = { payload: `<body>${'x'.repeat(250_000)}</body>` };
/** More than one replay takes at once. */
const TOO_MANY = Array.from({ length: 20 }, (_, n) => n + 1);

/** ejabberd hands it to the first session, which does not prove it. */
function hand({ account, identity }: NewMessage): Command {
  return {
    ...{ do: 'hand', session: 1, group: 1, account, identity },
    ...{ way: 'flood', fresh: false, message: null },
  };
}

function hear(session: number, id: number): Command {
  return heard(id, ROOM, { ...LARGE, key: `${id}` }, { session, group: 1 });
}

/** A spool that was told this, and what a session that answers is then replayed at once. */
function replayed(session: number, ...commands: Command[]): (string | null)[] {
  const { spool } = opened({ rooms: { ...LIMITS.rooms, maxPerRoom: 100 } });
  spool.apply([
    ...commands,
    { do: 'mark', session, ping: 1 },
    { do: 'prove', session, ping: 1, groups: [], at: 30, took: 1 },
  ]);
  const [chunks] = spool.apply([{ ask: 'take', session, groups: [2, 3], limit: 100, at: 30 }]);
  return (chunks as { stanzaId: string | null }[][]).flat().map(({ stanzaId }) => stanzaId);
}

describe('a replay of large messages', () => {
  const given = TOO_MANY.map(id => message(id, LARGE));
  const stored = [...given, message(21)].map(one => ({ do: 'store', message: one }) as const);
  const arrive = (session: number) => arrival({ session, resource: `${session}`, device: false });

  test('takes 4 MiB at once, the oldest', () => {
    const first = TOO_MANY.slice(0, 17).map(id => `id ${id}`);
    assert.deepEqual(replayed(2, ...stored, arrive(2)), first);
  });

  test('goes over what another session holds, however large that is', () => {
    assert.deepEqual(replayed(2, ...stored, arrive(1), arrive(2), ...given.map(hand)), ['id 21']);
  });

  test('goes over what the session has heard in a room, however large that is', () => {
    const sessions = ['bob', 'eve'].flatMap((name, n): Command[] => [
      arrival({ account: `${name}@example.org`, session: n + 1 }),
      { do: 'join', session: n + 1, room: ROOM, nick: name, at: 1 },
    ]);
    const heard = [...TOO_MANY.map(id => hear(1, id)), hear(2, 21), hear(1, 22)];
    assert.deepEqual(replayed(1, ...sessions, ...heard), ['id 21']);
  });
});

test('a line about the undelivered has 200 characters of an id', () => {
  const { spool, store, undelivered } = opened();
  store(message(1, { stanzaId: 'i'.repeat(250_000) }));
  spool.apply([{ ask: 'drop', account: 'bob@example.org', at: 2, limit: 1 }]);
  assert.deepEqual(undelivered(), [['i'.repeat(200), 'dropped']]);
});
