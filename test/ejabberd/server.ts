import { connect } from 'node:net';
import { stringify } from 'yaml';
import { freePort } from '../free-port.js';
import { until } from '../wait.js';
import { ensureEjabberd } from './install.js';
import type { NameServer } from './names.js';
import { ErlangNode } from './node.js';

/** How a throw-away ejabberd is set up. */
export interface EjabberdOptions {
  hosts?: string[];
  /** Address that it listens on; another loopback address makes a second server for s2s. */
  ip?: string;
  /** Whether it offers stream management (XEP-0198), and the seconds that it keeps a dead session then. */
  management?: boolean;
  resumeTimeout?: number;
  /** Messages that an offline queue holds. */
  offlineLimit?: number | 'infinity';
  /** Whether respool's listener and mod_service_log are there from the beginning. */
  component?: boolean;
  /** Whether everything is archived (mod_mam). */
  mam?: boolean;
  /** Finds other servers by it, and is found by them; without it there are none. */
  names?: NameServer;
  /** Another component's domain, with the same secret; to a room, a user there is one of another server. */
  otherComponent?: string;
  /** A file with certificate and key: clients have to use STARTTLS. */
  certificate?: string;
  /** The largest stanza that it takes from a component, in bytes. */
  largestOfComponent?: number;
  /** It joins the cluster of this one, on an address of its own. */
  beside?: Ejabberd;
  /** Further modules, by name. */
  modules?: Record<string, object>;
}

/** How long a call of the API may take, and a start, in ms. */
const ANSWER = 30_000;
const START = 60_000;

export const SECRET = 'a component secret';

/** A throw-away ejabberd in a folder of its own, with node name and ports of its own. */
export class Ejabberd {
  readonly host: string;
  readonly ip: string;
  readonly secret = SECRET;
  readonly c2sPort: number;
  readonly componentPort: number;
  readonly httpPort: number;
  readonly s2sPort: number;
  /** Where the other component connects. */
  readonly otherPort: number;
  readonly node: ErlangNode;
  #options: EjabberdOptions;

  constructor(
    node: ErlangNode,
    options: EjabberdOptions,
    ports: readonly [number, number, number, number, number],
  ) {
    this.node = node;
    this.#options = options;
    this.host = options.hosts?.[0] ?? 'alpha.test';
    this.ip = options.ip ?? '127.0.0.1';
    [this.c2sPort, this.componentPort, this.httpPort, this.otherPort, this.s2sPort] = ports;
    this.#configure();
  }

  /** The component's name for respool. */
  get domain(): string {
    return `respool.${this.host}`;
  }

  /** Its folder, with conf/, db/ and logs/. */
  get folder(): string {
    return this.node.folder;
  }

  get pid(): number | undefined {
    return this.node.pid;
  }

