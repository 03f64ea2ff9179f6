import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runCommand } from '../../src/alerts/run-command.js';

const folder = mkdtempSync(join(tmpdir(), 'respool-command-'));
after(() => rmSync(folder, { recursive: true }));

function script(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return path;
}

const options = (timeout = 10_000, signal = new AbortController().signal) => ({ timeout, signal });

test('the facts are in the environment, the words on stdin; arguments are not read by a shell', async () => {
  process.env.RESPOOL_SECRET = 'hush';
  const path = script(
    'tell',
    `env > ${folder}/env; cat > ${folder}/stdin; printf '%s' "$1" > ${folder}/argument`,
  );
  const facts = { RESPOOL_ALERT_TEXT: '$(touch /tmp/x) "; `id`' };
  assert.equal(await runCommand([path, '$HOME; id'], facts, 'the words', options()), null);
  delete process.env.RESPOOL_SECRET;
  const env = readFileSync(join(folder, 'env'), 'utf8');
  assert.ok(env.includes('RESPOOL_ALERT_TEXT=$(touch /tmp/x) "; `id`\n'), env);
  assert.match(env, /^PATH=/m);
  assert.doesNotMatch(env, /RESPOOL_SECRET/);
  assert.equal(readFileSync(join(folder, 'stdin'), 'utf8'), 'the words\n');
  assert.equal(readFileSync(join(folder, 'argument'), 'utf8'), '$HOME; id');
});

test('a failure is said: not there, its exit code and first complaint, too slow', async () => {
  const timers = () => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length;
  const before = timers();
  assert.match((await runCommand([join(folder, 'none')], {}, '', options())) ?? '', /ENOENT/);
  assert.equal(timers(), before, 'nothing keeps respool from ending');
  const failing = script('failing', 'echo "no such list" >&2; exit 3');
  assert.equal(await runCommand([failing], {}, '', options()), 'it ended with 3: no such list');
  const began = performance.now();
  const slow = script('slow', `sleep 60 & echo $! > ${folder}/sleeper; wait`); // which keeps stderr open
  assert.equal(await runCommand([slow], {}, '', options(500)), 'it was killed after 0.5 s');
  assert.ok(performance.now() - began < 10_000);
  const sleeper = Number(readFileSync(join(folder, 'sleeper'), 'utf8'));
  if (sleeper > 0) process.kill(sleeper);
});

test('one that reads no words is fine', async () => {
  assert.equal(await runCommand(['/bin/true'], {}, 'x'.repeat(1 << 20), options()), null);
});
