import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import Database from 'better-sqlite3';
import { MIGRATIONS } from '../../src/spool/migrations.js';
import { APPLICATION_ID } from '../../src/spool/open.js';
import { Daemons } from '../cli/daemons.js';
import { respool } from '../cli/process.js';
import { addAccount, addMessage, setCounter } from '../cli/workspace.js';
import { until } from '../wait.js';

const ROMEO = 'romeo@example.org';

describe('the queue by hand, beside a running daemon', () => {
  test('its log says who has done what, one line for a command', async () => {
    const daemons = new Daemons();
    try {
      await daemons.open();
      const { work } = daemons;
      work.fill(db => {
        addAccount(db, 1, ROMEO);
        for (let id = 1; id <= 1_200; id++) addMessage(db, { id, account: 1, owed: 1 });
        setCounter(db, 'last_message_id', 1_200);
      });
      const daemon = await daemons.online();
      const env = { SUDO_USER: 'alice' };
      const run = (...args: string[]) => respool([...args, '-c', work.config], env);
      await run('queue', 'hold', ROMEO);
      await run('queue', 'release', ROMEO);
      assert.equal((await run('queue', 'drop', ROMEO, '--yes')).stdout, '1200 pending dropped\n');
      await until('it is said', async () => / dropped /.test(daemon.stderr));
      const who = process.getuid?.() === 0 ? String.raw`root \(alice, by sudo\)` : String.raw`\S+`;
      for (const what of [
        'put romeo@example.org on hold',
        'released romeo@example.org',
        'dropped 1200 pending of romeo@example.org',
      ]) {
        assert.match(daemon.stderr, new RegExp(`^\\S+ ${who} ${what}$`, 'm'));
      }
      assert.equal(daemon.stderr.match(/ dropped /g)?.length, 1);
      assert.equal(
        (await run('devices', ROMEO, '--ask', '--wait', '1s')).stdout.split('\n').at(-2),
        'no device of romeo@example.org is known, no session to ask',
      );
    } finally {
      await daemons.close();
    }
  });
});

test('a daemon says that it copies the spool before a migration', async () => {
  const daemons = new Daemons();
  try {
    await daemons.open();
    const { spool } = daemons.work;
    const old = new Database(spool);
    for (const step of MIGRATIONS.slice(0, -1)) old.exec(step);
    old.pragma(`application_id = ${APPLICATION_ID}`);
    old.pragma(`user_version = ${MIGRATIONS.length - 1}`);
    old.close();
    const daemon = await daemons.online();
    const copy = `${spool}.before-schema-${MIGRATIONS.length}`;
    assert.match(
      daemon.stderr,
      new RegExp(`its schema goes from .* the spool \\(1 MiB\\) is copied to ${copy} first\n`),
    );
    assert.ok(existsSync(copy));
  } finally {
    await daemons.close();
  }
});
