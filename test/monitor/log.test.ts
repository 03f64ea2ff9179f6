import assert from 'node:assert/strict';
import { fstatSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { LogLevel } from '../../src/config/log-settings.js';
import { type Entry, isJournal, type Log, writtenAs } from '../../src/monitor/log.js';
import { Summed } from '../../src/monitor/summed.js';
import { FakeClock } from '../fake-clock.js';

const AT = Date.UTC(2026, 10, 29, 15, 0, 0, 7);
const entry = (level: LogLevel, line = 'one line', fields = {}): Entry => ({ level, line, fields, at: AT });

describe('a line of the log', () => {
  const text = (level: LogLevel, wanted: LogLevel = 'debug', inJournal = false) =>
    writtenAs(entry(level), { level: wanted, format: 'text' }, inJournal);

  test('as text: its time in UTC, and its level where it is not info', () => {
    assert.equal(text('info'), '2026-11-29T15:00:00.007Z one line');
    assert.equal(text('warn'), '2026-11-29T15:00:00.007Z warning: one line');
    assert.equal(text('error'), '2026-11-29T15:00:00.007Z error: one line');
    assert.equal(text('debug'), '2026-11-29T15:00:00.007Z debug: one line');
  });

  test('in the journal: a priority instead of the time', () => {
    assert.equal(text('warn', 'debug', true), '<4>warning: one line');
    assert.equal(text('debug', 'debug', true), '<7>debug: one line');
  });

  test('what is less than log.level is left out', () => {
    const levels = ['error', 'warn', 'info', 'debug'] as const;
    const written = levels.map(wanted => levels.filter(level => text(level, wanted) !== null));
    assert.deepEqual(written, [
      ['error'],
      ['error', 'warn'],
      ['error', 'warn', 'info'],
      ['error', 'warn', 'info', 'debug'],
    ]);
  });

  test('as JSON: one object, with what the line speaks of', () => {
    const line = writtenAs(
      entry('warn', 'not connected', { reason: 'away', pid: 7 }),
      { level: 'info', format: 'json' },
      false,
    );
    assert.deepEqual(JSON.parse(line ?? ''), {
      time: '2026-11-29T15:00:00.007Z',
      level: 'warn',
      message: 'not connected',
      reason: 'away',
      pid: 7,
    });
  });

  test('nothing of a stranger reaches a terminal or begins another line', () => {
    const evil = 'a\u001b[2J\u0085\u202e\u{e0041}\n<3>b';
    for (const format of ['text', 'json'] as const) {
      const line = writtenAs(entry('info', evil), { level: 'info', format }, false) ?? '';
      assert.doesNotMatch(line, /[\p{Cc}\p{Cf}]/u);
      if (format === 'json') assert.equal(JSON.parse(line).message, evil);
    }
  });
});

test('the journal is known by the device and inode of stderr, not by the variable alone', () => {
  const { dev, ino } = fstatSync(2, { bigint: true });
  assert.equal(isJournal(`${dev}:${ino}`), true);
  assert.equal(isJournal(`${dev}:${ino + 1n}`), false);
  assert.equal(isJournal(undefined), false);
});

describe('lines of one kind without end', () => {
  function said(): { lines: string[]; clock: FakeClock; summed: Summed } {
    const lines: string[] = [];
    const keep = (level: string) => (line: string) => void lines.push(`${level} ${line}`);
    const log: Log = { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
    const clock = new FakeClock();
    return { lines, clock, summed: new Summed(log, clock, count => `${count} more`) };
  }

  test('the first at once, those of the minute after it in one line, then the next at once', async () => {
    const { lines, clock, summed } = said();
    for (const name of ['a', 'b', 'c']) summed.add(name);
    assert.deepEqual(lines.splice(0), ['info a', 'debug b', 'debug c']);
    await clock.pass(60_000);
    assert.deepEqual(lines.splice(0), ['info 2 more']);
    summed.add('d');
    assert.deepEqual(lines.splice(0), ['debug d'], 'a minute has not gone since the last line');
    await clock.pass(60_000);
    assert.deepEqual(lines.splice(0), ['info 1 more']);
    await clock.pass(60_000);
    summed.add('e');
    assert.deepEqual(lines.splice(0), ['info e']);
  });

  test('what was left out is said at the end', async () => {
    const { lines, summed } = said();
    for (const name of ['a', 'b']) summed.add(name);
    summed.stop();
    assert.deepEqual(lines, ['info a', 'debug b', 'info 1 more']);
    summed.stop();
    assert.equal(lines.length, 3);
  });
});
