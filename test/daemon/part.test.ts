import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Part, Parts } from '../../src/daemon/part.js';

test('the parts are told in the order of their start, and offline and stopped in reverse', async () => {
  const told: string[] = [];
  const part = (name: string): Part => ({
    online: () => void told.push(`${name} online`),
    offline: () => void told.push(`${name} offline`),
    handle: ({ kind }) => void told.push(`${name} ${kind}`),
    stop: async () => void told.push(`${name} stops`),
  });
  const parts = new Parts();
  for (const name of ['spool', 'stream']) parts.add(part(name));
  parts.add({}); // one that needs nothing
  parts.online();
  parts.handle({ kind: 'gone' } as unknown as Parameters<Parts['handle']>[0]);
  parts.offline();
  await parts.stop();
  assert.deepEqual(told, [
    ...['spool online', 'stream online', 'spool gone', 'stream gone'],
    ...['stream offline', 'spool offline', 'stream stops', 'spool stops'],
  ]);
});
