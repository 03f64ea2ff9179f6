import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Element } from '@xmpp/component';
import { Random } from '../bench/random.js';
import { RespoolProcess } from '../ejabberd/process.js';
import { type Ejabberd, startEjabberd } from '../ejabberd/server.js';
import { until } from '../wait.js';
import { Device } from './device.js';
import { Disk } from './disk.js';
import { Hostile } from './hostile.js';
import { Ledger, MARK, tokenIn } from './ledger.js';
import { Line } from './line.js';
import { Model } from './model.js';
import { isHostile, type Overheard, type Scene, SERVER, USER } from './tricks.js';
import { readVitals, type Vitals } from './vitals.js';

/** Accounts, by the resources of their devices with their priorities: where they differ, the highest alone is served. */
const CAST: Record<string, Record<string, number>> = {
  ann: { phone: 0 },
  bob: { phone: 0, laptop: 5 },
  cleo: { phone: 0, laptop: 0, tablet: 0 },
  dan: { desk: 3, phone: 1 },
};
const LISTENER = 'bob';
const ROOMS = 2;
const REPLAY = { settle: '500ms', proof_after: '200ms', proof_timeout: '6s', chunk: 5 };
/** Looks at the ledger so often, in ms. */
const LOOK = 20;
/** After a round everything is to be delivered within this time, in ms. */
const PATIENCE = 90_000;
/** A hostile user reaches them; others do not by far. */
const SPOOL = { max_per_account: 1_000, max_per_sender: 120, max_size: '32MiB' };
const ROOM_LIMITS = { max_per_room: 300 };
const CLOCK = fileURLToPath(new URL('./clock.js', import.meta.url));
const VITALS = fileURLToPath(new URL('./vitals.js', import.meta.url));

export interface Told {
  at: number;
  what: string;
}

/** A real ejabberd with clients, a respool process, all that can break between them, and the model of what is owed. */
export class World {
  readonly model = new Model(what => this.tell(what));
  readonly devices: Device[] = [];
  readonly rooms: string[] = [];
  readonly disk = new Disk();
  /** For what is to outlive a full disk. */
  readonly folder = mkdtempSync(join(tmpdir(), 'respool-world-'));
  /** What was done and said, to find out how a violation came about. */
  readonly history: Told[] = [];
  server!: Ejabberd;
  respool!: RespoolProcess;
  line!: Line;
  ledger!: Ledger;
  hostile!: Hostile;
  kills = 0;
  faults = 0;
  /** The most memory that respool's process had at the end of a round, in MB. */
  memory = 0;
  /** The number of the present state in which all is in order; null while it is not. */
  #state: number | null = null;
  #states = 0;
  #tokens = 0;
  #began = performance.now();
  #look: NodeJS.Timeout | undefined;
  #wanted = false;
  #overheard: Overheard | null = null;

