import type { Element } from '@xmpp/component';
import { FakeClock } from '../fake-clock.js';
import { Client } from './client.js';
import { Judge, type Violation } from './judge.js';
import type { Device, Do, Event, Login, Script } from './script.js';
import { Server } from './server.js';
import type { Session } from './session.js';
import { bareOf, type Moment, type Sending, type Stanza } from './stanza.js';
import { type Watch, Wire } from './wire.js';

/** At the end everybody logs in so often, and stays for so long, in ms. */
const LAST_LOGINS = 3;
const LAST_STAY = 700_000;

export interface Outcome {
  violations: Violation[];
  unavoidable: number;
  replays: number;
  /** Receipts of all clients. */
  received: number;
}

/** Plays a script against respool. @param watch is shown what passes on respool's stream */
export async function play(script: Script, watch?: Watch): Promise<Outcome> {
  const world = new World(script, watch);
  for (const event of script.events) await world.at(event);
  return world.finish();
}

class World {
  readonly #clock = new FakeClock();
  readonly #judge: Judge;
  readonly #wire: Wire;
  readonly #server: Server;
  readonly #clients: Client[];
  readonly #devices: Device[];
  readonly #sendings = new WeakMap<Element, Sending>();

  constructor({ devices, server, latency, rooms }: Script, watch: Watch | undefined) {
    this.#devices = devices;
    this.#judge = new Judge(this.#clock, devices, () => this.#wire.stay);
    this.#wire = new Wire(this.#clock, latency, {
      sent: (stanza, sent) => this.#note(stanza, sent),
      deliver: (stanza, sent) => this.#deliver(stanza, sent),
      watch,
    });
    const accounts = new Set(devices.map(({ jid }) => bareOf(jid)));
    const seen = (session: Session, stanza: Stanza) => this.#judge.readCopy(session, stanza);
    this.#server = new Server(this.#clock, server, this.#wire, { accounts, rooms, seen });
    this.#clients = devices.map(device => new Client(device, this.#server, this.#judge));
    this.#wire.up();
  }

  async at(event: Event): Promise<void> {
    await this.#clock.goTo(event.at);
    switch (event.is) {
      case 'login':
        return this.#client(event.device).login(event.login);
      case 'resume':
        return this.#client(event.device).resume(event.login);
      case 'leave':
        return this.#client(event.device).leave(event.how);
      case 'does':
        return this.#client(event.device).does(event.what);
      case 'cut':
        this.#wire.cut();
        break;
      case 'kill':
        this.#judge.killed();
        this.#wire.kill();
        break;
      case 'stop':
        return this.#stop(event.for);
    }
    this.#clock.after(event.for, () => this.#wire.up());
  }

  async finish(): Promise<Outcome> {
    this.#wire.up();
    await this.#clock.pass(120_000);
    for (let n = 0; n < LAST_LOGINS; n++) {
      for (const [index, device] of this.#devices.entries()) {
        const client = this.#clients[index] as Client;
        if (n > 0) client.leave('politely');
        await this.#clock.pass(1000);
        if (n > 0 || !client.isConnected) client.login(lastLogin(device));
        await this.#clock.pass(10_000);
      }
      await this.#clock.pass(LAST_STAY);
    }
    this.#judge.finish();
    this.#wire.close();
    const { violations, unavoidable, replays, count } = this.#judge;
    return { violations, unavoidable, replays, received: count };
  }

  /** An operator stops respool, which takes its time, and starts it again. */
  #stop(away: number): void {
    this.#wire.stop(() => this.#clock.after(away, () => this.#wire.up()));
  }

  #client(jid: string): Client {
    return this.#clients.find(client => client.jid === jid) as Client;
  }

  #note(stanza: Element, sent: Moment): void {
    const token = stanza.name === 'message' ? tokenIn(stanza.toString()) : undefined;
    if (token !== undefined)
      this.#sendings.set(stanza, this.#judge.sends(token, stanza.attrs.to ?? '', sent));
  }

  /** The server gets what respool sent. */
  #deliver(element: Element, sent: Moment): void {
    const { from = '', to = '', type, id } = element.attrs;
    const named = { ...(type === undefined ? {} : { type }), ...(id === undefined ? {} : { id }) };
    const payload = element.children.map(child => child.toString()).join('');
    if (element.name === 'iq') {
      const session = this.#server.session(to);
      if (session !== undefined) this.#judge.asked(session, sent);
      return this.#server.request({ name: 'iq', from, to, ...named, payload, asked: sent });
    }
    const [token, sending] = [tokenIn(payload), this.#sendings.get(element)];
    const known = token === undefined || sending === undefined ? {} : { token, sending };
    this.#server.route({ name: 'message', from, to, ...named, payload, way: 'replay', ...known });
  }
}

function tokenIn(text: string): number | undefined {
  const token = /<body>message (\d+)</.exec(text)?.[1];
  return token === undefined ? undefined : Number(token);
}

function lastLogin({ room }: Device): Login {
  const whats: Do[] = [{ do: 'presence', priority: 0 }];
  if (room !== null) whats.push({ do: 'join', room, history: null });
  return { managed: false, purges: false, latency: 1, steps: whats.map(what => ({ gap: 0, what })) };
}
