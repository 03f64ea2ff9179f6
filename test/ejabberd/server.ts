import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { stringify } from 'yaml';

const run = promisify(execFile);

/** How a throw-away ejabberd is set up. */
export interface EjabberdOptions {
  hosts?: string[];
  /** Address that it listens on; another loopback address makes a second server for s2s. */
  ip?: string;
  /** Seconds that a dead session with stream management is kept. */
  resumeTimeout?: number;
  /** Messages that an offline queue holds. */
  offlineLimit?: number;
  /** Whether respool's listener and mod_service_log are there from the beginning. */
  component?: boolean;
  /** Whether everything is archived (mod_mam). */
  mam?: boolean;
  /** Listens for other servers on port 5269 of `ip`. */
  s2s?: boolean;
  /** Further modules, by name. */
  modules?: Record<string, object>;
}

export const SECRET = 'a component secret';

const started = new Set<Ejabberd>();
process.on('exit', () => {
  for (const server of started) server.killNow();
});

/** A throw-away ejabberd in a folder of its own, with node name and ports of its own. */
export class Ejabberd {
  readonly host: string;
  readonly c2sPort: number;
  readonly componentPort: number;
  readonly httpPort: number;
  readonly ip: string;
  readonly folder = mkdtempSync(join(tmpdir(), 'respool-ejabberd-'));
  readonly #node = `respool${process.pid}x${Math.random().toString(36).slice(2, 8)}@localhost`;
  #options: EjabberdOptions;
  #pid: number | null = null;

  constructor(options: EjabberdOptions, ports: [number, number, number]) {
    this.#options = options;
    this.host = options.hosts?.[0] ?? 'alpha.test';
    this.ip = options.ip ?? '127.0.0.1';
    [this.c2sPort, this.componentPort, this.httpPort] = ports;
    const { uid, gid } = owner;
    for (const name of ['.', 'conf', 'db', 'logs']) {
      mkdirSync(join(this.folder, name), { recursive: true });
      chmodSync(join(this.folder, name), 0o755);
      chownSync(join(this.folder, name), uid, gid);
    }
    copyFileSync('/etc/ejabberd/inetrc', join(this.folder, 'conf/inetrc'));
    chmodSync(join(this.folder, 'conf/inetrc'), 0o644);
    this.#configure();
  }

  /** The component's name for respool. */
  get domain(): string {
    return `respool.${this.host}`;
  }

