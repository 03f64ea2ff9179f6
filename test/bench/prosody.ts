import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onExit } from '../ejabberd/exit.js';
import { freePort } from '../free-port.js';
import { HOST } from './names.js';

/** Debian's prosody with its own offline store, in a folder of its own, to compare with. */
export class Prosody {
  readonly host = HOST;
  readonly ip = '127.0.0.1';
  readonly #folder = mkdtempSync(join(tmpdir(), 'respool-prosody-'));
  readonly #user = userOf('prosody');
  #child: ChildProcess | null = null;
  readonly #forget = onExit(() => {
    this.#child?.kill('SIGKILL');
    this.#remove();
  });

  private constructor(readonly c2sPort: number) {}

  /** @returns undefined where it is not installed */
  static async start(...users: string[]): Promise<Prosody | undefined> {
    if (spawnSync('prosodyctl', ['about']).error !== undefined) return undefined;
    const prosody = new Prosody(await freePort());
    await prosody.#begin(users);
    return prosody;
  }

  async #begin(users: readonly string[]): Promise<void> {
    const config = join(this.#folder, 'prosody.cfg.lua');
    const data = join(this.#folder, 'data');
    mkdirSync(data);
    writeFileSync(
      config,
      `modules_enabled = {"saslauth", "roster", "disco", "ping", "offline"}
modules_disabled = {"s2s", "tls"}
authentication = "internal_plain"
allow_unencrypted_plain_auth = true
c2s_require_encryption = false
c2s_ports = {${this.c2sPort}}
interfaces = {"127.0.0.1"}
data_path = "${data}"
pidfile = "${join(data, 'prosody.pid')}"
limits = {}
log = {warn = "${join(data, 'log')}"}
VirtualHost "${HOST}"
`,
    );
    if (this.#user !== undefined)
      for (const path of [this.#folder, config, data]) chownSync(path, this.#user.uid, this.#user.gid);
    const options = { ...this.#user, stdio: 'ignore' as const };
    for (const user of users) {
      execFileSync('prosodyctl', ['--config', config, 'register', user, HOST, 'secret'], options);
    }
    this.#child = spawn('prosody', ['--config', config, '-F'], options);
    for (let tries = 0; tries < 400; tries++) {
      const socket = connect(this.c2sPort, this.ip);
      const open = await new Promise<boolean>(resolve => {
        socket.once('connect', () => resolve(true));
        socket.once('error', () => resolve(false));
      });
      socket.destroy();
      if (open) return;
      await sleep(25);
    }
    throw new Error('prosody does not listen');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    if (child !== null && child.exitCode === null) {
      const ended = new Promise(resolve => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    }
    this.#forget();
    this.#remove();
  }

  #remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The package's own user, for prosody does not run as root. */
function userOf(name: string): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const entry = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find(line => line.startsWith(`${name}:`));
  const [, , uid, gid] = entry?.split(':') ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}
