import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { circles, importsIn, importsOf, upwards } from './imports.js';

const SRC = new URL('../../src/', import.meta.url);
/** The way of a stanza: each step knows only those before it. */
const WAY = ['xmpp', 'tap', 'rules', 'presence', 'spool', 'replay'];
const MOST_LINES = 250;

describe('the source', () => {
  const imports = importsIn(SRC);

  test('imports nothing from a later step of the way of a stanza', () => {
    assert.deepEqual(upwards(imports, WAY), []);
  });

  test('has no circle of imports', () => {
    assert.deepEqual(circles(imports), []);
  });

  test(`has no file of more than ${MOST_LINES} lines`, () => {
    const linesOf = (file: string) => readFileSync(new URL(file, SRC), 'utf8').split('\n').length - 1;
    const long = [...imports.keys()].filter(file => linesOf(file) > MOST_LINES);
    assert.deepEqual(long, []);
  });
});

describe('what reads it', () => {
  test('sees each kind of import, and where it leads', () => {
    const text = [
      "import { a } from './a.js';",
      "import type { B } from '../b/c.js';",
      "export * from './d.js';",
      "import './e.js';",
      "const f = await import('./f.js');",
      "import { g } from 'node:fs';",
    ];
    assert.deepEqual(importsOf('x/y.ts', text.join('\n')), [
      'x/a.ts',
      'b/c.ts',
      'x/d.ts',
      'x/e.ts',
      'x/f.ts',
    ]);
  });

  test('finds an import from a later step, and from what is no step', () => {
    const made = new Map([
      ['tap/a.ts', ['xmpp/a.ts', 'replay/a.ts', 'cli/a.ts']],
      ['replay/a.ts', ['tap/a.ts']],
      ['cli/a.ts', ['replay/a.ts', 'daemon.ts']],
    ]);
    assert.deepEqual(upwards(made, WAY), ['tap/a.ts imports replay/a.ts', 'tap/a.ts imports cli/a.ts']);
  });

  test('finds a circle', () => {
    const made = new Map([
      ['a.ts', ['b.ts']],
      ['b.ts', ['c.ts', 'd.ts']],
      ['c.ts', ['b.ts']],
      ['d.ts', []],
    ]);
    assert.deepEqual(circles(made), ['b.ts > c.ts > b.ts']);
  });
});
