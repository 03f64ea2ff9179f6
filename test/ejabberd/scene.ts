import { after, before } from 'node:test';
import type { Config } from '../../src/config/config.js';
import { Client, type ClientOptions } from './client.js';
import { Respool } from './respool.js';
import { type Ejabberd, type EjabberdOptions, startEjabberd } from './server.js';

/** A server with respool attached for the tests of one suite, and clients that are gone when it ends. */
export class Scene {
  server!: Ejabberd;
  respool!: Respool;
  readonly #clients: Client[] = [];
  #users = 0;

  /** A user that no other test has. */
  async user(name = 'user'): Promise<string> {
    const user = `${name}${++this.#users}`;
    await this.server.register(user);
    return `${user}@${this.server.host}`;
  }

  /** Logs in, by bare or full JID, and waits until ejabberd has seen it. */
  async login(jid: string, options: Partial<ClientOptions> = {}): Promise<Client> {
    const client = await Client.at(this.server, jid, options);
    this.#clients.push(client);
    await client.flush();
    return client;
  }

  async end(): Promise<void> {
    await Promise.all(this.#clients.map(client => client.close()));
    await this.respool?.[Symbol.asyncDispose]();
    await this.server?.[Symbol.asyncDispose]();
  }
}

/** Sets a scene for the suite that is being described. */
export function scene(options: EjabberdOptions = {}, changes?: (config: Config) => void): Scene {
  const set = new Scene();
  before(async () => {
    set.server = await startEjabberd(options);
    set.respool = await Respool.attached(set.server, changes);
  });
  after(() => set.end());
  return set;
}

/** The stamp of a message's delay in ms, and how many it has. */
export function delayOf(
  message:
    | { getChildren(name: string, xmlns?: string): { attrs: Record<string, string | undefined> }[] }
    | undefined,
): {
  stamps: number;
  at: number;
} {
  const delays = message?.getChildren('delay', 'urn:xmpp:delay') ?? [];
  return { stamps: delays.length, at: Date.parse(delays[0]?.attrs.stamp ?? '') };
}