  /** Starts it, again too, and waits until it is ready. */
  async start(): Promise<void> {
    for (const host of this.#options.hosts ?? [this.host]) {
      for (const name of [host, `conference.${host}`])
        this.#options.names?.places.set(name, { ip: this.ip, port: this.s2sPort });
    }
    const giveUp = new AbortController();
    const ended = this.node.start().then(() => {
      giveUp.abort();
      throw new Error(`ejabberd ended:\n${this.node.log()}`);
    });
    ended.catch(() => undefined); // of interest only until it is up
    await Promise.race([ended, this.#ready(giveUp.signal)]);
  }

  async #ready(giveUp: AbortSignal): Promise<void> {
    await listening(this.ip, this.httpPort, giveUp);
    await listening(this.ip, this.c2sPort, giveUp);
    if (this.#options.component ?? true) await listening(this.ip, this.componentPort, giveUp);
    await this.call('status');
  }

  /** Makes it a node of the cluster of another one, which gives it all that that one has. */
  async join(other: Ejabberd): Promise<void> {
    await this.ctl('join_cluster', other.node.name); // ejabberd is started anew for it
    await this.#ready(AbortSignal.timeout(START));
  }

  /** Runs a command of ejabberdctl; call() is much faster. */
  ctl(...args: string[]): Promise<string> {
    return this.node.ctl(...args);
  }

  /** Has it do something in Erlang that no command does; see ErlangNode.evaluate. */
  evaluate(body: string): Promise<string> {
    return this.node.evaluate(body);
  }

  /** Calls a command of ejabberd's API over its HTTP listener. */
  async call(command: string, args: object = {}): Promise<unknown> {
    const response = await fetch(`http://${this.ip}:${this.httpPort}/api/${command}`, {
      method: 'POST',
      signal: AbortSignal.timeout(ANSWER),
      body: JSON.stringify(args),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${command}: ${response.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  }

  /** Registers users, by name or bare JID, with the password "secret". */
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
    await this.#offline(user, `holds ${messages}`, async count => count === messages);
    // it leaves what is younger than a second
    await this.#offline(
      user,
      'is empty',
      async count => count === 0 || void (await this.call('delete_old_messages', { days: 0 })),
    );
  }

  /** Waits until a user's offline queue is as it should be; ejabberd tells nobody, so it is asked. */
  async #offline(
    bare: string,
    what: string,
    right: (count: number) => Promise<boolean | undefined>,
  ): Promise<void> {
    const [user, server] = bare.split('@');
    let count = 0;
    const look = async () => {
      const answer = (await this.call('get_offline_count', { user, server })) as number | { value: number };
      count = typeof answer === 'number' ? answer : answer.value;
      return (await right(count)) === true;
    };
    await until(`the offline queue of ${bare} ${what}`, look, undefined, () => `; it holds ${count}`);
  }

  /** Attaches or detaches respool, by what its documentation tells an operator to do. */
  async reload(options: Partial<EjabberdOptions>): Promise<void> {
    this.#options = { ...this.#options, ...options };
    this.#configure();
    await this.call('reload_config');
    if (options.component) await listening(this.ip, this.componentPort);
  }

  /** Stops it in order; start() brings it back with all it had. */
  stop(): Promise<void> {
    return this.node.stop();
  }

  /** Ends it with SIGKILL. */
  kill(): Promise<void> {
    return this.node.kill();
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Ends it and removes its folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.node.dispose();
  }

  #configure(): void {
    this.node.configure(stringify(this.#config()));
  }

  #config(): object {
    const { ip, domain } = this;
    const options = this.#options;
    const attached = options.component ?? true;
    const component = (port: number, name: string) => ({
      port,
      ip,
      module: 'ejabberd_service',
      check_from: false,
      max_stanza_size: options.largestOfComponent ?? 'infinity',
      hosts: { [name]: { password: SECRET } },
    });
    const other = options.otherComponent;
    return {
      hosts: options.hosts ?? [this.host],
      loglevel: 'warning',
      ...(options.certificate === undefined ? {} : { certfiles: [options.certificate] }),
      ...(options.names ? { s2s_use_starttls: false, s2s_max_retry_delay: 1 } : { s2s_access: 'none' }),
      listen: [
        {
          port: this.c2sPort,
          ip,
          module: 'ejabberd_c2s',
          access: 'c2s',
          ...(options.certificate === undefined ? { starttls: false } : { starttls_required: true }),
          max_stanza_size: 1_000_000,
        },
        { port: this.httpPort, ip, module: 'ejabberd_http', request_handlers: { '/api': 'mod_http_api' } },
        ...(attached ? [component(this.componentPort, domain)] : []),
        // a listener of its own, for a component gets what is for any name under its listener
        ...(other === undefined ? [] : [component(this.otherPort, other)]),
        ...(options.names ? [{ port: this.s2sPort, ip, module: 'ejabberd_s2s_in' }] : []),
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
          default_room_options: { persistent: true, ...(options.mam ? { mam: true } : {}) },
        },
        mod_offline: { access_max_user_messages: 'quota' },
        mod_ping: {},
        mod_privacy: {},
        mod_roster: {},
        ...(attached ? { mod_service_log: { loggers: [domain] } } : {}),
        ...(options.management === false
          ? {}
          : { mod_stream_mgmt: { resume_timeout: options.resumeTimeout ?? 3 } }),
        ...(options.mam ? { mod_mam: { default: 'always' } } : {}),
        ...(options.names ? { mod_s2s_dialback: {} } : {}),
        ...options.modules,
      },
    };
  }
}

/**
 * Starts a throw-away ejabberd. Dispose of it with `await using`, or call its [Symbol.asyncDispose](); if the process
 * ends before that, the server ends with it.
 */
export async function startEjabberd(options: EjabberdOptions = {}): Promise<Ejabberd> {
  const ip = options.ip ?? '127.0.0.1';
  const { beside } = options;
  const node = new ErlangNode(ensureEjabberd(), { port: await freePort(ip), ip, beside: beside?.node });
  if (options.names !== undefined) node.ask(options.names.port);
  const port = () => freePort(ip);
  const componentPort = beside?.componentPort ?? (await port()); // nodes of a cluster have the same config
  const ports = [await port(), componentPort, await port(), await port(), await port()] as const;
  const server = new Ejabberd(node, options, ports);
  try {
    await server.start();
    if (beside !== undefined) await server.join(beside);
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
  return server;
}

/** Waits until somebody listens; nothing tells when, so it tries. */
async function listening(ip: string, port: number, giveUp?: AbortSignal): Promise<void> {
  const isOpen = async () => giveUp?.aborted === true || (await accepts(ip, port));
  await until(`somebody listens on ${ip}:${port}`, isOpen, START);
}

async function accepts(ip: string, port: number): Promise<boolean> {
  const socket = connect(port, ip);
  const open = await new Promise<boolean>(resolve => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  });
  socket.destroy();
  return open;
}
