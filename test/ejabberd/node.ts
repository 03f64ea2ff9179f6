import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { shownInVain } from '../wait.js';
import { onExit } from './exit.js';
import type { Installed } from './install.js';

const run = promisify(execFile);

/** What the package's /etc/ejabberd/inetrc says, which only root can read. */
const INETRC = '{lookup,["file","native"]}.\n{host,{127,0,0,1},["localhost","hostalias"]}.\n';
/** Its threads do not spin while they wait: on a busy machine that took a start of two seconds to over a minute. */
const NO_SPIN = ['+sbwt', 'none', '+sbwtdcpu', 'none', '+sbwtdio', 'none'];
/** How long a server may take to stop before it is killed, in ms. */
const PATIENCE = 10_000;

/**
 * An Erlang node that runs ejabberd in a folder of its own. It is started without ejabberdctl, so that its process is
 * our own child, and with a fixed port for Erlang's distribution, so that it needs no epmd, which nodes would share.
 */
export class ErlangNode {
  readonly folder = mkdtempSync(join(tmpdir(), 'respool-ejabberd-'));
  readonly name: string;
  readonly #ip: string;
  readonly #cookie: string;
  readonly #installed: Installed;
  /** For Erlang's distribution; nodes that are to find each other have the same, on addresses of their own. */
  readonly #port: number;
  readonly #forget: () => void;
  readonly #noLongerShown = shownInVain(() => `ejabberd has logged:\n${this.log()}`);
  #child: ChildProcess | null = null;

  /** @param beside another one that it is to find, and be found by */
  constructor(
    installed: Installed,
    { port, ip, beside }: { port: number; ip: string; beside?: ErlangNode | undefined },
  ) {
    this.#installed = installed;
    this.#port = beside === undefined ? port : beside.#port;
    this.#ip = ip;
    this.#cookie = beside === undefined ? randomBytes(12).toString('hex') : beside.#cookie;
    this.name = `respool-${process.pid}-${randomBytes(3).toString('hex')}@${ip}`;
    for (const name of ['conf', 'db', 'logs']) mkdirSync(this.#path(name));
    writeFileSync(this.#path('conf/inetrc'), INETRC);
    for (const name of ['.', 'conf', 'conf/inetrc', 'db', 'logs']) {
      if (installed.user !== undefined) chownSync(this.#path(name), installed.user.uid, installed.user.gid);
      chmodSync(this.#path(name), 0o755);
    }
    this.#forget = onExit(() => {
      this.#child?.kill('SIGKILL');
      this.#remove();
    });
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** What it has told; for a test that fails. */
  log(): string {
    const read = (name: string) => {
      try {
        return readFileSync(this.#path(name), 'utf8');
      } catch {
        return ''; // it did not get that far
      }
    };
    return `${read('logs/console.log')}${read('logs/ejabberd.log')}`.slice(-3000);
  }

  /** Has it ask this name server on the loopback address alone. Before the start. */
  ask(nameServerPort: number): void {
    const alone = `{resolv_conf,""}.\n{nameserver,{127,0,0,1},${nameServerPort}}.\n`;
    writeFileSync(this.#path('conf/inetrc'), `${INETRC}${alone}`);
  }

  /** Writes ejabberd.yml, for the next start or reload_config. */
  configure(yaml: string): void {
    writeFileSync(this.#path('conf/ejabberd.yml'), yaml);
  }

  /** @returns resolves when it has ended, whoever ended it */
  start(): Promise<void> {
    const { uid, gid } = this.#installed.user ?? {};
    const user = uid === undefined ? [] : [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
    const erl = ['erl', ...this.#arguments(this.name), '-mnesia', 'dir', `"${this.#path('db')}"`];
    const console = openSync(this.#path('logs/console.log'), 'a');
    // with pdeathsig it does not outlive us, not even if we are killed
    const child = spawn('setpriv', [...user, '--pdeathsig=KILL', ...erl, '-s', 'ejabberd', '-noinput'], {
      cwd: this.#path('db'),
      env: this.#environment(),
      stdio: ['ignore', console, console],
    });
    closeSync(console);
    this.#child = child;
    return once(child, 'exit').then(() => {
      this.#child = null;
    });
  }

  /** Runs a command as ejabberdctl does; it takes half a second. */
  ctl(...args: string[]): Promise<string> {
    return this.#beside('-s', 'ejabberd_ctl', '-extra', this.name, ...args);
  }

  /**
   * Has the node do something in Erlang that no command of ejabberd does; it takes half a second.
   * @param body of a function without arguments. @returns what it returned, as Erlang prints it
   */
  evaluate(body: string): Promise<string> {
    const call = `rpc:call('${this.name}', erlang, apply, [fun() -> ${body} end, []])`;
    return this.#beside(
      '-eval',
      `case ${call} of {badrpc, Why} -> io:format(standard_error, "~p", [Why]), halt(1); Result -> io:format("~p", [Result]), halt(0) end.`,
    );
  }

  /** Runs a second node, which knows the first, to its end. */
  async #beside(...args: string[]): Promise<string> {
    const name = `ctl-${randomBytes(3).toString('hex')}-${this.name}`;
    const erl = [...this.#arguments(name), '-dist_listen', 'false', '-hidden', '-noinput', ...args];
    const options = { cwd: this.folder, env: this.#environment(), timeout: 60_000 };
    const { stdout } = await run('erl', erl, options);
    return stdout.trim();
  }

  /** Stops it in order, and by force where that takes too long. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const force = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
    await ended;
    clearTimeout(force);
  }

  /** Ends it as a crash of the machine would. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** Kills it and removes its folder. */
  async dispose(): Promise<void> {
    await this.kill();
    this.#forget();
    this.#noLongerShown();
    this.#remove();
  }

  #path(name: string): string {
    return join(this.folder, name);
  }

  #remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  #arguments(name: string): string[] {
    const network = ['-kernel', 'inet_dist_use_interface', `{${this.#ip.replaceAll('.', ',')}}`];
    const port = ['-erl_epmd_port', String(this.#port), '-start_epmd', 'false'];
    return [...NO_SPIN, '-name', name, '-setcookie', this.#cookie, ...network, ...port];
  }

  #environment(): NodeJS.ProcessEnv {
    return {
      PATH: process.env.PATH,
      HOME: this.folder,
      ERL_LIBS: this.#installed.libraries,
      ERL_INETRC: this.#path('conf/inetrc'),
      ERL_CRASH_DUMP_BYTES: '0',
      EJABBERD_CONFIG_PATH: this.#path('conf/ejabberd.yml'),
      EJABBERD_LOG_PATH: this.#path('logs/ejabberd.log'),
    };
  }
}
