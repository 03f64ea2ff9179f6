import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { ENTRY } from '../../src/cli/paths.js';
import { respool } from './process.js';
import { addAccount, addMessage, setCounter, Workspace } from './workspace.js';

let work: Workspace;
beforeEach(() => {
  work = new Workspace();
  work.configure(1);
});
afterEach(() => work.remove());

const run = (...args: string[]) => respool([...args, '-c', work.config]);

const COUNTS = {
  'copies.message': 10,
  'copies.presence': 4,
  'copies.push': 2,
  'copies.strange': 1,
  forged: 3,
  unreadable: 5,
  mended: 15,
  stored: 20,
  delivered: 6,
  replayed: 7,
  lost: 2,
  'saved.purge': 4,
  'saved.room': 3,
  expired: 8,
  refused: 9,
  evicted: 11,
  bounced: 12,
  forgotten: 14,
  pending: 13,
  connected: 1,
  started_at: 1_000,
  last_copy_at: 2_000,
  'start.delivered': 1,
  'start.replayed': 7,
  'domain.example.org': 1,
  'alert.oldest': 3_000,
  'alert.pending': 0,
};

/** Counts, one message, and deliveries of now, of two hours ago and of before a day. */
function fill(): void {
  work.fill(db => {
    for (const [name, value] of Object.entries(COUNTS)) setCounter(db, name, value);
    addAccount(db, 1, 'romeo@example.org');
    addMessage(db, { id: 1, account: 1, owed: 1, received_at: 500 });
    const now = Math.floor(Date.now() / 60_000);
    const add = db.prepare('INSERT INTO flow VALUES (?, ?, ?)');
    for (const minute of [now, now - 120, now - 24 * 60 - 1]) {
      add.run(minute, 'delivered', 98);
      add.run(minute, 'replayed', 1);
      add.run(minute, 'saved.session', 1);
    }
    add.run(now - 120, 'lost', 1);
    db.prepare('INSERT INTO pending_age VALUES (?, ?)').run(now - 5, 12);
    db.prepare('INSERT INTO pending_age VALUES (?, ?)').run(0, 1);
  });
}

