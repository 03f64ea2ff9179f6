import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import type { Config } from '../../src/config/config.js';
import { onExit } from './exit.js';
import { Respool } from './respool.js';
import type { Ejabberd } from './server.js';

const run = promisify(execFile);

/** From dist/test/ejabberd/. */
const LAUNCHER = fileURLToPath(new URL('../../../bin/respool', import.meta.url));

/** respool as its operator runs it: bin/respool with a config file, in a process of its own that can be killed. */
export class RespoolProcess extends Respool {
  #child: ChildProcess | null = null;
  #forget: () => void = () => undefined;

  static override async attached(
    server: Ejabberd,
    changes?: (config: Config) => void,
  ): Promise<RespoolProcess> {
    const respool = new RespoolProcess(server, changes);
    await respool.start();
    return respool;
  }

  get configFile(): string {
    return join(this.folder, 'respool.yml');
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts it, again too, and waits until it is connected. @throws Error with what it said where it ends before */
  override async start(): Promise<void> {
    writeFileSync(this.configFile, stringify(this.#yaml()), { mode: 0o600 });
    const child = spawn(process.execPath, [LAUNCHER, 'run', '-c', this.configFile], {
      env: { ...process.env, JOURNAL_STREAM: undefined },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    this.#forget = onExit(() => child.kill('SIGKILL'));
    const from = this.lines.length;
    const time = /^\d{4}-\d\d-\d\dT[\d:.]+Z /;
    createInterface(child.stderr).on('line', line => this.heard(line.replace(time, '')));
    const ended = once(child, 'close').then(([code, signal]) => {
      this.#child = null;
      this.#forget();
      throw new Error(`respool ended (${code ?? signal}):\n${this.lines.slice(from).join('\n')}`);
    });
    ended.catch(() => undefined); // of interest only until it is connected
    await Promise.race([ended, this.connected()]);
  }

  /** Ends it with SIGTERM and waits for its end. */
  override stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  /** Ends it with SIGKILL. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  /** Runs another command of bin/respool on the same config. @returns what it printed */
  async command(...args: string[]): Promise<string> {
    const { stdout } = await run(process.execPath, [LAUNCHER, ...args, '-c', this.configFile]);
    return stdout;
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    const closed = once(child, 'close');
    child.kill(signal);
    await closed;
  }

  /** The config as an operator would write it. */
  #yaml(): object {
    const { component, hosts, spool, replay, devices, rooms, http } = this.config;
    const ms = (time: number) => `${time}ms`;
    return {
      component,
      hosts: [...hosts],
      spool: {
        path: spool.path,
        max_age: ms(spool.maxAge),
        max_per_account: spool.maxPerAccount,
        max_size: `${Math.ceil(spool.maxSize / 1024)}KiB`,
      },
      replay: {
        settle: ms(replay.settle),
        proof_after: ms(replay.proofAfter),
        proof_timeout: ms(replay.proofTimeout),
        chunk: replay.chunk,
      },
      devices: {
        sync: devices.sync,
        forget_after: ms(devices.forgetAfter),
        max_per_account: devices.maxPerAccount,
      },
      rooms: { replay: rooms.replay, max_age: ms(rooms.maxAge), max_per_room: rooms.maxPerRoom },
      http: http === null ? false : { listen: `${http.host}:${http.port}` },
    };
  }
}
