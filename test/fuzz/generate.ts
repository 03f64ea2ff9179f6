import { Random } from '../bench/random.js';
import { type Device, type Do, type Event, type Login, type Script, TELLING } from './script.js';
import type { ServerSettings } from './server.js';
import { bareOf, VHOST } from './stanza.js';

const RESOURCES = ['phone', 'laptop', 'tablet', 'desk'];
const ROOM = `garden@conference.${VHOST}`;
const HOUR = 3_600_000;
/**
 * A client goes on with its login at once, in ms: the bind leaves no trace, and who is bound answers pings, so that of a
 * stream that waits for seconds nobody can know that it is not the one before.
 */
const MOMENT = 60;

/** Makes up what happens; the same for the same seed. */
export function generate(seed: number): Script {
  const random = new Random(seed);
  const hasRoom = chance(random, 0.5);
  const devices = [
    ...devicesOf(random, `bob@${VHOST}`, 1 + random.below(4), hasRoom),
    ...devicesOf(random, `ann@${VHOST}`, 1 + random.below(2), hasRoom),
  ];
  const server = settings(random);
  const maker = new Maker(random, devices, server);
  return {
    seed,
    server,
    latency: random.pick([0, 0, 2]),
    devices,
    rooms: hasRoom ? [ROOM] : [],
    events: maker.events(10 + random.below(30)),
  };
}

function chance(random: Random, probability: number): boolean {
  return random.next() < probability;
}

function settings(random: Random): ServerSettings {
  return {
    resend: random.pick(['no', 'no', 'if_offline', 'yes']),
    resumeTimeout: random.pick([5_000, 60_000, 300_000]),
    notices: random.pick([15_000, 60_000, 150_000]),
    replaces: random.below(4),
    offlineLimit: random.pick([3, 100]),
    push: chance(random, 0.4),
    archive: chance(random, 0.25),
    contacts: chance(random, 0.4),
  };
}

function devicesOf(random: Random, account: string, count: number, hasRoom: boolean): Device[] {
  return RESOURCES.slice(0, count).map(resource => ({
    jid: `${account}/${resource}`,
    answers: random.pick(['at once', 'at once', 'at once', 'at once', 'at once', 'at once', 'late', 'never']),
    priority: random.pick([0, 0, 0, 0, 5, 1, -1]),
    room: hasRoom && chance(random, 0.6) ? ROOM : null,
  }));
}

class Maker {
  readonly #random: Random;
  readonly #devices: Device[];
  readonly #server: ServerSettings;
  #at = 0;
  #tokens = 0;

  constructor(random: Random, devices: Device[], server: ServerSettings) {
    this.#random = random;
    this.#devices = devices;
    this.#server = server;
  }

