import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { ageTableText, titleOf } from '../../src/cli/age-table.js';
import { ageTable } from '../../src/spool/age-table.js';
import type { Tallied } from '../../src/spool/tally.js';
import { respool } from './process.js';
import { addAccount, addMessage, Workspace } from './workspace.js';

const MINUTE = 60_000;
const NOW = Date.now();
const on = (columns: number) => ({ columns, colours: false, unicode: true });
const tableOf = (given: Tallied[], rows = 20) =>
  ageTable(() => [given], { now: NOW, first: 5 * MINUTE, rows });

/** Something of each age, for three that have unlike names. */
const VARIED: Tallied[] = Array.from({ length: 14 }, (_, at) => [
  [
    'romeo@example.org',
    'juliet@capulet.example.net',
    'a-very-long-name-of-somebody-who-has-much@chat.example.com',
  ][at % 3] ?? '',
  NOW - 3 * MINUTE * 2 ** at,
  7 ** (at % 5),
]);

describe('the table of ages as text', () => {
  for (const columns of [50, 60, 80, 120, 200]) {
    test(`${columns} columns: no line is longer, ages double from 5m, and no pending is left out`, () => {
      const text = ageTableText(tableOf(VARIED), 'account', on(columns));
      const lines = text.split('\n').slice(0, -2);
      assert.ok(Math.max(...lines.map(line => line.length)) <= columns, text);
      const [titles = '', total = '', ...rows] = lines.map(line => line.trim());
      assert.match(titles, /^ACCOUNT +TOTAL +5m +10m +20m .*OLDER$/);
      assert.equal(rows.length, 3);
      const [sum, ...ages] = total
        .split(/ +/)
        .slice(1)
        .map(cell => (cell === '.' ? 0 : Number(cell)));
      assert.equal(
        ages.reduce((all, one) => all + one, 0),
        sum,
      );
      assert.equal(ages.length, titles.split(/ +/).length - 2);
    });
  }

  test('as many columns as fit: the wider, the more', () => {
    const count = (columns: number) =>
      ageTableText(tableOf(VARIED), 'account', on(columns)).split('\n')[0]?.split(/ +/).length ?? 0;
    assert.ok(count(80) >= 9 && count(120) > count(80) && count(200) === 16, `${count(80)} ${count(120)}`);
  });

  test('huge numbers are short on a terminal and whole in a file', () => {
    const huge: Tallied[] = [['example.org', NOW, 12_345_678]];
    assert.match(ageTableText(tableOf(huge), 'domain', on(80)), /^example\.org +12m +12m /m);
    assert.match(ageTableText(tableOf(huge), 'domain', null), /^example\.org +12345678 +12345678 /m);
  });

  test('a name of strangers does nothing to the terminal', () => {
    const text = ageTableText(tableOf([['e\u001b[31mvil\n@example.org', NOW, 1]]), 'sender', null);
    assert.ok(text.includes('e\\u{1b}[31mvil\\u{a}@example.org'));
  });

  test('titles are short: exact where that is, else rounded down', () => {
    const minutes = [5, 10, 640, 1280, 2560, 5120, 10_240, 20_480].map(age => titleOf(age * MINUTE));
    assert.deepEqual(minutes, ['5m', '10m', '640m', '21h', '42h', '85h', '7d', '14d']);
    assert.deepEqual(
      [30, 960, 1920, 3_600].map(age => titleOf(age * 1_000)),
      ['30s', '16m', '32m', '1h'],
    );
  });
});

describe('stats --table', () => {
  let work: Workspace;
  beforeEach(() => {
    work = Workspace.ofRomeo(db => {
      addAccount(db, 2, 'juliet@example.net');
      addMessage(db, { id: 1, account: 1, owed: 3, received_at: NOW - MINUTE });
      addMessage(db, {
        id: 2,
        account: 2,
        owed: 1,
        received_at: NOW - 70 * MINUTE,
        sender: 'nurse@example.org/x',
      });
      addMessage(db, { id: 3, account: 1, owed: 1, received_at: 1 });
    });
  });
  afterEach(() => work.remove());
  const run = (...args: string[]) => respool(['stats', ...args, '-c', work.config]);

  test('by domain, account and sender', async () => {
    const rows = async (...args: string[]) =>
      (await run('--table', ...args)).stdout.split('\n').map(line => line.split(/ +/).slice(0, 3).join(' '));
    assert.deepEqual((await rows()).slice(0, 4), [
      'DOMAIN TOTAL 5m',
      'TOTAL 4 2',
      'example.org 3 2',
      'example.net 1 .',
    ]);
    assert.deepEqual((await rows('--by', 'account')).slice(2, 4), [
      'romeo@example.org 3 2',
      'juliet@example.net 1 .',
    ]);
    assert.deepEqual((await rows('--by', 'sender', '--rows', '1')).slice(2, 4), [
      'juliet@example.org 3 2',
      '(1 others) 1',
    ]);
  });

  test('as JSON: each column with what it is, whatever the terminal', async () => {
    const { stdout } = await run('--table', '--json', '--first', '1h', '--rows', '1');
    const { by, total, ages, rows, others } = JSON.parse(stdout);
    assert.deepEqual([by, total, ages.length], ['domain', 4, 14]);
    assert.deepEqual(ages.slice(0, 2), [
      { younger_than: 3_600_000, pending: 2 },
      { younger_than: 7_200_000, pending: 1 },
    ]);
    assert.deepEqual(ages.at(-1), { younger_than: null, pending: 1 });
    assert.deepEqual([rows.length, rows[0].name, rows[0].total], [1, 'example.org', 3]);
    assert.deepEqual([others.names, others.total], [1, 1]);
  });

  test('nothing pending says so', async () => {
    work.fill(db => db.exec('DELETE FROM message'));
    assert.equal((await run('--table')).stdout, 'nothing is pending\n');
    assert.deepEqual(JSON.parse((await run('--table', '--json')).stdout).rows, []);
  });

  test('wrong usage: 2, and what is meant', async () => {
    const wrong: [args: string[], why: RegExp][] = [
      [['--by', 'account'], /--by goes with --table/],
      [['--rows', '3'], /--rows goes with --table/],
      [['--table', '--by', 'room'], /Allowed choices are domain, account, sender/],
      [['--table', '--rows', '0'], /whole number from 1/],
      [['--table', '--first', '5'], /a duration from 1s to 30d, such as 5m/],
    ];
    for (const [args, why] of wrong) {
      const { code, stdout, stderr } = await run(...args);
      assert.deepEqual([code, stdout], [2, ''], args.join(' '));
      assert.match(stderr, why);
    }
  });
});
