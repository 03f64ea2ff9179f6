import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { onExit } from '../exit.js';
import { ensureCommands } from '../install.js';
import { RespoolProcess } from '../process.js';
import { startEjabberd } from '../server.js';
import { Heard } from './heard.js';

const CERTIFICATE = '/etc/ejabberd/ejabberd.pem'; // the package makes it

const [ALICE, BOB] = ['alice@alpha.test', 'bob@alpha.test'];

/** go-sendxmpp that listens for messages; Debian 12's crashes at any ping. */
function listener(server: { ip: string; c2sPort: number; folder: string }, bare: string) {
  const login = ['-u', bare, '-p', 'secret', '-j', `${server.ip}:${server.c2sPort}`];
  const env = { ...process.env, HOME: server.folder };
  const child = spawn('go-sendxmpp', ['--listen', '--no-tls-verify', ...login], { env });
  const forget = onExit(() => child.kill('SIGKILL'));
  const closed = once(child, 'close');
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const heard = new Heard(() => stderr);
  createInterface(child.stdout).on('line', line => heard.add(line.split(': ').at(-1) ?? ''));
  const end = async () => {
    child.kill('SIGKILL');
    await closed;
    forget();
  };
  return { heard, end, stderr: () => stderr };
}

test('go-sendxmpp, which devices.never_ping names, is not pinged and gets each message once', async t => {
  ensureCommands('go-sendxmpp');
  if (!existsSync(CERTIFICATE)) {
    return t.skip('go-sendxmpp wants TLS; the package has made no certificate, or this user may not see it');
  }
  await using server = await startEjabberd({ certificate: CERTIFICATE });
  await server.register('alice', 'bob');
  const replay = { settle: '100ms', proof_after: '100ms' }; // a ping would come at once
  const sections = { devices: { never_ping: ['*/go-sendxmpp.*'] } };
  await using respool = new RespoolProcess(server, replay, { sections });
  await respool.start();
  const write = (body: string) =>
    server.call('send_message', { type: 'chat', from: ALICE, to: BOB, subject: '', body });
  await write('waiting');
  const { heard, end, stderr } = listener(server, BOB);
  t.after(end);
  await heard.until('waiting');
  const live = ['one', 'two', 'three'];
  for (const body of live) await write(body);
  await heard.until('three');
  await nothingPending(respool);
  await write('last');
  await heard.until('last');
  assert.equal(heard.notOnce(['waiting', ...live, 'last']), '');
  assert.equal(stderr(), '');
});

async function nothingPending(respool: RespoolProcess): Promise<void> {
  for (let tries = 0; tries < 30; tries++) {
    if (JSON.parse(await respool.command('queue', 'list', BOB, '--json')).length === 0) return;
  }
  throw new Error(`waited in vain: nothing is pending for ${BOB}`);
}
