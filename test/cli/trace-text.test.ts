import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asText } from '../../src/cli/trace/render.js';

const AT = Date.UTC(2026, 10, 25, 8);
const PHONE = 'bob@example.org/phone';

test('the life of a message: to whom what happened, and what was no fault of the device', () => {
  const step = (after: number, event: string, by: 'ejabberd' | 'respool' | null = null) => {
    return { at: AT + after, event, jid: PHONE, by };
  };
  const life = {
    id: 17,
    stored: {
      ...{ is: 'stored' as const, id: 17, at: AT, account: 'bob@example.org', from: 'alice@example.org/pc' },
      ...{ to: 'bob@example.org', type: 'chat', stanzaId: 'm1' },
    },
    steps: [
      step(1, 'handed'),
      step(2_000, 'disconnected'),
      step(60_000, 'replayed'),
      step(60_040, 'proved', 'respool'),
    ],
    pendings: [],
  };
  assert.deepEqual(asText(life, null).split('\n'), [
    '17  2026-11-25T08:00:00Z  alice@example.org/pc to bob@example.org (chat, id m1)',
    '  08:00:00.000Z  stored',
    '  08:00:00.001Z  phone: handed',
    '  08:00:02.000Z  phone: not proved before respool lost its connection to ejabberd',
    '  08:01:00.000Z  phone: replayed',
    '  08:01:00.040Z  phone: proved after 40ms, brought by respool',
    '',
  ]);
});
