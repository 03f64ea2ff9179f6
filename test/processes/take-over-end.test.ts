import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { copy, Daemons } from '../cli/daemons.js';
import { within } from '../wait.js';

/** An ending may take five seconds, in ms. */
const LONGER_THAN_AN_ENDING = 6_000;
/** The kernel keeps less than this, in bytes, for a process that does not read. */
const MORE_THAN_BUFFERS = 1 << 25;

// a file of its own, for the first process waits ten seconds whether another one goes on
test('a failure after the old one has left: both have ended, with a failure', async () => {
  const daemons = new Daemons();
  const { server } = daemons;
  try {
    await daemons.open();
    const daemon = await daemons.online();
    assert.equal((await daemons.run('--take-over').ended()).code, 0);
    server.secret = 'another';
    server.closeConnection();
    const { code, stderr } = await daemon.ended();
    assert.equal(code, 1, 'so that its supervisor sees it');
    assert.match(stderr, /error: ejabberd refused the secret/);
  } finally {
    await daemons.close();
  }
});

test('a disk that is slow while the old one leaves: it writes all that it has, and the new one goes on', async () => {
  const daemons = new Daemons();
  const { server, work } = daemons;
  try {
    await daemons.open();
    const daemon = await daemons.online();
    const command = daemons.run('--take-over');
    const disk = new Database(work.spool);
    await daemon.said(/starts.*starts/s);
    disk.exec('BEGIN IMMEDIATE'); // nobody else can write
    await server.write(copy('unwritten'));
    await daemon.said(/takes over/);
    await server.write(copy('meanwhile'));
    await within('the new one reads what comes', server.write(' '.repeat(MORE_THAN_BUFFERS)));
    await sleep(LONGER_THAN_AN_ENDING); // a time is what it is about
    disk.exec('COMMIT');
    disk.close();
    assert.equal((await command.ended()).code, 0, command.stderr);
    await server.write(copy('after'));
    assert.deepEqual(await daemons.pending('after'), ['unwritten', 'meanwhile', 'after']);
    assert.equal(server.connections, 1);
  } finally {
    await daemons.close();
  }
});