  /** Most devices have been there before; then so many things happen. */
  events(count: number): Event[] {
    const events: Event[] = [];
    for (const device of this.#devices) {
      if (this.#chance(0.2)) continue;
      events.push({ at: this.#later(1000), is: 'login', device: device.jid, login: this.login(device) });
      if (device.answers === 'never' && this.#chance(0.5)) events.push(...this.#shown(device));
      if (this.#chance(0.6))
        events.push({ at: this.#later(20_000), is: 'leave', device: device.jid, how: 'politely' });
    }
    this.#later(10_000);
    for (let n = 0; n < count; n++) events.push(...this.#some());
    return events;
  }

  login(device: Device): Login {
    const managed = this.#chance(0.5);
    const purges = this.#chance(0.15);
    const latency = this.#pick([1, 1, 5, 100, 300]);
    const whats: Do[] = [{ do: 'presence', priority: device.priority }];
    if (this.#chance(0.5)) whats.push({ do: 'roster' });
    if (this.#chance(0.5)) whats.push({ do: 'carbons' });
    if (this.#chance(0.2)) whats.push({ do: 'disco' });
    if (this.#server.archive && this.#chance(0.5)) whats.push({ do: 'archive' });
    if (device.room !== null && this.#chance(0.8)) whats.push(this.#join(device.room));
    shuffle(this.#random, whats);
    if (this.#chance(0.25)) whats.push({ do: 'again' });
    if (device.room !== null && this.#chance(0.1)) whats.push(this.#join(device.room));
    const told = whats.findIndex(({ do: deed }) => TELLING.has(deed));
    const gap = (at: number) => (at > told ? this.#shortGap() : this.#random.below(MOMENT));
    return { managed, purges, latency, steps: whats.map((what, at) => ({ gap: gap(at), what })) };
  }

  /** A client that answers no pings acts for long enough to be known for it. */
  #shown(device: Device): Event[] {
    const events: Event[] = [];
    const writers = this.#devices.filter(({ jid }) => bareOf(jid) !== bareOf(device.jid));
    for (let n = 0; n < 5; n++) {
      const what: Do = { do: 'write', token: ++this.#tokens, to: device.jid, hasId: true, lag: 0 };
      events.push({ at: this.#later(1000), is: 'does', device: this.#pick(writers).jid, what });
      events.push({ at: this.#later(40_000), is: 'does', device: device.jid, what: { do: 'disco' } });
    }
    return events;
  }

  #some(): Event[] {
    const device = this.#pick(this.#devices);
    const kind = this.#random.below(100);
    const at = this.#later(this.#gap());
    if (kind < 40) return this.#writes(device, at);
    if (kind < 62)
      return [
        { at, is: this.#pick(['login', 'login', 'resume']), device: device.jid, login: this.login(device) },
      ];
    if (kind < 85) {
      const how = this.#pick(['politely', 'closes', 'reset', 'vanishes'] as const);
      return [{ at, is: 'leave', device: device.jid, how }];
    }
    if (kind < 88)
      return [{ at, is: this.#pick(['cut', 'kill', 'stop']), for: this.#pick([100, 3000, 60_000]) }];
    return [{ at, is: 'does', device: device.jid, what: this.#deed(device) }];
  }

  #deed(device: Device): Do {
    const kind = this.#random.below(8);
    if (kind === 0) return { do: 'presence', priority: this.#pick([device.priority, 0, 7, -1]) };
    if (kind === 1) return { do: 'again' };
    if (kind === 2) return { do: 'hides', from: this.#otherAccount(device) };
    if (kind === 4 && device.room !== null) return this.#join(device.room);
    if (kind === 5 && device.room !== null) return { do: 'part', room: device.room };
    if (kind === 6) return { do: 'presence', priority: device.priority, says: '<show>away</show>' };
    return { do: 'disco' };
  }

  /** One message, or some in a row. */
  #writes(by: Device, at: number): Event[] {
    const to = this.#addressee(by);
    const events: Event[] = [];
    for (let n = this.#pick([1, 1, 1, 3, 8]); n > 0; n--) {
      const lag = this.#pick([0, 0, 1, 2, 2, 400]);
      // one without id that is slow cannot be told from another one that is equal
      const hasId = this.#chance(0.8) || lag > 100;
      const what: Do = { do: 'write', token: ++this.#tokens, to, hasId, lag };
      events.push({
        at: events.length === 0 ? at : this.#later(this.#random.below(50)),
        is: 'does',
        device: by.jid,
        what,
      });
    }
    return events;
  }

  #addressee(by: Device): string {
    if (by.room !== null && this.#chance(0.3)) return by.room;
    const others = this.#devices.filter(({ jid }) => bareOf(jid) !== bareOf(by.jid));
    if (this.#chance(0.05)) return bareOf(by.jid);
    const { jid } = this.#pick(others);
    return this.#chance(0.2) ? jid : bareOf(jid);
  }

  #otherAccount({ jid }: Device): string {
    const others = this.#devices.map(device => bareOf(device.jid)).filter(bare => bare !== bareOf(jid));
    return this.#pick(others);
  }

  #join(room: string): Do {
    return { do: 'join', room, history: this.#pick([null, null, 0]) };
  }

  #gap(): number {
    const most = this.#pick([10, 200, 3000, 3000, 15_000, 40_000, 400_000]);
    return this.#random.below(most);
  }

  #shortGap(): number {
    return this.#chance(0.5) ? 0 : this.#random.below(this.#pick([120, 120, 120, 3000, 3000, 13_000]));
  }

  #later(most: number): number {
    this.#at += most;
    if (this.#at > 3 * HOUR) throw new Error('a run takes too long');
    return this.#at;
  }

  #chance(probability: number): boolean {
    return chance(this.#random, probability);
  }

  #pick<Item>(items: readonly Item[]): Item {
    return this.#random.pick(items);
  }
}

function shuffle<Item>(random: Random, items: Item[]): void {
  for (let at = items.length - 1; at > 0; at--) {
    const other = random.below(at + 1);
    [items[at], items[other]] = [items[other] as Item, items[at] as Item];
  }
}
