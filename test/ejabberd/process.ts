import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { ENTRY } from '../../src/cli/paths.js';
import { found, shownInVain, until, within } from '../wait.js';
import { onExit } from './exit.js';
import { type Ejabberd, SECRET } from './server.js';

const run = promisify(execFile);

/** How long a command may take, in ms. */
const COMMAND = 60_000;

/** What a test may want otherwise. */
export interface ProcessOptions {
  /** The port that it connects to, where something is between it and the server. */
  port?: number;
  /** The folder of the spool. */
  spoolFolder?: string;
  /** Further sections of the config file. */
  sections?: Record<string, object>;
  /** Added to the environment. */
  environment?: NodeJS.ProcessEnv;
  /** Is called with what it writes to stderr. */
  hears?: (text: string) => void;
}

/** respool as an operator runs it, on the Node of the tests: a process with a config file, which can be killed. */
export class RespoolProcess {
  readonly folder = mkdtempSync(join(tmpdir(), 'respool-process-'));
  readonly file = join(this.folder, 'respool.yml');
  readonly spool: string;
  /** All that it has written to stderr. */
  said = '';
  readonly #config: Record<string, unknown>;
  #child: ChildProcess | null = null;
  readonly #heard = new EventEmitter();
  readonly #noLongerShown = shownInVain(() => `respool has said:\n${this.said}`);
  readonly #options: ProcessOptions;
  readonly #forget = onExit(() => {
    this.#child?.kill('SIGKILL');
    this.#remove();
  });

  constructor(
    server: Pick<Ejabberd, 'ip' | 'componentPort' | 'domain' | 'host'>,
    replay: object = { settle: '100ms', proof_after: '200ms' },
    options: ProcessOptions = {},
  ) {
    this.#options = options;
    this.spool = join(options.spoolFolder ?? this.folder, 'spool.db');
    const port = options.port ?? server.componentPort;
    const component = { host: server.ip, port, domain: server.domain, secret: SECRET };
    this.#config = {
      component,
      hosts: [server.host],
      spool: { path: this.spool },
      replay,
      http: false,
      ...options.sections,
    };
    this.configure({});
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Writes its config file anew, with other sections in the place of some; those of the spool are added to its own. */
  configure(sections: Record<string, object>): void {
    const spool = { path: this.spool, ...sections.spool };
    const config = { ...this.#config, ...sections, spool };
    writeFileSync(this.file, JSON.stringify(config), { mode: 0o600 }); // JSON is YAML
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Waits until it has written this to stderr. */
  async says(pattern: RegExp): Promise<void> {
    await found(`respool says ${pattern}`, this.#heard, 'text', () => pattern.exec(this.said) ?? undefined);
  }

  /** Starts it, and waits until it is connected. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [ENTRY, 'run', '-c', this.file], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...this.#options.environment },
    });
    this.#child = child;
    let heard = '';
    const connected = new Promise<void>((resolve, reject) => {
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        this.said += text;
        heard += text;
        this.#heard.emit('text');
        this.#options.hears?.(text);
        if (heard.includes('connected to')) resolve();
      });
      child.once('exit', code => reject(new Error(`respool ended with ${code}: ${heard}`)));
    });
    await within('respool connects', connected);
  }

  /** Ends it at once, or as an operator does. @returns its exit code, null after a kill */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const child = this.#child;
    if (child === null) return null;
    this.#child = null;
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode; // it has ended by itself
    child.kill(signal);
    return exitOf(child);
  }

  /** Waits until it ends by itself. @returns its exit code */
  async ended(): Promise<number | null> {
    const child = this.#child;
    if (child === null) return null;
    this.#child = null;
    return exitOf(child);
  }

  /** Runs another command on the same config. @returns what it printed */
  async command(...args: string[]): Promise<string> {
    const { stdout } = await run(process.execPath, [ENTRY, ...args, '-c', this.file], {
      timeout: COMMAND,
    });
    return stdout;
  }

  /** Starts another command on the same config. */
  spawn(...args: string[]): { child: ChildProcess; ended: Promise<{ code: number | null; stdout: string }> } {
    const child = spawn(process.execPath, [ENTRY, ...args, '-c', this.file]);
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    const ended = once(child, 'close').then(([code]) => ({ code, stdout }));
    return { child, ended: within(`respool ${args.join(' ')} ends`, ended, COMMAND) };
  }

  /** Runs another command to its end, whatever that is. */
  async outcome(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    try {
      return {
        code: 0,
        ...(await run(process.execPath, [ENTRY, ...args, '-c', this.file], { timeout: COMMAND })),
      };
    } catch (error) {
      return error as { code: number; stdout: string; stderr: string };
    }
  }

  /** The ids of the messages in the spool, of an account. */
  ids(account: string): Set<string> {
    const db = new Database(this.spool);
    const sql = 'SELECT stanza_id FROM message JOIN account ON account.id = account WHERE jid = ?';
    const ids = db.prepare(sql).pluck().all(account) as string[];
    db.close();
    return new Set(ids);
  }

  /** Waits until it holds nothing for any user. */
  empty(): Promise<void> {
    return until('the spool is empty', () => this.#count('SELECT count(*) FROM message') === 0);
  }

  /** Loses its spool, with all that is in it. */
  loseSpool(): void {
    for (const end of ['', '-wal', '-shm', '.lock']) rmSync(`${this.spool}${end}`, { force: true });
  }

  /** How many messages are written down as handed to devices that let a ping pass. */
  writtenDown(): number {
    return this.#count('SELECT count(*) FROM asleep_message WHERE ping > 0');
  }

  #count(sql: string): number {
    const db = new Database(this.spool, { readonly: true });
    const count = db.prepare(sql).pluck().get() as number;
    db.close();
    return count;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL');
    this.#forget();
    this.#noLongerShown();
    this.#remove();
  }

  #remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  const [code] = (await within('respool ends', once(child, 'exit'))) as [number | null];
  return code;
}