  async start(): Promise<void> {
    started.add(this);
    const child = spawn('ejabberdctl', [...this.#where(), 'foreground'], { stdio: 'ignore', detached: true });
    child.unref();
    const ended = once(child, 'exit').then(() => {
      throw new Error(`ejabberd ended at once; see ${this.folder}/logs`);
    });
    ended.catch(() => undefined); // of interest only until it is up
    const up = Promise.all([listening(this.ip, this.httpPort), listening(this.ip, this.c2sPort)]);
    await Promise.race([ended, up]);
    this.#pid = Number(await this.#beam());
  }

  /** Calls a command of ejabberd's API over its HTTP listener. */
  async call(command: string, args: object = {}): Promise<unknown> {
    const response = await fetch(`http://${this.ip}:${this.httpPort}/api/${command}`, {
      method: 'POST',
      body: JSON.stringify(args),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${command}: ${response.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  }

  async register(...users: string[]): Promise<void> {
    for (const user of users) {
      const [name = '', host = this.host] = user.split('@');
      await this.call('register', { user: name, host, password: 'secret' });
    }
  }

  /**
   * Empties every offline queue without a trace on the wire, which is what a Bind2 login does to one on 24.02.
   * @param user whose queue is to hold so many messages first, and none afterwards
   */
  async purgeOffline(user: string, messages: number): Promise<void> {
    await this.#offline(user, async count => count === messages);
    // it leaves what is younger than a second
    await this.#offline(
      user,
      async count => count === 0 || void (await this.call('delete_old_messages', { days: 0 })),
    );
  }

  /** Waits until a user's offline queue is as it should be; ejabberd tells nobody, so it is asked. */
  async #offline(bare: string, right: (count: number) => Promise<boolean | undefined>): Promise<void> {
    const [user, server] = bare.split('@');
    for (let tries = 0; tries < 200; tries++) {
      const answer = (await this.call('get_offline_count', { user, server })) as number | { value: number };
      if (await right(typeof answer === 'number' ? answer : answer.value)) return;
      await sleep(25);
    }
    throw new Error(`the offline queue of ${bare} is not as expected`);
  }

  /** Attaches or detaches respool, by what its documentation tells an operator to do. */
  async reload(options: Partial<EjabberdOptions>): Promise<void> {
    this.#options = { ...this.#options, ...options };
    this.#configure();
    await this.call('reload_config');
    if (options.component) await listening(this.ip, this.componentPort);
  }

  async stop(): Promise<void> {
    const pid = this.#pid;
    if (pid === null) return;
    await run('ejabberdctl', [...this.#where(), 'stop']).catch(() => this.killNow());
    await gone(pid);
    this.#pid = null;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  killNow(): void {
    if (this.#pid === null) return;
    try {
      process.kill(this.#pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it has ended by itself
    }
  }

  /** Stops it and removes its folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    started.delete(this);
    rmSync(this.folder, { recursive: true, force: true });
  }

  #where(): string[] {
    return [
      '-n',
      this.#node,
      '-d',
      join(this.folder, 'conf'),
      '-s',
      join(this.folder, 'db'),
      '-l',
      join(this.folder, 'logs'),
    ];
  }

  async #beam(): Promise<string> {
    const { stdout } = await run('pgrep', ['-f', `beam.smp.*${this.#node}`]);
    return stdout.split('\n')[0] ?? '';
  }

  #configure(): void {
    writeFileSync(join(this.folder, 'conf/ejabberd.yml'), stringify(this.#config()), { mode: 0o644 });
  }

  #config(): object {
    const { ip, domain } = this;
    const options = this.#options;
    const attached = options.component ?? true;
    const listener = {
      port: this.componentPort,
      ip,
      module: 'ejabberd_service',
      check_from: false,
      hosts: { [domain]: { password: SECRET } },
    };
    return {
      hosts: options.hosts ?? [this.host],
      loglevel: 'warning',
      ...(options.s2s
        ? { s2s_use_starttls: false, outgoing_s2s_port: 5269, s2s_timeout: 5 }
        : { s2s_access: 'none' }),
      listen: [
        {
          port: this.c2sPort,
          ip,
          module: 'ejabberd_c2s',
          access: 'c2s',
          starttls: false,
          max_stanza_size: 1_000_000,
        },
        { port: this.httpPort, ip, module: 'ejabberd_http', request_handlers: { '/api': 'mod_http_api' } },
        ...(attached ? [listener] : []),
        ...(options.s2s ? [{ port: 5269, ip, module: 'ejabberd_s2s_in' }] : []),
      ],
      access_rules: { c2s: { allow: 'all' }, register: { allow: 'all' } },
      shaper_rules: { quota: options.offlineLimit ?? 'infinity' },
      api_permissions: { all: { from: ['ejabberd_ctl', 'mod_http_api'], who: 'all', what: '*' } },
      modules: {
        mod_admin_extra: {},
        mod_blocking: {},
        mod_carboncopy: {},
        mod_disco: {},
        mod_muc: {
          host: 'conference.@HOST@',
          access_create: 'all',
          default_room_options: { persistent: true },
        },
        mod_offline: { access_max_user_messages: 'quota' },
        mod_ping: {},
        mod_privacy: {},
        mod_roster: {},
        ...(attached ? { mod_service_log: { loggers: [domain] } } : {}),
        mod_stream_mgmt: { resume_timeout: options.resumeTimeout ?? 3 },
        ...(options.mam ? { mod_mam: { default: 'always' } } : {}),
        ...(options.s2s ? { mod_s2s_dialback: {} } : {}),
        ...options.modules,
      },
    };
  }
}

/** Starts a throw-away ejabberd. Dispose of it with `await using`, or call its [Symbol.asyncDispose](). */
export async function startEjabberd(options: EjabberdOptions = {}): Promise<Ejabberd> {
  const ip = options.ip ?? '127.0.0.1';
  owner = await ejabberdUser();
  const server = new Ejabberd(options, [await freePort(ip), await freePort(ip), await freePort(ip)]);
  try {
    await server.start();
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
  return server;
}

let owner = { uid: 0, gid: 0 };

async function ejabberdUser(): Promise<{ uid: number; gid: number }> {
  const id = async (flag: string) => Number((await run('id', [flag, 'ejabberd'])).stdout);
  return { uid: await id('-u'), gid: await id('-g') };
}

async function freePort(ip: string): Promise<number> {
  const server = createServer().listen(0, ip);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Waits until somebody listens; nothing tells when, so it tries. */
async function listening(ip: string, port: number): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const socket = connect(port, ip);
    const open = await new Promise<boolean>(resolve => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (open) return;
    await sleep(50);
  }
  throw new Error(`nobody listens on ${ip}:${port}`);
}

/** Waits for the end of a process that is not a child. */
async function gone(pid: number): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    try {
      process.kill(pid, 0);
    } catch {
      return; // ESRCH: that is what is waited for
    }
    await sleep(25);
  }
  process.kill(pid, 'SIGKILL');
}
