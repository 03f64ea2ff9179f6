import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { parseJid } from '../../../src/xmpp/jid.js';
import { onExit } from '../exit.js';
import { type ForeignClient, Heard, type Login, type Start } from './heard.js';

const run = promisify(execFile);
/** Its log is read so often, in ms. */
const LOOK = 50;
/** Its screen is looked at so often before a message is taken to be none of what it shows. */
const LOOKS = 100;
/** A stanza of type message in its log: what it says. */
const MESSAGE = /RECV: <message [^\n]*?<body>([^<]*)<\/body>/g;
const ROSTER = /RECV: <iq id="roster"/;
const SUBJECT = /RECV: <message [^\n]*<subject/;

/** @param reconnect seconds after which it connects again, when its connection broke */
export function profanity(reconnect: number): Start {
  return async (login): Promise<ForeignClient> => {
    const client = new Profanity(login, reconnect);
    try {
      await client.heard.loggedIn(client.start());
    } catch (error) {
      await client.kill();
      throw error;
    }
    return client;
  };
}

/** profanity on a terminal of tmux, all of it in a folder of its own. */
class Profanity implements ForeignClient {
  readonly heard = new Heard(() => this.#log().slice(-3000));
  readonly #folder = mkdtempSync(join(tmpdir(), 'profanity-'));
  readonly #login: Login;
  readonly #pids: number[] = [];
  readonly #forget = onExit(() => this.#remove());
  #heardOf = 0;
  #reading: NodeJS.Timeout | null = null;

  constructor(login: Login, reconnect: number) {
    this.#login = login;
    this.#configure(reconnect);
  }

  /** Waits until its login is through. */
  async start(): Promise<void> {
    const env = {
      PATH: process.env.PATH,
      TERM: 'xterm',
      LANG: 'C.UTF-8',
      HOME: this.#folder,
      ...this.#folders(),
    };
    const command = ['profanity', '-a', 'bob', '-l', 'DEBUG'];
    await this.#tmux(['-f', '/dev/null', 'new-session', '-d', '-x', '200', '-y', '50', ...command], env);
    const pids = await this.#tmux(['display-message', '-p', '#{pane_pid} #{pid}']);
    this.#pids.push(...pids.trim().split(' ').map(Number));
    this.#reading = setInterval(() => this.#read(), LOOK);
    await this.#logged(ROSTER);
    for (const room of this.#login.rooms) {
      await this.#tmux(['send-keys', '-l', `/join ${room}`]);
      await this.#tmux(['send-keys', 'Enter']);
      await this.#logged(SUBJECT);
    }
  }

  /** What the window of the only one who has written shows. */
  async dayOf(body: string): Promise<string | null> {
    await this.#tmux(['send-keys', '-l', '/win 2']);
    await this.#tmux(['send-keys', 'Enter']);
    const line = new RegExp(`^(\\S+) \\S+ - .*: ${body}\\s*$`, 'm');
    for (let looks = 0; looks < LOOKS; looks++) {
      const day = line.exec(await this.#tmux(['capture-pane', '-p']))?.[1];
      if (day !== undefined) return day;
      await sleep(LOOK);
    }
    return null;
  }

  /** profanity is killed before its terminal goes, so that it cannot take its leave. */
  async kill(): Promise<void> {
    this.#read();
    this.#remove();
    this.#forget();
  }

  #remove(): void {
    if (this.#reading !== null) clearInterval(this.#reading);
    this.#reading = null;
    for (const pid of this.#pids.splice(0)) end(pid);
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #folders(): { XDG_CONFIG_HOME: string; XDG_DATA_HOME: string; XDG_CACHE_HOME: string } {
    const at = (name: string) => join(this.#folder, name);
    return { XDG_CONFIG_HOME: at('config'), XDG_DATA_HOME: at('data'), XDG_CACHE_HOME: at('cache') };
  }

  #configure(reconnect: number): void {
    const { ip, port, jid } = this.#login;
    const { local = '', bare = '', resource = '' } = parseJid(jid) ?? {};
    const folders = this.#folders();
    for (const folder of Object.values(folders)) mkdirSync(join(folder, 'profanity'), { recursive: true });
    const account = {
      enabled: true,
      jid: bare,
      server: ip,
      port,
      password: 'secret',
      resource,
      'muc.nick': local,
      'tls.policy': 'disable',
    };
    writeFileSync(join(folders.XDG_DATA_HOME, 'profanity/accounts'), ini({ bob: account }));
    const preferences = {
      connection: { reconnect },
      logging: { chlog: false, grlog: false },
      ui: { history: false, splash: false, 'time.chat': '%Y-%m-%d %H:%M:%S' },
      notifications: { message: false, room: false },
    };
    writeFileSync(join(folders.XDG_CONFIG_HOME, 'profanity/profrc'), ini(preferences));
  }

  async #tmux(args: string[], env?: NodeJS.ProcessEnv): Promise<string> {
    const socket = join(this.#folder, 'tmux');
    const { stdout } = await run('tmux', ['-S', socket, ...args], env === undefined ? {} : { env });
    return stdout;
  }

  /** Its log, where it takes down each stanza that it gets, in a line. */
  #log(): string {
    const file = join(this.#folders().XDG_DATA_HOME, 'profanity/logs/profanity.log');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  /** Takes down what has come since the last time. */
  #read(): void {
    const bodies = [...this.#log().matchAll(MESSAGE)].map(([, body = '']) => body);
    for (const body of bodies.slice(this.#heardOf)) this.heard.add(body);
    // it opens its log anew when it connects again; what was empty for a moment has not come a second time
    this.#heardOf = Math.max(this.#heardOf, bodies.length);
  }

  async #logged(pattern: RegExp): Promise<void> {
    while (this.#reading !== null && !pattern.test(this.#log())) await sleep(LOOK);
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it has ended before
  }
}

function ini(sections: Record<string, Record<string, unknown>>): string {
  return Object.entries(sections)
    .flatMap(([name, keys]) => [
      `[${name}]`,
      ...Object.entries(keys).map(([key, value]) => `${key}=${value}`),
      '',
    ])
    .join('\n');
}
