import type { Random } from '../bench/random.js';
import { Client } from './client.js';
import { LoginDevice, type Writer } from './login-device.js';
import { drawLogin, keptApart, type Login, readable } from './logins.js';
import type { Respool } from './respool.js';
import type { Ejabberd } from './server.js';

/** Devices of one account show themselves so far apart, in ms. */
const APART = 400;

/** Of an account, what came out of its logins. */
export interface Outcome {
  messages: number;
  lost: string[];
  repeated: string[];
  /** See LoginTally. */
  keptInQueue: number;
  /** What took too long, or could not be done. */
  broken: string[];
}

/** An account with its devices, and with somebody who writes to it. */
export class LoginAccount implements Writer {
  readonly name: string;
  readonly #server: Ejabberd;
  readonly #respool: Respool;
  /** What each device goes through. */
  readonly #scripts: Login[][];
  readonly #room: string;
  #contact!: Client;
  #devices: LoginDevice[] = [];
  #count = 0;

  /** @param logins of all its devices together */
  constructor(server: Ejabberd, respool: Respool, name: string, random: Random, logins: number) {
    this.name = name;
    this.#server = server;
    this.#respool = respool;
    this.#room = `${name}@conference.${server.host}`;
    this.#scripts = [...Array(1 + random.below(2))].map(() => []);
    for (let n = 0; n < logins; n++) random.pick(this.#scripts).push(drawLogin(random));
  }

  /** Plays all logins, of the devices at the same time, and judges what came. */
  async play(): Promise<Outcome> {
    const broken: string[] = [];
    try {
      await this.#open();
      await Promise.all(this.#devices.map((device, n) => this.#live(device, this.#scripts[n] ?? [])));
      // what one device learns to have been lost is owed to the other: so both are there at the end
      const clients = await Promise.all(this.#devices.map(device => device.stay()));
      for (const device of this.#devices) await device.proved();
      for (const client of clients) await client.flush();
      for (const client of [...clients, this.#contact]) await client.close();
    } catch (error) {
      broken.push(`${this.name}: ${error instanceof Error ? error.stack : error}`);
    }
    const said = (lines: (device: LoginDevice) => readonly string[]) =>
      this.#devices.flatMap(device => lines(device).map(line => `${device.jid}: ${line}`));
    return {
      messages: this.#devices.reduce((sum, { tally }) => sum + tally.count, 0),
      lost: said(({ tally }) => tally.missing()),
      repeated: said(({ tally }) => tally.repeated),
      keptInQueue: this.#devices.reduce((sum, { tally }) => sum + tally.keptInQueue, 0),
      broken: [...broken, ...said(device => device.broken)],
    };
  }

  /** The script in words. */
  get script(): string {
    const lines = this.#scripts.flatMap((logins, n) =>
      logins.map((login, nth) => `  device ${n}, login ${nth + 1}: ${readable(login)}`),
    );
    return [`${this.name}:`, ...lines].join('\n');
  }

  write(count: number, where: 'account' | 'room'): string[] {
    const ids = Array.from({ length: count }, () => `${this.name}-${++this.#count}`);
    for (const id of ids) {
      const to = where === 'room' ? this.#room : `${this.name}@${this.#server.host}`;
      for (const device of this.#devices) if (where === 'account' || device.isMember) device.tally.owe(id);
      this.#contact.message(to, `this is ${id}`, { id, type: where === 'room' ? 'groupchat' : 'chat' });
    }
    return ids;
  }

  async caughtUp(): Promise<void> {
    const before = this.#respool.stored(this.#witness);
    this.#contact.message(this.#witness, 'up to here');
    await this.#respool.until('respool has caught up', () => this.#respool.stored(this.#witness) > before);
  }

  /** An account of which nobody ever is there. */
  get #witness(): string {
    return `nobody-${this.name}@${this.#server.host}`;
  }

  async #open(): Promise<void> {
    const contact = `to-${this.name}`;
    await this.#server.register(this.name, contact, `nobody-${this.name}`);
    this.#contact = await Client.at(this.#server, `${contact}/pc`);
    await this.#contact.join(this.#room, 'contact');
    const form = "<x xmlns='jabber:x:data' type='submit'/>";
    const owner = `<query xmlns='http://jabber.org/protocol/muc#owner'>${form}</query>`;
    await this.#contact.request('set', owner, this.#room);
    const place = {
      host: this.#server.host,
      rooms: [this.#room],
      contact: this.#contact.jid,
      apart: keptApart(APART),
    };
    const jid = `${this.name}@${this.#server.host}`;
    const resources = ['phone.f81d4fae', 'laptop.7dec11d0']; // as Bind2 makes them: the same at each login
    this.#devices = this.#scripts.map(
      (_, n) => new LoginDevice(this.#server, this.#respool, place, `${jid}/${resources[n]}`),
    );
    for (const device of this.#devices) await device.introduce();
    await this.#respool.until(
      `the devices of ${jid} are known`,
      () => this.#known(jid) === this.#devices.length,
    );
  }

  #known(account: string): number {
    const sql = 'SELECT count(*) AS n FROM device JOIN account ON account.id = account WHERE jid = ?';
    return this.#respool.query<{ n: number }>(sql, account)[0]?.n ?? 0;
  }

  async #live(device: LoginDevice, logins: readonly Login[]): Promise<void> {
    for (const login of logins) await device.live(login, this);
  }
}
