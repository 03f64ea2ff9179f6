import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serveControl } from '../../src/control/control.js';
import type { Handlers } from '../../src/control/requests.js';
import { respool } from './process.js';
import { Workspace } from './workspace.js';

test('what a socket answers cannot command the terminal', async () => {
  const work = new Workspace();
  work.configure(1);
  const refuse = async () => {
    throw new Error('\u001b[2J\u001b]0;owned\u0007no\rrespool: all is well');
  };
  const end = await serveControl(`${work.spool}.sock`, {
    release: refuse,
  } as Partial<Handlers> as Handlers);
  const { code, stderr } = await respool(['queue', 'release', 'a@example.org', '-c', work.config]);
  await end();
  work.remove();
  const shown = 'respool: \\u{1b}[2J\\u{1b}]0;owned\\u{7}no\\u{d}respool: all is well\n';
  assert.deepEqual([code, stderr], [1, shown]);
});
