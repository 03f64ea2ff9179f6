import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { respool } from './process.js';
import { addAccount, addMessage, setCounter, Workspace } from './workspace.js';

/** Performance data, after the guidelines of the Monitoring Plugins. */
const PERFDATA = /^(\w+=-?[\d.]+(s|B|%)?;[\d.]*:?;[\d.]*;[\d.]*(;[\d.]*)?( |$))+$/;

describe('status where no daemon runs', () => {
  let work: Workspace;
  beforeEach(() => {
    work = new Workspace();
    work.configure(1);
  });
  afterEach(() => work.remove());
  const run = (...args: string[]) => respool(['status', ...args, '-c', work.config]);

  test('is critical, and says so first in every format', async () => {
    work.fill(db => {
      addAccount(db, 1, 'romeo@example.org');
      addMessage(db, { id: 1, account: 1, owed: 1, received_at: Date.now() - 60_000 });
      setCounter(db, 'pending', 1);
    });
    const text = await run();
    assert.equal(text.code, 2);
    assert.match(
      text.stdout,
      /^respool\.example\.org: critical\ndaemon +not running\npending +1, the oldest for 1m/,
    );
    assert.match(text.stdout, /\ncritical +the daemon is not running\. To do: systemctl start respool/);
    const nagios = await run('--format', 'nagios');
    assert.equal(nagios.code, 2);
    const [says = '', data = ''] = nagios.stdout.trimEnd().split(' | ');
    assert.match(says, /^RESPOOL CRITICAL - the daemon is not running; systemctl start respool/);
    assert.match(data, PERFDATA);
    assert.match(data, /^pending=1;/);
    const json = await run('--json');
    assert.equal(json.code, 2);
    const { status, running, connected, pending, problems } = JSON.parse(json.stdout);
    assert.deepEqual([status, running, connected, pending], ['critical', false, false, 1]);
    assert.deepEqual([problems[0].level, problems[0].text], ['critical', 'the daemon is not running']);
    const prometheus = await run('--format', 'prometheus');
    assert.match(prometheus.stdout, /^respool_status 2$/m);
    assert.match(prometheus.stdout, /^respool_pending 1$/m);
    assert.doesNotMatch(prometheus.stdout, /respool_connected/); // only a process knows
  });

  test('there never was one: no spool is critical, too, and nothing is made', async () => {
    const { code, stdout } = await run('--format', 'nagios');
    assert.equal(code, 2);
    assert.match(stdout, /^RESPOOL CRITICAL - the daemon is not running/);
    assert.throws(() => work.read('SELECT 1'));
  });

  test('a config that cannot be read: 3 in every format', async () => {
    writeFileSync(work.config, 'component: {domain: a.b, sekret: "x|y"}\nspool: 3\n');
    for (const [format, begins] of [
      ['text', 'unknown: '],
      ['nagios', 'RESPOOL UNKNOWN - '],
      ['prometheus', '# '],
      ['json', '{'],
    ] as const) {
      const { code, stdout } = await run('--format', format);
      assert.equal(code, 3, format);
      assert.ok(stdout.startsWith(begins), stdout);
    }
    assert.equal(JSON.parse((await run('--json')).stdout).status, 'unknown');
    assert.match((await run('--format', 'prometheus')).stdout, /^(# .*\n)+respool_status 3\n$/);
    assert.doesNotMatch((await run('--format', 'nagios')).stdout, /\|/);
  });

  test('wrong usage: 2 on stderr', async () => {
    for (const wrong of [['--format', 'xml'], ['--json', '--format', 'nagios'], ['now']]) {
      const { code, stdout, stderr } = await run(...wrong);
      assert.deepEqual([code, stdout], [2, ''], wrong.join(' '));
      assert.notEqual(stderr, '');
    }
  });
});
