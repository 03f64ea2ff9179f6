import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Config } from '../../../src/config/config.js';
import type { Client, ClientOptions } from '../client.js';
import { DelayedLine } from '../delayed-line.js';
import { idsOf, notOnce } from '../delivery.js';
import { type Scene, scene } from '../scene.js';
import type { EjabberdOptions } from '../server.js';

/** What clients ask at a login. */
export const ROSTER = "<query xmlns='jabber:iq:roster'/>";
export const CARBONS = "<enable xmlns='urn:xmpp:carbons:2'/>";
export const NO_HISTORY = "<history maxstanzas='0'/>";

/** All sessions stay asleep as long as a test lasts. */
export const ASLEEP = { resumeTimeout: 300 };

/** The lines between clients and server, in ms each way. */
const DELAYS = [0, 100, 300];
/** They wait more than they work. */
const AT_ONCE = 12;

let ids = 0;
let moments = 0;

/** A suite about messages that must come once, on one server, over lines of several lengths. */
export class Stage {
  readonly #scene: Scene;
  readonly #lines = new Map<number, DelayedLine>();
  #witness = '';

  constructor(options: EjabberdOptions, changes: (config: Config) => void) {
    this.#scene = scene(options, config => {
      config.replay = { settle: 1_000, proofAfter: 300, proofTimeout: 10_000, chunk: 100 };
      changes(config);
    });
    before(async () => {
      for (const delay of DELAYS) this.#lines.set(delay, await DelayedLine.open(this.server, delay));
      this.#witness = await this.#scene.user('witness');
    });
    after(async () => {
      for (const line of this.#lines.values()) await line.close();
    });
  }

  get server() {
    return this.#scene.server;
  }

  get respool() {
    return this.#scene.respool;
  }

  /** alice is online, close to the server; bob's account has a phone that is known and gone. */
  async people(): Promise<{ alice: Client; bob: string }> {
    const [sender, bob] = [await this.user('alice'), await this.user('bob')];
    const alice = await this.#scene.login(`${sender}/pc`);
    await this.known(`${bob}/phone`);
    return { alice, bob };
  }

  user(name: string): Promise<string> {
    return this.#scene.user(name);
  }

  /** A client in a session without presence yet. @param delay of its line, each way, in ms */
  bind(jid: string, delay = 0, options: Partial<ClientOptions> = {}): Promise<Client> {
    const port = this.#lines.get(delay)?.port ?? this.server.c2sPort;
    return this.#scene.login(jid, { port, presence: false, ...options });
  }

  /** A device that was there and is gone. */
  async known(jid: string): Promise<void> {
    const [account = ''] = jid.split('/');
    const before = this.respool.online(account);
    const device = await this.bind(jid);
    device.presence();
    await this.#until(`${jid} is known`, () => this.respool.online(account) > before);
    device.unavailable();
    await device.close();
    await this.#until(`${jid} is gone`, () => this.respool.online(account) === before);
  }

  /** Waits until a device of an account is believed to be there. */
  async there(account: string, count = 1): Promise<void> {
    await this.#until(`${count} of ${account} are there`, () => this.respool.online(account) === count);
  }

  /** Sends messages. @returns their ids */
  write(from: Client, to: string, count: number, type: 'chat' | 'groupchat' = 'chat'): string[] {
    const written = [...Array(count).keys()].map(() => `once-${++ids}`);
    for (const id of written) from.message(to, `the message ${id}`, { id, type });
    return written;
  }

  /** Has messages wait for an account of which nobody is there, in mod_offline and in the spool. @returns their ids */
  async waiting(from: Client, account: string, count: number): Promise<string[]> {
    const written = this.write(from, account, count);
    await this.#until(`${count} wait for ${account}`, () => this.respool.stored(account) === count);
    await from.flush();
    return written;
  }

  /** Empties the queue of mod_offline without a trace on the wire: what waits is in the spool alone. */
  async emptyOfflineQueue(account: string): Promise<void> {
    const [user, host] = account.split('@');
    await this.server.evaluate(`mod_offline:remove_user(<<"${user}">>, <<"${host}">>)`);
  }

  /** Waits until a client has so many messages. */
  async has(client: Client, wanted: readonly string[]): Promise<void> {
    const missing = () => wanted.filter(id => !idsOf(client.messages).includes(id));
    await this.#until(`${client.jid} gets ${wanted.length} messages`, () => missing().length === 0).catch(
      error => {
        throw new Error(`${error.message}: ${missing()} have not come; it has ${idsOf(client.messages)}`);
      },
    );
  }

  /** Each of these messages comes to each of these clients of an account once, and nothing stays pending. */
  async eachOnce(account: string, wanted: readonly string[], ...clients: Client[]): Promise<void> {
    for (const client of clients) await this.has(client, wanted);
    await this.nothingPending(account);
    for (const client of clients) await this.shows(client, wanted);
  }

  /** Each of these messages has come to a client once, and nothing else has. */
  async shows(client: Client, wanted: readonly string[]): Promise<void> {
    await client.flush(); // what was sent to it before that has come
    assert.deepEqual(
      notOnce(client.messages, wanted),
      [],
      `${client.jid} got each of ${wanted.length} messages once`,
    );
  }

  /** Waits until respool has seen all that has happened up to now and owes nobody of this account anything. */
  async nothingPending(account: string): Promise<void> {
    await this.caughtUp();
    const list = () =>
      this.respool.pendings(account).map(({ resource, stanzaId }) => `${stanzaId} for ${resource}`);
    await this.#until(`nothing is pending for ${account}`, () => list().length === 0).catch(error => {
      throw new Error(`${error.message}: ${list()}`);
    });
  }

  /** Stops respool in order, and starts it again. Not beside other tests. */
  async restart(): Promise<void> {
    await this.respool.stop();
    await this.respool.start();
  }

  /** Waits until respool has committed all that ejabberd has copied up to now: it keeps the order. */
  async caughtUp(): Promise<void> {
    const body = `moment ${++moments}`; // other tests do the same meanwhile
    const message = { from: `note@${this.server.host}`, to: this.#witness, subject: '', body };
    await this.server.call('send_message', { type: 'chat', ...message });
    const stored = () => this.respool.query('SELECT id FROM message WHERE payload LIKE ?', `%>${body}<%`);
    await this.#until('respool has caught up', () => stored().length > 0);
  }

  #until(what: string, condition: () => boolean): Promise<void> {
    return this.respool.until(what, condition);
  }
}

