import { after, before } from 'node:test';
import { Client } from './client.js';
import { NameServer } from './names.js';
import { Respool } from './respool.js';
import { Scene } from './scene.js';
import { type Ejabberd, startEjabberd } from './server.js';

export const isError = ({ attrs }: { attrs: Record<string, string | undefined> }) => attrs.type === 'error';

/** A scene with another server, beta.test, where zoe is; respool is not attached to that one. */
export class TwoServers extends Scene {
  beta!: Ejabberd;
  #names: NameServer | undefined;
  readonly #there: Client[] = [];
  #zoes = 0;

  async start(): Promise<void> {
    const names = await NameServer.start();
    this.#names = names;
    this.beta = await startEjabberd({ hosts: ['beta.test'], ip: '127.0.0.2', component: false, names });
    this.server = await startEjabberd({ names });
    this.respool = await Respool.attached(this.server);
  }

  override async end(): Promise<void> {
    await Promise.all(this.#there.map(client => client.close()));
    await super.end();
    await this.beta?.[Symbol.asyncDispose]();
    this.#names?.[Symbol.dispose]();
  }

  /** A user of the other server that no other test has. */
  async zoe(): Promise<string> {
    const name = `zoe${++this.#zoes}`;
    await this.beta.register(name);
    return `${name}@beta.test`;
  }

  async loginThere(jid: string): Promise<Client> {
    const client = await Client.at(this.beta, jid);
    this.#there.push(client);
    await client.flush();
    return client;
  }

  /** How many messages of an account wait for the other server. */
  kept(account: string): number {
    const sql = 'SELECT count(*) AS n FROM remote_message WHERE state > 0 AND account = ?';
    return this.respool.query<{ n: number }>(sql, account)[0]?.n ?? 0;
  }

  /** alice, and zoe who has had a message of hers; the other server is then stopped. */
  async cutOff() {
    const [account, other] = [await this.user('alice'), await this.zoe()];
    const alice = await this.login(`${account}/pc`);
    const there = await this.loginThere(`${other}/web`);
    alice.message(other, 'before');
    await there.bodies(1);
    await this.beta.stop();
    return { account, other, alice };
  }

  /** Waits until so many have bounced, and so many are kept. */
  async allBounce(alice: Client, count: number, of = count): Promise<void> {
    const bounced = () => alice.messages.filter(isError).length;
    await alice.received(() => bounced() >= count);
    await this.respool.until(`${of} are kept`, () => this.kept(alice.jid.split('/')[0] ?? '') === of);
  }
}

/** Sets two servers for the suite that is being described. */
export function twoServers(): TwoServers {
  const set = new TwoServers();
  before(() => set.start());
  after(() => set.end());
  return set;
}
