import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitted } from '../../src/cli/fitted.js';

const HELP = `
Says step by step what became of messages. It shows
ids, and nothing of what was said.

  stored      respool has it: it is not lost
  handed      ejabberd routed it to this session, which may have been dead already

Examples:
  respool trace romeo@example.org --since 2h    what was written to and by him of late`;

test('help is filled anew for a narrow terminal, and columns stay columns', () => {
  assert.deepEqual(fitted(HELP, 50).split('\n'), [
    '',
    'Says step by step what became of messages. It',
    'shows ids, and nothing of what was said.',
    '',
    '  stored      respool has it: it is not lost',
    '  handed      ejabberd routed it to this session,',
    '              which may have been dead already',
    '',
    'Examples:',
    '  respool trace romeo@example.org --since 2h   ',
    '  what was written to and by him of late',
  ]);
});

test('without a terminal it stays as it was written', () => {
  assert.equal(fitted(HELP, undefined), HELP);
});