  async open(seed: number): Promise<void> {
    this.server = await startEjabberd({
      ...{ resumeTimeout: 2, offlineLimit: 20, otherComponent: SERVER },
      modules: { mod_caps: {}, mod_pubsub: { plugins: ['flat', 'pep'] } },
    });
    await this.server.register(...Object.keys(CAST), USER);
    const target = { ip: this.server.ip, port: this.server.componentPort };
    this.line = new Line(target, new Random(seed), (by, stanza) => this.#passes(by, stanza));
    await this.line.listen();
    const clock = join(this.disk.folder, 'clock');
    writeFileSync(clock, '0');
    this.respool = new RespoolProcess(this.server, REPLAY, {
      port: this.line.port,
      spoolFolder: this.disk.folder,
      sections: { spool: SPOOL, rooms: ROOM_LIMITS },
      environment: {
        NODE_OPTIONS: `--import=${CLOCK} --import=${VITALS}`,
        RESPOOL_TEST_CLOCK: clock,
        RESPOOL_TEST_VITALS: this.#vitals,
      },
      hears: text => this.#hears(text),
    });
    await this.startRespool();
    await this.respool.end('SIGTERM');
    this.ledger = new Ledger(this.respool.spool);
    await this.startRespool();
    this.#look = setInterval(() => this.look(), LOOK);
    await this.#cast();
    this.hostile = new Hostile(this.server, this.rooms, what => this.tell(what));
  }

  /** What a hostile user has before him: a victim, and what another one has written last. */
  scene(random: Random): Scene {
    const [victim, room] = [random.pick(this.devices).jid, random.pick(this.rooms)];
    const { host: vhost, domain } = this.server;
    const overheard = this.#overheard ?? { from: victim, to: victim, id: '1', body: 'x' };
    return { vhost, domain, victim, room, overheard };
  }

  /** Of all processes of respool so far. */
  get vitals(): Vitals {
    return readVitals(this.#vitals);
  }

  tell(what: string): void {
    this.history.push({ at: Math.round(performance.now() - this.#began), what });
  }

  /** Something is out of order from now on: what is under way may be lost before it is committed. */
  disturbed(): void {
    this.#state = null;
  }

  /** Sends a message from a device to a JID. @returns what marks it, or null where it could not be sent */
  write(from: Device, to: string, type: 'chat' | 'groupchat', text: string, withId: boolean): string | null {
    const token = String(++this.#tokens).padStart(7, '0');
    const id = withId ? ` id='m${token}'` : '';
    const body = `${MARK}${token} ${text}`;
    const state = this.#state;
    if (!from.send(`<message to='${to}' type='${type}'${id}><body>${body}</body></message>`)) return null;
    this.tell(`${token} ${from.jid} -> ${to}`);
    const [bare = to] = to.split('/');
    const message = { token, to: bare, hasId: withId, within: null as number | null };
    this.model.wrote(message);
    if (type === 'chat' && withId) this.#overheard = { from: from.jid, to, id: `m${token}`, body };
    // it has been through the server only when a later answer says so
    void from.flush().then(through => {
      if (through && state === this.#state) message.within = state;
    });
    return token;
  }

  /** Takes notice of what respool has committed. @returns whether it could be read */
  look(): boolean {
    try {
      this.model.committed(this.ledger.next(), performance.now());
      return true;
    } catch (error) {
      if ((error as { code?: string }).code !== 'SQLITE_BUSY') throw error; // a recovery after a kill
      return false;
    }
  }

  async startRespool(): Promise<void> {
    this.#wanted = true;
    await this.respool.start();
    const { pid } = this.respool;
    if (pid !== undefined) process.kill(pid, 'SIGUSR2'); // what it takes to start is no stall
  }

  async endRespool(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.#wanted = false;
    this.disturbed();
    this.kills++;
    await this.respool.end(signal);
  }

  /** Steps respool's clock of the day. */
  stepClock(offset: number): void {
    writeFileSync(join(this.disk.folder, 'clock'), String(offset));
    const { pid } = this.respool;
    if (pid !== undefined) process.kill(pid, 'SIGUSR2');
  }

  /**
   * All come online, and everything that is owed has to arrive.
   * @returns what has not, after so many ms
   */
  async settle(patience = PATIENCE): Promise<string[]> {
    for (const device of this.devices) device.thaw();
    await until('respool is connected', () => this.#state !== null, PATIENCE);
    const deadline = performance.now() + patience;
    let last: string | null = null;
    for (let tries = 1; ; tries++) {
      const there = await Promise.all(this.devices.map(device => device.come("<history maxstanzas='0'/>")));
      await Promise.all(this.devices.map(device => device.flush()));
      await sleep(50); // copies on their way
      this.look();
      const left = this.ledger.pending().map(({ token, owed }) => `${token} for ${owed}`);
      // respool keeps the order: what has waited, for a locked spool or a slow disk, is in it before what is said last
      if (last === null || !this.model.wasOwed(last, this.#listener))
        left.push(`${last ?? 'nothing'}, said last, never in the spool`);
      for (const [n, { jid }] of this.devices.entries()) if (!there[n]) left.push(`${jid} is not there`);
      // what emptied the spool may have been committed since the ledger was read
      if (left.length === 0 && this.look()) break;
      if (performance.now() > deadline) return left;
      if (tries % 20 === 0) {
        this.#speakInRooms();
        last = null; // that is to be said after it
      } else last ??= this.#speakLast();
    }
    this.model.settled(this.#state ?? -1);
    this.#measure();
    return [];
  }

  async close(): Promise<void> {
    clearInterval(this.#look);
    for (const device of this.devices) device.go('reset');
    await this.hostile?.close();
    await this.respool?.[Symbol.asyncDispose]();
    this.ledger?.close();
    await this.line?.close();
    await this.server?.[Symbol.asyncDispose]();
    this.disk.dispose();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A respool that was away learns that a device is in a room when it joins again, or when something is said there. */
  #speakInRooms(): void {
    for (const room of this.rooms) {
      const speaker = this.devices.find(device => device.rooms.has(room) && device.isThere);
      if (speaker !== undefined) this.write(speaker, room, 'groupchat', 'anybody here?', true);
    }
  }

  /** The account that hears what is said last. */
  get #listener(): string {
    return `${LISTENER}@${this.server.host}`;
  }

  /** Says something that comes to be in the spool whenever respool can write it. */
  #speakLast(): string | null {
    const speaker = this.devices.find(({ account, isThere }) => isThere && account !== this.#listener);
    return speaker === undefined ? null : this.write(speaker, this.#listener, 'chat', 'that is all', true);
  }

  async #cast(): Promise<void> {
    for (const [user, resources] of Object.entries(CAST)) {
      for (const [nth, [resource, priority]] of Object.entries(resources).entries()) {
        const habits = { carbons: nth === 1, management: resource === 'phone', priority };
        const jid = `${user}@${this.server.host}/${resource}`;
        this.devices.push(new Device(this.server, this.model, jid, habits));
      }
    }
    for (let n = 0; n < ROOMS; n++) {
      const room = `room${n}@conference.${this.server.host}`;
      this.rooms.push(room);
      for (const [nth, device] of this.devices.entries()) {
        if ((nth + n) % ROOMS === 0 || nth < 3) device.rooms.set(room, `nick${nth}`);
      }
    }
    for (const device of this.devices) {
      if (!(await device.come())) throw new Error(`${device.jid} cannot log in`);
    }
  }

  #hears(text: string): void {
    for (const line of text.trimEnd().split('\n')) {
      this.tell(`respool: ${line}`);
      if (line.includes(' connected to ') && this.#wanted) this.#state = ++this.#states;
      if (line.includes('not connected: ')) this.#state = null;
      if (line.includes('unexpected')) this.model.violated(`respool says ${line}`);
    }
  }

  get #vitals(): string {
    return join(this.folder, 'vitals');
  }

  #passes(by: 'respool' | 'ejabberd', stanza: Element): void {
    const text = stanza.toString();
    if (isHostile(text)) return;
    const token = tokenIn(text);
    if (by === 'respool') {
      if (token !== undefined) this.model.replayed(token, stanza.attrs.to ?? '', performance.now());
      return;
    }
    const copy = stanza.getChild('forwarded')?.getChildElements()[0];
    if (copy === undefined) return;
    const { name, attrs } = copy;
    if (token !== undefined) this.model.copied(token, attrs.to ?? '');
    const kind = `${attrs.type ?? ''}${text.includes('urn:xmpp:delay') ? ' delayed' : ''}`;
    this.tell(`copy of ${token ?? name} ${attrs.from} -> ${attrs.to ?? ''} ${kind}`);
  }

  #measure(): void {
    const { pid } = this.respool;
    if (pid === undefined) return;
    const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    this.memory = Math.max(this.memory, Math.round(Number(kilobytes) / 1024));
  }
}
