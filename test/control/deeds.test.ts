import assert from 'node:assert/strict';
import { describe, mock, test } from 'node:test';
import { type Deed, Deeds } from '../../src/control/deeds.js';

const BOB = 'bob@example.org';

function told(...deeds: [by: string, deed: Deed][]): string[] {
  const lines: string[] = [];
  const all = new Deeds(line => lines.push(line));
  for (const [by, deed] of deeds) all.did(by, deed);
  all.stop();
  return lines;
}

const dropped = (count: number, ...accounts: string[]): Deed => ({ did: 'dropped', count, accounts });

describe('who has done what by hand', () => {
  test('is one line, however many pieces it came in', () => {
    assert.deepEqual(
      told(['root', dropped(500, BOB)], ['root', dropped(20, BOB)], ['eve', dropped(1, 'a@b')]),
      ['root dropped 520 pending of bob@example.org', 'eve dropped 1 pending of a@b'],
    );
  });

  test('names few accounts, and counts many; what came to nothing is not said', () => {
    const many = Array.from({ length: 7 }, (_, at) => `user${at}@example.org`);
    assert.deepEqual(told(['root', dropped(9, ...many)]), ['root dropped 9 pending of 7 accounts']);
    assert.deepEqual(told(['root', dropped(0, BOB)], ['root', { did: 'imported', count: 0 }]), []);
  });

  test('is of each kind a sentence', () => {
    const lines = told(
      ['root', { did: 'held', jid: BOB }],
      ['root', { did: 'released', jid: BOB }],
      ['root', { did: 'forgot-device', account: BOB, resource: 'phone' }],
      ['root', { did: 'imported', count: 7 }],
      ['root', { did: 'forgot', account: BOB, messages: 3 }],
    );
    assert.deepEqual(lines, [
      'root put bob@example.org on hold',
      'root released bob@example.org',
      'root had the device bob@example.org/phone forgotten',
      'root imported 7 records',
      'root had bob@example.org forgotten, with 3 messages',
    ]);
  });

  test('forges no line of the log', () => {
    const [line] = told(['root\nroot released all', dropped(1, 'a\u2028b')]);
    assert.equal(line, 'root\\u{a}root released all dropped 1 pending of a\\u{2028}b');
  });

  test('is said once it has been quiet, with no need of the end', () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const lines: string[] = [];
      const deeds = new Deeds(line => lines.push(line));
      for (let piece = 0; piece < 3; piece++) {
        deeds.did('root', dropped(1, BOB));
        mock.timers.tick(900);
      }
      assert.deepEqual(lines, []);
      mock.timers.tick(200);
      assert.deepEqual(lines, ['root dropped 3 pending of bob@example.org']);
    } finally {
      mock.timers.reset();
    }
  });
});
