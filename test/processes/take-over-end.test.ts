import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Daemons } from '../cli/daemons.js';

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
