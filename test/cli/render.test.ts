import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from '../../src/cli/check/finding.js';
import { render } from '../../src/cli/check/render.js';

const finding: Finding = {
  check: 'sending',
  level: 'error',
  text: 'a stanza in the name of example.org was refused',
  means: 'respool can replay nothing, for it sends in the name of the original senders',
  remedy: 'set check_from: false',
};

test('one line a finding where nobody looks', () => {
  assert.equal(
    render(finding, { columns: undefined, colour: false }),
    'error    sending     a stanza in the name of example.org was refused; respool can replay nothing, for it sends ' +
      'in the name of the original senders; To do: set check_from: false',
  );
});

test('in a terminal no line is wider than it, and what follows is indented', () => {
  for (const columns of [30, 80, 200]) {
    const lines = render(finding, { columns, colour: false }).split('\n');
    assert.ok(
      lines.every(line => line.length <= Math.min(columns, 120)),
      `${columns}: ${lines.join('|')}`,
    );
    assert.ok(lines.slice(1).every(line => line.startsWith('  ')));
  }
  assert.deepEqual(render(finding, { columns: 80, colour: false }).split('\n'), [
    'error    sending     a stanza in the name of example.org was refused',
    '                     respool can replay nothing, for it sends in the name of the',
    '                     original senders',
    '                     To do: set check_from: false',
  ]);
});

test('colours mark the level only', () => {
  const [red, plain] = ['\x1b[31m', '\x1b[0m'];
  const shown = render(finding, { columns: 80, colour: true });
  assert.ok(shown.startsWith(`${red}error${plain}    sending     a stanza`));
  assert.equal(shown.split('\x1b').length, 3);
});
