import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Element } from '@xmpp/component';
import { Random } from '../../bench/random.js';
import { until } from '../../wait.js';
import type { Client } from '../client.js';
import type { RespoolProcess } from '../process.js';
import { type Pair, pair } from './pair.js';

interface TurmoilOptions {
  users: number;
  /** Messages a second. */
  rate: number;
  /** How often one of the two is ended. */
  ends: number;
  seed: number;
  /** How one of the two ends, and comes again: whichever acts, or either. */
  end(respool: RespoolProcess, random: Random): Promise<void>;
}

interface Turmoil {
  written: number;
  lost: string[];
  repeated: number;
}

/** Waits at most so long for what is still to come, in ms: less than a file of tests may take. */
const PATIENCE = 40_000;
/** So much of what a respool has said last is shown, in characters. */
const SAID = 2_000;

/** A user with one device, which comes and goes, mostly without a word. */
class Receiver {
  readonly got = new Map<string, number>();
  /** When it came and went. */
  readonly story: string[] = [];
  client: Client | null = null;
  readonly #both: Pair;
  readonly bare: string;

  constructor(both: Pair, bare: string) {
    this.#both = both;
    this.bare = bare;
  }

  async come(): Promise<void> {
    if (this.client !== null) return;
    const client = await this.#both.login(`${this.bare}/phone`, { management: true, presence: false });
    const hear = (message: Element) => {
      const body = message.getChildText('body');
      if (body !== null && message.attrs.type !== 'error') this.got.set(body, (this.got.get(body) ?? 0) + 1);
    };
    for (const message of client.messages) hear(message); // what came as it logged in
    client.on('message', hear);
    client.presence();
    this.client = client;
    this.#tell('came');
  }

  async go(politely: boolean): Promise<void> {
    const { client } = this;
    this.client = null;
    this.#tell(politely ? 'left' : 'was cut off');
    if (politely) await client?.close();
    else client?.reset();
  }

  #tell(what: string): void {
    this.story.push(`${new Date().toISOString()} ${this.bare} ${what}`);
  }
}

/** Users write and are written to, come and go, while the respool that acts ends again and again. */
async function turmoil(both: Pair, options: TurmoilOptions): Promise<Turmoil> {
  const random = new Random(options.seed);
  const sender = await both.login(`${await both.user('sender')}/pc`);
  const receivers: Receiver[] = [];
  for (let n = 0; n < options.users; n++) receivers.push(new Receiver(both, await both.user('r')));
  await Promise.all(receivers.map(receiver => receiver.come()));
  const written: { to: Receiver; body: string }[] = [];
  let goesOn = true;
  const write = async () => {
    for (let n = 0; goesOn; n++) {
      const to = random.pick(receivers);
      const body = `${options.seed}-${n}`;
      written.push({ to, body });
      sender.message(to.bare, body, { id: body });
      await sleep(1000 / options.rate);
    }
  };
  const move = async () => {
    while (goesOn) {
      const one = random.pick(receivers);
      if (one.client === null) await one.come();
      else await one.go(random.below(4) === 0);
      await sleep(random.below(120));
    }
  };
  const end = async () => {
    for (let n = 0; n < options.ends; n++) {
      await sleep(random.below(1500));
      const acting = both.acting;
      if (acting === null) continue;
      await options.end(acting, random);
    }
    goesOn = false;
  };
  await Promise.all([write(), move(), end()]);
  await sender.flush();
  await Promise.all(receivers.map(receiver => receiver.come()));
  const missing = () => written.filter(({ to, body }) => !to.got.has(body));
  await until('all has come', () => missing().length === 0, PATIENCE).catch(() => undefined); // what is missing is told
  const repeated = receivers.reduce(
    (sum, { got }) => sum + [...got.values()].reduce((more, times) => more + times - 1, 0),
    0,
  );
  return {
    written: written.length,
    lost: await Promise.all(missing().map(one => lifeOf(both, one))),
    repeated,
  };
}

/** What both respools, and its receiver, say of a message that did not come. */
async function lifeOf({ a, b }: Pair, { to, body }: { to: Receiver; body: string }): Promise<string> {
  const said = [`${body} to ${to.bare}`, ...to.story];
  for (const [name, respool] of Object.entries({ a, b })) {
    for (const asked of [
      ['trace', '--id', body],
      ['devices', to.bare, '--ask'],
    ]) {
      const { stdout, stderr } = await respool.outcome(...asked);
      said.push(`respool ${name}, ${asked.join(' ')}:`, stdout, stderr);
    }
    said.push(`respool ${name} has said:`, respool.said.slice(-SAID));
  }
  return said.join('\n');
}

/** `ENDS=50 RATE=400 SEED=2` for more of it. */
const { ENDS = '3', RATE = '60', SEED = '1' } = process.env;

type End = (both: Pair, acting: RespoolProcess, random: Random) => Promise<void>;

/** Declares the suite of two respools of which the one that acts goes in this way, again and again. */
export function inTurmoil(how: string, end: End): void {
  describe(`two respools, users who come and go, and the one that acts ${how}`, () => {
    const both = pair({ resumeTimeout: 2 });

    test('nothing is lost', async t => {
      await both.bothUp();
      const { written, lost, repeated } = await turmoil(both, {
        users: 50,
        rate: Number(RATE),
        ends: Number(ENDS),
        seed: Number(SEED),
        end: (acting, random) => end(both, acting, random),
      });
      t.diagnostic(`${written} written, ${lost.length} lost, ${repeated} repeated`);
      assert.deepEqual(lost, []);
    });
  });
}
