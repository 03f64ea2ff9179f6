import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../bench/random.js';
import { tries } from '../tries.js';
import { Way } from '../way.js';

const HISTORIES = tries(400);
/** In each. */
const STEPS = 40;
const DEVICES = ['bob@alpha.test/phone', 'bob@alpha.test/laptop', 'cleo@alpha.test/desk'];
const WRITER = 'ann@alpha.test/pc';

/** A small server: who is connected, which sessions are dead though the server does not know, what each client has. */
class Small extends Way {
  readonly has = new Map<string, Set<string>>(DEVICES.map(jid => [jid, new Set<string>()]));
  readonly alive = new Set<string>();
  /** Dead, but their process in the server still takes stanzas. */
  readonly zombies = new Set<string>();
  readonly known = new Set<string>();
  readonly owed: [id: string, device: string][] = [];
  readonly history: string[] = [];
  readonly #random: Random;
  #messages = 0;
  #losesPings = false;

  constructor(random: Random) {
    super({ settle: 500 });
    this.#random = random;
    this.fate = jid => {
      if (this.alive.has(jid)) return this.#losesPings && this.#random.below(3) === 0 ? 'silent' : 'answered';
      return this.zombies.has(jid) ? 'silent' : 'returned';
    };
  }

  step(): void {
    const device = this.#random.pick(DEVICES);
    const [kind, way] = [this.#random.below(10), this.#random.below(3)];
    if (kind < 4) this.#write(device.slice(0, device.indexOf('/')));
    else if (kind < 7) this.come(device);
    else if (kind < 9) this.#go(device, way);
    else if (way === 0) this.#forgetAll();
    else this.#losesPings = !this.#losesPings;
  }

  /** From now on pings arrive, and every client that is there is seen to do something. */
  calm(): void {
    this.#losesPings = false;
    for (const device of this.alive) {
      this.copy(
        `<iq from='${device}' to='${bare(device)}' type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>`,
      );
    }
  }

  /** The line breaks and is there again: respool does not know any more who is online. */
  #forgetAll(): void {
    this.history.push('line cut');
    this.replay.offline();
    this.replay.online();
  }

  /** A login; it ends a session of the same JID that the server still had. */
  come(device: string): void {
    if (this.alive.has(device)) return;
    this.history.push(`${device} comes`);
    this.zombies.delete(device);
    this.alive.add(device);
    this.known.add(device);
    this.copy(
      `<iq from='${device}' to='${bare(device)}' type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>`,
    );
    this.copy(`<presence from='${device}' to='${bare(device)}'><priority>0</priority></presence>`);
  }

  #go(device: string, way: number): void {
    if (!this.alive.delete(device)) return;
    this.history.push(`${device} goes ${['politely', 'silently', 'dead'][way]}`);
    if (way === 0) this.copy(`<presence from='${device}' to='${bare(device)}' type='unavailable'/>`);
    if (way === 2) this.zombies.add(device);
  }

  #write(account: string): void {
    const id = `m${++this.#messages}`;
    this.history.push(`${id} to ${account}`);
    for (const device of this.known) if (bare(device) === account) this.owed.push([id, device]);
    const text = `<message from='${WRITER}' to='${account}' type='chat' id='${id}'><body>${id}</body></message>`;
    this.copy(text);
    for (const device of DEVICES) {
      if (bare(device) !== account) continue;
      if (this.alive.has(device)) this.has.get(device)?.add(id);
      if (this.alive.has(device) || this.zombies.has(device)) this.copy(text);
    }
  }

  /** What a client that is there gets by replays, at the moment when they are sent. */
  gather(from: number): number {
    for (const { to, id } of this.replayed.slice(from)) {
      if (id !== undefined && this.alive.has(to)) this.has.get(to)?.add(id);
    }
    return this.replayed.length;
  }
}

function bare(jid: string): string {
  return jid.slice(0, jid.indexOf('/'));
}

test(`${HISTORIES} random histories: what is owed arrives, and the spool ends empty`, async () => {
  for (let seed = 1; seed <= HISTORIES; seed++) {
    const random = new Random(seed);
    const small = new Small(random);
    let seen = 0;
    for (let n = 0; n < STEPS; n++) {
      small.step();
      for (let wait = random.below(4) === 0 ? random.below(40) : 1; wait > 0; wait--) {
        await small.clock.pass(random.below(300));
        seen = small.gather(seen);
      }
    }
    small.calm();
    for (let tries = 0; tries < 60; tries++) {
      for (const device of DEVICES) small.come(device);
      await small.clock.pass(30_000); // a silent session is asked more and more seldom
      seen = small.gather(seen);
    }
    const what = `seed ${seed}:\n${small.history.join('\n')}\n`;
    const lost = small.owed.filter(([id, device]) => small.has.get(device)?.has(id) !== true);
    assert.deepEqual(lost, [], what);
    assert.deepEqual(
      small.stored().filter(({ account }) => !account.startsWith('ann')),
      [],
      what,
    );
    small.db.close();
  }
});
