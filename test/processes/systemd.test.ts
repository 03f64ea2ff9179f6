import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { ENTRY } from '../../src/cli/paths.js';
import { DaemonLine } from '../../src/control/daemon-line.js';
import type { Log } from '../../src/monitor/log.js';
import { isAdopted, unitOf } from '../../src/systemd/main-process.js';
import { Notifier } from '../../src/systemd/notifier.js';
import type { Message } from '../../src/systemd/send-message.js';
import { Process } from '../cli/process.js';
import { Workspace } from '../cli/workspace.js';
import { QUIET } from '../quiet-log.js';
import { Datagrams } from '../systemd/datagrams.js';
import { FakeServer } from '../xmpp/fake-server.js';

describe('what systemd is told, over a real socket', () => {
  let systemd: Datagrams;
  let server: FakeServer;
  let work: Workspace;
  const started: Process[] = [];
  beforeEach(async () => {
    systemd = await Datagrams.open();
    work = new Workspace();
    server = new FakeServer();
    await server.start();
    work.configure(server.port);
  });
  afterEach(async () => {
    for (const { child } of started) child.kill('SIGKILL');
    await Promise.all(started.splice(0).map(one => one.ended()));
    await server.stop();
    work.remove();
    await systemd.close();
  });
  const run = (env: Record<string, string> = {}) => {
    const daemon = new Process(['run', '-c', work.config], { NOTIFY_SOCKET: systemd.path, ...env });
    started.push(daemon);
    return daemon;
  };
  const names = () =>
    systemd.messages.flatMap(message => Object.keys(message)).filter(name => name !== 'STATUS');

  test('ready, reloading and ready again, stopping; and how it is connected', async () => {
    const daemon = run();
    await systemd.heard('READY');
    await systemd.heard('STATUS', /^connected to ejabberd as respool\.example\.org$/);
    const before = process.hrtime.bigint() / 1_000n;
    daemon.child.kill('SIGHUP');
    await systemd.heard('RELOADING');
    daemon.child.kill('SIGTERM');
    const { code, stderr } = await daemon.ended();
    assert.equal(code, 0, stderr);
    assert.deepEqual(names(), ['READY', 'RELOADING', 'MONOTONIC_USEC', 'READY', 'STOPPING']);
    const { MONOTONIC_USEC = '0' } = systemd.messages.find(message => 'RELOADING' in message) ?? {};
    assert.ok(BigInt(MONOTONIC_USEC) > before, 'the clock is that of systemd');
  });

  test('it is ready when it serves its spool, though ejabberd is away', async () => {
    await server.stop();
    run();
    await systemd.heard('READY');
    await systemd.heard('STATUS', /^not connected to ejabberd: .*ECONNREFUSED/);
    await server.start();
  });

  test('signs of life, where systemd watches this process', async () => {
    run({ WATCHDOG_USEC: '400000' });
    await systemd.heard('WATCHDOG', /^1$/);
    const other = run({ WATCHDOG_USEC: '400000', WATCHDOG_PID: '1' });
    await other.ended(); // the spool is in use
    assert.ok(names().includes('WATCHDOG'));
  });

  test('a new version that takes over is an orphan, for systemd to adopt, and says that it is ready', async () => {
    const daemon = run();
    await Promise.all([daemon.said(/connected to/), systemd.heard('READY')]);
    systemd.messages.length = 0;
    const command = new Process(['run', '--take-over', '-c', work.config]);
    started.push(command);
    const { code, stderr } = await command.ended();
    assert.equal(code, 0, stderr);
    await systemd.heard('READY');
    const pid = Number(/process (\d+)\) has taken over/.exec(stderr)?.[1]);
    const parent = Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
    assert.notEqual(parent, daemon.child.pid);
    assert.ok(!names().includes('STOPPING'), 'the service goes on');
    assert.equal(server.connections, 1);
    assert.equal(
      daemon.child.exitCode,
      null,
      'it stays, for nobody has said that the other one is the main process',
    );
    daemon.child.kill('SIGTERM');
    assert.equal((await daemon.ended()).code, 0);
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
  });

  test('a new version that cannot start, or has another place: the old one goes on', async () => {
    const daemon = run();
    await daemon.said(/connected to/);
    const line = await DaemonLine.open(`${work.spool}.sock`);
    const take = (launcher: string) => line?.ask('take-over', { node: process.execPath, launcher });
    await assert.rejects(
      take(`${work.folder}/none`) ?? Promise.resolve(),
      /cannot take over: it ended; the log of/,
    );
    work.configure(server.port + 1);
    await assert.rejects(take(ENTRY) ?? Promise.resolve(), /its config has another component\.port/);
    line?.close();
    daemon.child.kill('SIGTERM');
    assert.equal((await daemon.ended()).code, 0);
    assert.equal(server.connections, 1);
  });

  test('where systemd cannot be told, the log says so once, and nothing else changes', async () => {
    const daemon = run({ NOTIFY_SOCKET: `${systemd.path}.none` });
    await daemon.said(/connected to/);
    await daemon.said(/warning: systemd cannot be told how respool is: systemd-notify ended with 1/);
    daemon.child.kill('SIGTERM');
    const { code, stderr } = await daemon.ended();
    assert.equal(code, 0);
    assert.equal(stderr.match(/cannot be told/g)?.length, 1);
  });
});

describe('the messages', () => {
  /** A notifier whose messages are under way until they are let go. */
  function staged(env: NodeJS.ProcessEnv = { NOTIFY_SOCKET: '/x' }, log: Log = QUIET) {
    const sent: Message[] = [];
    const ends: ((why: string | null) => void)[] = [];
    const send = (message: Message) => {
      sent.push(message);
      return new Promise<string | null>(resolve => ends.push(resolve));
    };
    return { notifier: new Notifier({ env, log, send }), sent, ends };
  }
  const turn = () => new Promise(resolve => setImmediate(resolve));

  test('go out one after another; a state that another one has followed does not', async () => {
    const { notifier, sent, ends } = staged();
    notifier.status('one');
    notifier.status('two');
    notifier.status('three');
    notifier.ready();
    assert.deepEqual(sent, [{ STATUS: 'one' }]);
    for (let n = 0; n < 3; n++) {
      ends[n]?.(null);
      await turn();
    }
    await notifier.told();
    assert.deepEqual(sent.slice(1), [{ STATUS: 'three' }, { READY: '1' }]);
  });

  test('none where nobody listens, and none after the end', async () => {
    const alone = staged({});
    alone.notifier.ready();
    assert.deepEqual(alone.sent, []);
    const { notifier, sent, ends } = staged();
    notifier.stopping();
    notifier.status('gone');
    ends[0]?.(null);
    await notifier.told();
    assert.deepEqual(sent, [{ STOPPING: '1' }]);
  });

  test('a state has one line, whatever a server says', async () => {
    const { notifier, sent } = staged();
    notifier.status('lost\nREADY=1');
    assert.deepEqual(sent, [{ STATUS: 'lost\\u{a}READY=1' }]);
  });
});

test('the unit is known by the cgroup', () => {
  assert.equal(unitOf('0::/system.slice/respool.service\n'), 'respool.service');
  assert.equal(unitOf('1:name=x:/a\n0::/user.slice/user@0.service/app.slice/r.service\n'), 'r.service');
  assert.equal(unitOf('0::/\n'), null);
});

test('adopted by systemd, or by that of a user', () => {
  assert.equal(isAdopted({}, 1), true);
  assert.equal(isAdopted({}, 7), false);
  assert.equal(isAdopted({ MANAGERPID: '7' }, 7), true);
});
