import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { lockSpool } from '../../src/spool/lock.js';
import { copy, Daemons } from '../cli/daemons.js';
import { freePort } from '../free-port.js';

let daemons: Daemons;
beforeEach(async () => {
  daemons = new Daemons();
  await daemons.open();
});
afterEach(() => daemons.close());

describe('run --take-over', () => {
  test('one connection for both; what came before, meanwhile and after is in the spool', async () => {
    const daemon = await daemons.online();
    await daemons.server.write(copy('before'));
    await daemons.read();
    const command = daemons.run('--take-over');
    let meanwhile = 0;
    for (let over = false; !over; meanwhile++) {
      await daemons.server.write(copy(`m${meanwhile}`));
      over = await Promise.race([command.ended().then(() => true), turn()]);
    }
    assert.equal((await command.ended()).code, 0, command.stderr);
    await daemons.server.write(copy('after'));
    await daemons.read();
    assert.equal(daemons.server.connections, 1);
    const ids = Array.from({ length: meanwhile }, (_, n) => `m${n}`);
    assert.deepEqual(await daemons.pending('after'), ['before', ...ids, 'after']);
    assert.equal(daemon.child.exitCode, null, 'it stays for its supervisor');
    daemon.child.kill('SIGTERM');
    assert.equal((await daemon.ended()).code, 0);
  });

  test('signals to the first process reach the last of several', async () => {
    const daemon = await daemons.online();
    for (let n = 0; n < 2; n++) assert.equal((await daemons.run('--take-over').ended()).code, 0);
    daemon.child.kill('SIGHUP');
    await daemon.said(/SIGHUP: \S+ says what it said before/);
    daemon.child.kill('SIGTERM');
    assert.equal((await daemon.ended()).code, 0);
    assert.match(daemon.stderr, /SIGINT: ending\n$/);
    lockSpool(daemons.work.spool)(); // nobody has it any more
  });

  test('a SIGTERM to all processes at once, as by systemd, cuts nothing short', async () => {
    const daemon = await daemons.online();
    const { stderr } = await daemons.run('--take-over').ended();
    const pid = Number(/process (\d+)\) has taken over/.exec(stderr)?.[1]);
    await daemons.server.write(copy('a'));
    await daemons.read();
    process.kill(pid, 'SIGTERM');
    daemon.child.kill('SIGTERM');
    assert.equal((await daemon.ended()).code, 0, daemon.stderr);
    const last = daemons.work.read("SELECT value FROM counter WHERE name = 'connected'");
    assert.deepEqual(last, [{ value: 0 }], 'its last words are committed');
  });

  test('the status page goes on at its address, and nobody finds that taken', async () => {
    const port = await freePort();
    daemons.work.configure(daemons.server.port, `http: {listen: "127.0.0.1:${port}"}\n`);
    const daemon = await daemons.online();
    assert.equal((await daemons.run('--take-over').ended()).code, 0);
    await daemon.said(/status page.*status page/s);
    assert.equal((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 200);
    assert.doesNotMatch(daemon.stderr, /error:/);
  });

  test('no respool runs: it says so, and starts', async () => {
    const daemon = await daemons.online('--take-over');
    assert.match(
      daemon.stderr,
      /no respool runs on \S+spool\.db, so there is nothing to take over: starting/,
    );
  });
});

/** Time for the processes. */
function turn(): Promise<false> {
  return new Promise(resolve => setTimeout(() => resolve(false), 5));
}
