import assert from 'node:assert/strict';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { nextEvent } from '../wait.js';
import { Daemons } from './daemons.js';

// a file of its own, for the first process waits ten seconds whether another one goes on
test('a failure after the old one has left: both have ended, each with a failure', async () => {
  const daemons = new Daemons();
  const { work, server } = daemons;
  const other = createServer().listen(0, '127.0.0.1');
  await nextEvent(other, 'listening');
  try {
    await daemons.open();
    const daemon = await daemons.online();
    work.configure(server.port, `http: {listen: "127.0.0.1:${(other.address() as AddressInfo).port}"}\n`);
    const { code, stderr } = await daemons.run('--take-over').ended();
    const kept = await daemon.ended();
    assert.equal(kept.code, 1, 'so that its supervisor sees it');
    assert.match(kept.stderr, /error: cannot serve http on \S+: another program listens there/);
    // it may have served for a moment
    if (code === 1) assert.match(stderr, /no respool runs now/);
  } finally {
    other.close();
    await daemons.close();
  }
});
