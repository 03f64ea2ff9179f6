import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Config } from '../../src/config/config.js';
import { type Daemon, startDaemon } from '../../src/daemon/daemon.js';
import type { AlertWaits } from '../../src/daemon/started.js';
import type { Live } from '../../src/monitor/live.js';
import type { Log } from '../../src/monitor/log.js';
import type { DeviceRow } from '../../src/spool/device-rows.js';
import type { Pending } from '../../src/spool/pendings.js';
import { SpoolReader } from '../../src/spool/spool-reader.js';
import { NO_ALERTS } from '../no-alerts.js';
import { QUOTAS } from '../spool/quotas.js';
import { shownInVain, until, within } from '../wait.js';
import { onExit } from './exit.js';
import { type Ejabberd, SECRET } from './server.js';

/** respool in this process, attached to a throw-away ejabberd, with a spool in a folder of its own. */
export class Respool {
  readonly folder = mkdtempSync(join(tmpdir(), 'respool-test-'));
  readonly lines: string[] = [];
  readonly config: Config;
  /** How often it looks whether an alert is due, and so on. */
  waits: AlertWaits = {};
  readonly #forget: () => void;
  #daemon: Daemon | null = null;
  #db: Database.Database | null = null;
  #reader: SpoolReader | null = null;
  #online: (() => void)[] = [];
  readonly #noLongerShown = shownInVain(() => `respool has said:\n${this.lines.join('\n')}`);

  constructor(server: Ejabberd, changes: (config: Config) => void = () => undefined) {
    this.config = {
      file: 'test',
      component: {
        host: server.ip,
        nodes: [server.ip],
        port: server.componentPort,
        domain: server.domain,
        secret: SECRET,
      },
      hosts: new Set([server.host]),
      spool: {
        path: join(this.folder, 'spool.db'),
        maxAge: 86_400_000,
        ...QUOTAS,
        maxPerAccount: 10_000,
        maxSize: 1 << 30,
      },
      replay: { settle: 300, proofAfter: 500, proofTimeout: 10_000, chunk: 100 },
      devices: { sync: true, forgetAfter: 86_400_000, maxPerAccount: 10, neverPing: new Set() },
      rooms: { replay: true, maxAge: 86_400_000, maxPerRoom: 1000 },
      remote: { retry: true, maxAge: 86_400_000, retryUnknown: 600_000, minWait: 200, maxWait: 2000 },
      admins: new Set(),
      contact: new Set(),
      alerts: NO_ALERTS,
      log: { level: 'info', format: 'text' },
      standby: { peer: null },
      history: { keep: 86_400_000, maxSize: 1 << 28 },
      http: null,
    };
    changes(this.config);
    this.#forget = onExit(() => this.#remove());
  }

  static async attached(server: Ejabberd, changes?: (config: Config) => void): Promise<Respool> {
    const respool = new Respool(server, changes);
    await respool.start();
    return respool;
  }

  /** Starts it and waits until it is connected. */
  async start(): Promise<void> {
    const online = this.connected();
    const line = (text: string) => {
      if (process.env.SHOW) console.error(text);
      this.lines.push(text);
      if (!text.startsWith('connected to')) return;
      for (const resolve of this.#online.splice(0)) resolve();
    };
    const log: Log = { debug: line, info: line, warn: line, error: line };
    this.#daemon = await startDaemon(this.config, log, { waits: this.waits });
    await online;
  }

  async stop(): Promise<void> {
    await this.#daemon?.stop();
    this.#daemon = null;
  }

  /** Waits for the next time that it is connected. */
  connected(): Promise<void> {
    const online = new Promise<void>(resolve => this.#online.push(resolve));
    return within('respool connects', online);
  }

  query<Row>(sql: string, ...parameters: unknown[]): Row[] {
    this.#db ??= new Database(this.config.spool.path, { readonly: true });
    return this.#db.prepare(sql).all(...parameters) as Row[];
  }

  /** What /metrics tells of the process. */
  get live(): Live {
    if (this.#daemon === null) throw new Error('it does not run');
    return this.#daemon.live();
  }

  /** Why it does not do its work at the moment, or null. */
  get trouble(): string | null {
    return this.#daemon === null ? 'it does not run' : this.#daemon.trouble();
  }

  /** Changes the spool behind respool's back. */
  change(sql: string, ...parameters: unknown[]): void {
    const db = new Database(this.config.spool.path);
    db.prepare(sql).run(...parameters);
    db.close();
  }

  counter(name: string): number {
    return this.query<{ value: number }>('SELECT value FROM counter WHERE name = ?', name)[0]?.value ?? 0;
  }

  /** Messages in the spool, of one account or of all. */
  stored(account?: string): number {
    const sql =
      'SELECT count(*) AS n FROM message JOIN account ON account.id = account WHERE jid = coalesce(?, jid)';
    return this.query<{ n: number }>(sql, account ?? null)[0]?.n ?? 0;
  }

  /** What `respool queue list` lists: who is still owed what. */
  pendings(account: string): Pending[] {
    return [...this.#read().pendings({ account })];
  }

  /** What `respool devices` lists. */
  devices(account: string): DeviceRow[] {
    return [...this.#read().devices(account)];
  }

  #read(): SpoolReader {
    this.#reader ??= SpoolReader.open(this.config.spool.path);
    return this.#reader;
  }

  /** Waits until the spool says so; it is another thread's database, so it is asked again and again. */
  until(what: string, condition: () => boolean, patience?: number): Promise<void> {
    return until(what, condition, patience);
  }

  /** How many devices of an account are believed to be online. */
  online(account: string): number {
    const sql =
      'SELECT count(*) AS n FROM device JOIN account ON account.id = account WHERE jid = ? AND online = 1';
    return this.query<{ n: number }>(sql, account)[0]?.n ?? 0;
  }

  empty(account?: string): Promise<void> {
    return this.until(`the spool is empty of ${account ?? 'all'}`, () => this.stored(account) === 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.#db?.close();
    this.#reader?.close();
    this.#forget();
    this.#noLongerShown();
    this.#remove();
  }

  #remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
