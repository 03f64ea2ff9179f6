import { Client, type ClientOptions } from './client.js';
import type { Ejabberd } from './server.js';

/** A server, and users of it whose clients are gone when it ends. */
export abstract class Users {
  server!: Ejabberd;
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

  /** Ends what is attached to the server. */
  protected abstract detach(): Promise<void>;

  async end(): Promise<void> {
    await Promise.all(this.#clients.map(client => client.close()));
    await this.detach();
    await this.server?.[Symbol.asyncDispose]();
  }
}
