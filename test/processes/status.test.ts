import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { judge } from '../../src/cli/status/judge.js';
import { look } from '../../src/cli/status/look.js';
import { loadForReading } from '../../src/config/load.js';
import { Daemons } from '../cli/daemons.js';
import { respool } from '../cli/process.js';
import { until } from '../wait.js';

describe('status of a running daemon', () => {
  let all: Daemons;
  const run = (...args: string[]) => respool(['status', ...args, '-c', all.work.config]);
  beforeEach(() => {
    all = new Daemons();
    return all.open('http: false\nalerts: {pending: 1000}\n');
  });
  afterEach(() => all.close());

  test('connected: no problem but that no copy has come; not connected: critical', async () => {
    await all.online();
    const { code, stdout } = await run();
    assert.equal(code, 1);
    assert.match(stdout, /^respool\.example\.org: warning\ndaemon +running since .*, version \d/);
    assert.match(stdout, /\nejabberd +connected, no copy yet, 0 believed online\n/);
    assert.match(stdout, /\nwarning +no copy has ever come\. To do: /);
    const { version, sessions, problems } = JSON.parse((await run('--json')).stdout);
    assert.deepEqual([typeof version, sessions, problems.length], ['string', 0, 1]);
    assert.match((await run('--format', 'prometheus')).stdout, /^respool_connected 1$/m);
    await all.server.stop();
    await until('it is told that there is no connection', async () => (await run()).code === 2);
    assert.match(
      (await run('--format', 'nagios')).stdout,
      /^RESPOOL CRITICAL - the running daemon is not connected: .+; /,
    );
  });

  test('it does not answer: critical, and the command does not wait for ever', async () => {
    const { child } = await all.online();
    child.kill('SIGSTOP');
    try {
      const seen = await look(loadForReading(all.work.config), Date.now(), 100);
      assert.deepEqual(seen.daemon, { is: 'unasked', why: 'no answer within 0.1 s', stuck: true });
      assert.equal(judge({ ...seen, wrong: [] }).state, 'critical');
    } finally {
      child.kill('SIGCONT');
    }
  });
});