describe('stats', () => {
  test('--json: every count by its name, delivery by its time', async () => {
    fill();
    const { code, stdout, stderr } = await run('stats', '--json');
    assert.equal(code, 0, stderr);
    const { spool_bytes, delivery, series, ...rest } = JSON.parse(stdout);
    assert.ok(spool_bytes > 4096);
    assert.deepEqual(rest, {
      running: false,
      connected: false, // the daemon that wrote 1 does not run any more
      started_at: '1970-01-01T00:00:01.000Z',
      last_copy_at: '1970-01-01T00:00:02.000Z',
      copies: { message: 10, presence: 4, iq: 0, push: 2, other: 1 },
      forged: 3,
      unreadable: 5,
      mended: 15,
      stored: 20,
      messages: { delivered: 6, replayed: 7, expired: 8, refused: 9, evicted: 11, dropped: 0 },
      bounced: 12,
      forgotten: 14,
      pending: 13,
      on_hold: 0,
      pending_by_age: [
        { younger_than: '10m', pending: 12 },
        { younger_than: '1h', pending: 0 },
        { younger_than: '1d', pending: 0 },
        { younger_than: '7d', pending: 0 },
        { younger_than: null, pending: 1 },
      ],
      oldest_pending_at: '1970-01-01T00:00:00.500Z',
      top_accounts: [{ account: 'romeo@example.org', messages: 1 }],
      top_domains: [{ domain: 'example.org', messages: 1 }],
      alerts: [{ alert: 'oldest', since: '1970-01-01T00:00:03.000Z' }],
    });
    const none = { dead_session: 0, purge: 0, full_queue: 0, other_device: 0, room: 0, other_server: 0 };
    const once = { ...none, dead_session: 1 };
    assert.deepEqual(delivery, {
      last_hour: { due: 99, by_ejabberd: 98, by_respool: 1, lost: 0, success: 1, saved: once },
      last_day: {
        due: 199,
        by_ejabberd: 196,
        by_respool: 2,
        lost: 1,
        success: 198 / 199,
        saved: { ...none, dead_session: 2 },
      },
      since_start: { due: 5, by_ejabberd: 5, by_respool: 0, lost: 0, success: 1, saved: none },
    });
    const { minutes, hours } = series;
    assert.deepEqual([minutes.by_ejabberd.length, minutes.by_respool.length], [60, 60]);
    assert.deepEqual([hours.by_ejabberd.length, hours.by_ejabberd.at(-3)], [24, 98]);
    assert.ok(minutes.by_ejabberd.slice(-2).includes(98)); // the minute may have ended since
  });

  test('in words: no colour and no drawing where nobody looks', async () => {
    fill();
    const { stdout } = await run('stats');
    assert.match(stdout, /^daemon +not running\n/);
    assert.match(stdout, /\npending +13\noldest pending +1970-01-01T00:00:00Z \(\d+d/);
    assert.match(stdout, /\nDELIVERY +LAST HOUR +LAST DAY +SINCE START\ndue +99 +199 +5\n/);
    assert.match(stdout, /\nsuccess +100% +99\.49% +100%\n {2}by ejabberd +98 +196 +5\n/);
    assert.match(stdout, /\ndead session +1 +2 +0\n/);
    assert.match(stdout, /\nunder 10m +12\n/);
    assert.match(stdout, /\nromeo@example\.org +1\n/);
    assert.match(stdout, /\nalert +oldest, for \d+d/);
    assert.match(stdout, /messages replayed +7\n/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence is what must not be there
    assert.doesNotMatch(stdout, /[\u001b█▁]/);
  });

  test('empty: nothing, in words', async () => {
    work.fill(() => undefined);
    const { code, stdout } = await run('stats');
    assert.equal(code, 0);
    assert.match(stdout, /^daemon +not running\nlast started +never\n.*oldest pending +none\n/s);
    assert.match(stdout, /\nsuccess +- +- +-\n/);
    assert.doesNotMatch(stdout, /MOST IN THE SPOOL/);
  });

  test('wrong arguments: 2, and how it is used', async () => {
    for (const wrong of [['--since', '1h'], ['romeo@example.org'], ['--json=yes']]) {
      const { code, stdout, stderr } = await run('stats', ...wrong);
      assert.deepEqual([code, stdout], [2, ''], wrong.join(' '));
      assert.match(stderr, /^error: .*\n\(add --help/);
    }
  });

  test('no spool, or one of another user: 1, and what to do', async () => {
    assert.match((await run('stats')).stderr, /^respool: there is no spool at .*respool run creates it/);
    fill();
    chmodSync(work.config, 0o644);
    chmodSync(work.folder, 0o755);
    const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    if (process.getuid?.() !== 0) chmodSync(work.spool, 0o000);
    const args = [ENTRY, 'stats', '-c', work.config];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { ...nobody, encoding: 'utf8' });
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, /^respool: .*spool\.db cannot be opened .*yours to read/);
  });
});

describe('stats on a terminal', () => {
  /** What it writes to a real one (a pty of script, which is in every Debian). */
  function shown(env: Record<string, string>, columns: number): string {
    const command = `stty cols ${columns}; ${process.execPath} ${ENTRY} stats -c ${work.config}`;
    const { stdout } = spawnSync('script', ['-qec', command, join(work.folder, 'typescript')], {
      env: { PATH: process.env.PATH, TERM: 'xterm', ...env },
      encoding: 'utf8',
    });
    return stdout.replaceAll('\r\n', '\n');
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is about control characters
  const plain = (text: string) => text.replace(/\u001b\[\d+m/g, '');

  for (const columns of [80, 200]) {
    test(`${columns} columns: drawn, in colour, and no line is longer`, () => {
      fill();
      const text = shown({ LANG: 'C.UTF-8' }, columns);
      assert.ok(text.includes('\u001b[31mnot running\u001b[39m'));
      const lines = plain(text).split('\n');
      assert.ok(
        lines.some(line => /^by ejabberd {2}.*█ *max 98$/.test(line)),
        text,
      );
      assert.ok(
        lines.some(line => /^under 10m +12 {2}█{20}$/.test(line)),
        text,
      );
      assert.ok(Math.max(...lines.map(line => line.length)) <= columns);
    });
  }

  test('40 columns: the latest minutes', () => {
    fill();
    const lines = plain(shown({ LANG: 'C.UTF-8' }, 40)).split('\n');
    const drawn = lines.filter(line => line.startsWith('by ejabberd'));
    assert.equal(drawn.length, 2);
    assert.ok(drawn.every(line => line.length <= 40 && line.includes('█')));
  });

  test('NO_COLOR: no colours; no UTF-8: ASCII', () => {
    fill();
    const text = shown({ LANG: 'C', NO_COLOR: '1' }, 80);
    assert.equal(text, plain(text));
    assert.match(text, /^by ejabberd {2}.*@ *max 98$/m);
    assert.match(text, /^under 10m +12 {2}#{20}$/m);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: all that is not ASCII
    assert.doesNotMatch(text, /[^\u0000-\u007f]/);
  });
});