interface SuiteOptions extends EjabberdOptions {
  /** Tests that restart respool stand one behind the other. */
  oneByOne?: boolean;
  /** How respool is configured. */
  changes?: (config: Config) => void;
}

/** A suite whose tests run side by side, each with users of its own. */
export function suite(name: string, tests: (stage: Stage) => void, options: SuiteOptions = {}): void {
  const { oneByOne = false, changes = () => undefined, ...server } = options;
  describe(name, { concurrency: oneByOne ? 1 : AT_ONCE }, () => tests(new Stage(server, changes)));
}

/** The same test over each of the lines. */
export function overLines(name: string, run: (delay: number) => Promise<void>): void {
  for (const delay of DELAYS)
    test(delay === 0 ? name : `${name}, over a line of ${delay} ms`, () => run(delay));
}

const PING = 'ping';

/** Takes down pings of the component and messages that come to a client from now on, in order. */
function takesDown(client: Client): string[] {
  const came: string[] = [];
  client.on('element', element => {
    const { name, attrs } = element;
    if (name === 'iq' && attrs.type === 'get' && attrs.from?.startsWith('respool.')) came.push(PING);
    if (name === 'message') came.push(...idsOf([element]));
  });
  return came;
}

/** @returns how many pings of the component have come to a client since now */
export function pingsTo(client: Client): () => number {
  const came = takesDown(client);
  return () => came.filter(what => what === PING).length;
}

/**
 * @returns how many pings of the component have come to a client, since now, after the last of these messages; those
 * before it were sent when respool had not seen it yet, for which a busy machine may take any time
 */
export function pingsBehind(client: Client): (last: readonly string[]) => { pings: number; came: string } {
  const came = takesDown(client);
  return last => {
    const at = Math.max(...last.map(id => came.lastIndexOf(id)));
    return { pings: came.slice(at + 1).filter(what => what === PING).length, came: came.join(', ') };
  };
}

/** A phone whose connection is gone, and whose session waits to be resumed. */
export async function asleep(stage: Stage, bob: string, delay = 0): Promise<Client> {
  const phone = await stage.bind(`${bob}/phone`, delay, { management: true });
  await phone.request('get', ROSTER);
  phone.presence();
  await stage.there(bob);
  await stage.nothingPending(bob);
  phone.freeze();
  phone.reset();
  return phone;
}
