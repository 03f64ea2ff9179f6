import { setTimeout as sleep } from 'node:timers/promises';
import type { Pending } from '../../src/spool/pendings.js';
import { Client } from './client.js';
import { LoginTally } from './login-tally.js';
import { joinAll, type Login, type Place, walkIn } from './logins.js';
import type { Respool } from './respool.js';
import type { Ejabberd } from './server.js';

/** After a login all that is owed to the device has to be proved within this time, in ms. */
const PATIENCE = 20_000;
const LOOK = 100;
/** Who has been away for so long, in ms, comes back whether anybody has noticed or not. */
const AWAY = 3_000;

/** Who writes to the account of a device. */
export interface Writer {
  /** Writes messages to the account, or says them in its room. @returns their ids */
  write(count: number, where: 'account' | 'room'): string[];
  /** Waits until respool has seen all that was written up to now. */
  caughtUp(): Promise<void>;
}

/** A device that logs in again and again as it is drawn, and what it got. */
export class LoginDevice {
  readonly tally = new LoginTally();
  readonly jid: string;
  /** What went wrong otherwise. */
  readonly broken: string[] = [];
  /** It has been let into the rooms, and has not said that it goes. */
  isMember = false;
  /** Its present session is in the rooms. */
  #isInside = false;
  readonly #server: Ejabberd;
  readonly #respool: Respool;
  readonly #place: Place;
  /** A session that waits to be resumed. */
  #asleep: Client | null = null;
  #now = 'its introduction';
  #logins = 0;

  constructor(server: Ejabberd, respool: Respool, place: Place, jid: string) {
    this.#server = server;
    this.#respool = respool;
    this.#place = place;
    this.jid = jid;
  }

  /** Lives through one login and its end. */
  async live(login: Login, writer: Writer): Promise<void> {
    this.#now = `login ${++this.#logins}`;
    await this.#writes(login.waiting, writer);
    if (login.waiting > 10) writer.write(2, 'room');
    await this.#noticed(writer); // that what waits has come to nobody
    const [client, isResumed] = await this.#come(login);
    const writing = writeMeanwhile(login, writer);
    if (!isResumed) await walkIn(client, login, this.#place);
    if (!isResumed && login.steps.some(({ act }) => act.startsWith('join'))) this.#inside();
    await writing;
    if (!login.hurries) await this.proved();
    await this.#go(client, login, writer);
  }

  /** Makes itself known, in the rooms too. */
  async introduce(): Promise<void> {
    const client = await this.#login(false);
    await client.request('get', "<query xmlns='jabber:iq:roster'/>");
    client.presence();
    await joinAll(client, this.#place.rooms, "<history maxstanzas='0'/>");
    await client.flush();
    this.#inside();
    client.reset();
  }

  /** Comes for good, in the simplest way, and waits for all that it lacks. */
  async stay(): Promise<Client> {
    this.#now = 'the last login';
    const client = await this.#login(false);
    await client.request('get', "<query xmlns='jabber:iq:roster'/>");
    await this.#place.apart(client);
    await joinAll(client, this.#place.rooms, "<history maxstanzas='0'/>");
    this.#inside();
    await this.proved();
    await client.flush(); // what was sent before that has come
    return client;
  }

  /** Waits until nothing is owed to it any more that it can get: of a room nothing comes before it is in there. */
  async proved(): Promise<void> {
    for (const deadline = performance.now() + PATIENCE; ; await sleep(LOOK)) {
      const pending = this.#pending().filter(({ type }) => type !== 'groupchat' || this.#isInside);
      if (pending.length === 0) return;
      if (performance.now() < deadline) continue;
      const lines = pending.map(({ stanzaId, type, resource }) => `${stanzaId}: (${type}, ${resource})`);
      for (const line of lines) this.broken.push(`${line}, still pending after ${PATIENCE} ms, ${this.#now}`);
      return;
    }
  }

  #pending(): Pending[] {
    const [account = '', resource] = this.jid.split('/');
    return this.#respool
      .pendings(account)
      .filter(pending => pending.resource === resource || pending.resource === null);
  }

  /** @returns its client, and whether it has taken up the session that slept */
  async #come({ kind }: Login): Promise<[Client, boolean]> {
    const asleep = this.#asleep;
    this.#asleep = null;
    if (kind === 'sm' && asleep !== null && (await isResumed(asleep))) return [asleep, true];
    return [await this.#login(kind === 'sm'), false];
  }

  #inside(): void {
    this.isMember = true;
    this.#isInside = true;
  }

  async #login(management: boolean): Promise<Client> {
    this.#isInside = false;
    const client = await Client.at(this.#server, this.jid, { management, presence: false });
    const hear = (message: Client['messages'][number]) => this.tally.came(message, this.#now);
    for (const message of client.messages) hear(message); // what came between the bind and now
    client.on('message', hear);
    return client;
  }

  async #go(client: Client, { end, unread }: Login, writer: Writer): Promise<void> {
    if (end === 'reset' || end === 'asleep') {
      client.freeze();
      await this.#writes(unread, writer);
    }
    if (end === 'says so') {
      client.unavailable();
      this.isMember = false; // whether it is still owed what is said there is the rooms' own affair
    }
    const unproved = () => new Set(this.#pending().map(({ stanzaId }) => stanzaId ?? ''));
    this.tally.ended(unproved());
    if (end === 'asleep' || end === 'reset') client.reset();
    else await client.close();
    this.tally.ended(unproved()); // something may have come in its last moment
    this.#asleep = end === 'asleep' && client.options.management ? client : null;
    await this.#noticed(writer);
  }

  /** Has messages written that it cannot read now, and waits until it is owed them. */
  async #writes(count: number, writer: Writer): Promise<void> {
    const ids = writer.write(count, 'account');
    const isOwed = (id: string) => this.#pending().some(({ stanzaId }) => stanzaId === id);
    await this.#respool.until(`${this.jid} is owed what it cannot read`, () => ids.every(isOwed));
  }

  async #noticed(writer: Writer): Promise<void> {
    await writer.caughtUp();
    const late = performance.now() + AWAY;
    const isTime = () => this.#isNoticed() || performance.now() > late;
    await this.#respool.until(`the end of ${this.jid} is noticed, or long ago`, isTime);
  }

  /**
   * Has respool found that the session has ended, or that it lets a ping pass, or does it owe it nothing? A stream that
   * dies within milliseconds of a message and is bound anew at once leaves nothing to tell it by.
   */
  #isNoticed(): boolean {
    const [account = '', resource] = this.jid.split('/');
    const devices = 'FROM device JOIN account ON account.id = device.account WHERE jid = ? AND resource = ?';
    const [device] = this.#respool.query<{ online: number }>(`SELECT online ${devices}`, account, resource);
    if (device?.online === 0) return true;
    const sql = `SELECT message FROM asleep_message WHERE device = (SELECT device.id ${devices})`;
    const asleep = this.#respool.query<{ message: number }>(sql, account, resource);
    const isHeld = (id: number) => asleep.some(({ message }) => message === id);
    return this.#pending().every(({ id, type }) => type === 'groupchat' || isHeld(id));
  }
}

async function isResumed(client: Client): Promise<boolean> {
  try {
    await client.resume();
    return true;
  } catch (error) {
    if (!(error as Error).message.includes('not there any more')) throw error;
    client.reset();
    return false;
  }
}

async function writeMeanwhile({ meanwhile }: Login, writer: Writer): Promise<void> {
  const began = performance.now();
  for (const { at, where } of meanwhile) {
    await sleep(Math.max(0, began + at - performance.now()));
    writer.write(1, where);
  }
}
