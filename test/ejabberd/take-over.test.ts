import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { found } from '../wait.js';
import { Client } from './client.js';
import { RespoolProcess } from './process.js';
import { type Ejabberd, startEjabberd } from './server.js';

/** TAKE_OVERS=50 DOWN_SECONDS=60 node dist/test/ejabberd/take-over.test.js is the long run. */
const TAKE_OVERS = Number(process.env.TAKE_OVERS ?? 5);
const DOWN_SECONDS = Number(process.env.DOWN_SECONDS ?? 3);
/** Messages a second to each recipient. */
const RATE = 400;
/** What ejabberd keeps for each; the sample config has 100. */
const OFFLINE_LIMIT = 1;
/** No more to each, for a machine that is behind would only fall back further. */
const MOST = TAKE_OVERS * 4 * RATE;
const BIG_SPOOL = { max_per_account: 1_000_000 };

/** Writes messages to somebody, all the time. */
class Writer {
  readonly #to: string;
  readonly #alice: Client;
  readonly #began = performance.now();
  #stopped = false;
  #count = 0;
  readonly #run: Promise<void>;

  constructor(alice: Client, to: string) {
    this.#alice = alice;
    this.#to = to;
    this.#run = this.#write();
  }

  async #write(): Promise<void> {
    while (!this.#stopped) {
      const due = Math.min(MOST, ((performance.now() - this.#began) / 1000) * RATE);
      while (this.#count < due)
        this.#alice.message(this.#to, `hello ${this.#count}`, { id: `n${this.#count++}` });
      await sleep(5); // a rate is what is wanted
    }
  }

  /** Ends it. @returns how many were written: their ids are n0, n1 … */
  async stop(): Promise<number> {
    this.#stopped = true;
    await this.#run;
    return this.#count;
  }
}

/** Counts what comes, by id. */
class Tally {
  readonly #times = new Map<string, number>();
  readonly #heard = new EventEmitter();

  listen(client: Client): void {
    client.on('message', message => {
      const { id = '' } = message.attrs;
      if (message.getChildText('body') === null) return;
      this.#times.set(id, (this.#times.get(id) ?? 0) + 1);
      this.#heard.emit('message');
    });
  }

  /** Waits until n0 … have all come, or none has come for long. */
  async all(count: number): Promise<void> {
    for (let had = this.#times.size; had < count; had = this.#times.size) {
      const look = () => this.#times.size > had || undefined;
      await found(`one of ${count - had} messages comes`, this.#heard, 'message', look);
    }
  }

  missing(count: number): string[] {
    return [...Array(count).keys()].map(n => `n${n}`).filter(id => !this.#times.has(id));
  }

  get repeated(): number {
    return [...this.#times.values()].reduce((sum, times) => sum + times - 1, 0);
  }
}

describe('run --take-over', () => {
  let server: Ejabberd;
  let respool: RespoolProcess;

  /** What respool knows of the first and the last that each lacks. */
  async function fateOf(missing: string[][]): Promise<string> {
    const shown = missing.flatMap(ids => [ids[0], ids.at(-1)]).filter(id => id !== undefined);
    const commands = [['devices', 'list'], ...[...new Set(shown)].map(id => ['trace', '--id', id])];
    const outcomes = await Promise.all(commands.map(words => respool.outcome(...words)));
    return [...outcomes.map(({ stdout, stderr }) => stdout + stderr), respool.said].join('\n');
  }

  before(async () => {
    server = await startEjabberd({ offlineLimit: OFFLINE_LIMIT });
    respool = new RespoolProcess(server);
    respool.configure({ spool: BIG_SPOOL });
    await respool.start();
  });
  after(async () => {
    await respool?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  test(`${TAKE_OVERS} under load: nothing is lost to whoever is away, online, or comes and goes`, async t => {
    await server.register('alice1', 'alice2', 'alice3', 'bob', 'carol', 'dave');
    const tallies = { bob: new Tally(), carol: new Tally(), dave: new Tally() };
    const carol = await Client.at(server, 'carol/phone');
    tallies.carol.listen(carol);
    const alices = await Promise.all([1, 2, 3].map(n => Client.at(server, `alice${n}/pc`)));
    const names = ['bob', 'carol', 'dave'] as const;
    const writers = names.map((name, n) => new Writer(alices[n] as Client, `${name}@${server.host}`));
    let over = false;
    const dave = (async () => {
      for (;;) {
        const phone = await Client.at(server, 'dave/phone');
        tallies.dave.listen(phone);
        if (over) return phone;
        await sleep(1_000 + Math.random() * 1_000); // he comes and goes at no particular moment
        await phone.close();
        await sleep(Math.random() * 1_000);
      }
    })();

    const processes = new Set<number>();
    let longest = 0;
    let refused = 0;
    for (let n = 0; n < TAKE_OVERS; n++) {
      const began = performance.now();
      const { code, stderr } = await respool.outcome('run', '--take-over');
      if (/too busy to be handed over/.test(stderr) && refused++ < TAKE_OVERS) {
        n--; // a machine that is behind finds no moment between two stanzas; the old one goes on
        continue;
      }
      longest = Math.max(longest, performance.now() - began);
      assert.equal(code, 0, stderr);
      processes.add(Number(/respool \S+ \(process (\d+)\) has taken over/.exec(stderr)?.[1]));
    }
    assert.equal(processes.size, TAKE_OVERS, 'each time another one');

    const sent = await Promise.all(writers.map(writer => writer.stop()));
    await Promise.all(alices.map(alice => alice.flush()));
    over = true;
    const bob = await Client.at(server, 'bob/phone');
    tallies.bob.listen(bob);
    const missing = () => names.map((name, n) => tallies[name].missing(sent[n] ?? 0));
    const counts = () => missing().map(({ length }) => length);
    // what is missing is counted below
    await Promise.allSettled(names.map((name, n) => tallies[name].all(sent[n] ?? 0)));
    t.diagnostic(
      `${TAKE_OVERS} take-overs, the longest ${Math.round(longest)} ms from the command to its end, ${refused} put off`,
    );
    for (const [n, name] of names.entries()) {
      t.diagnostic(
        `${name}: ${sent[n]} sent, ${counts()[n]} lost, ${tallies[name].repeated} came more than once`,
      );
    }
    if (counts().some(count => count > 0)) t.diagnostic(await fateOf(missing()));
    assert.deepEqual(counts(), [0, 0, 0]);
    assert.equal(tallies.bob.repeated, 0, 'who was away gets each once');
    assert.equal(respool.said.match(/not connected/), null, 'ejabberd saw one connection');
    for (const client of [...alices, carol, bob, await dave]) await client.close();
  });

  test('the process that was started first ends when it is told to, and the one that took over with it', async () => {
    const code = await respool.end('SIGTERM');
    const { said } = respool;
    await respool.start(); // the spool is free
    assert.equal(code, 0);
    assert.match(said, /SIGINT: ending\n(.*: replayed \d+, all proved\n)*$/);
  });

  test('it ends with a failure where the one that took over is killed, for its supervisor to see', async () => {
    const { code, stderr } = await respool.outcome('run', '--take-over');
    assert.equal(code, 0, stderr);
    const ended = respool.ended();
    process.kill(Number(/process (\d+)\) has taken over/.exec(stderr)?.[1]), 'SIGKILL');
    assert.equal(await ended, 1);
  });
});

/** What it costs to stop and start it instead; a figure to compare with, not a promise. */
describe('a respool that is stopped for some seconds', () => {
  test('loses what is written meanwhile and ejabberd does not keep', async t => {
    const limit = 100; // of the sample config
    await using server = await startEjabberd({ offlineLimit: limit });
    await using respool = new RespoolProcess(server);
    respool.configure({ spool: BIG_SPOOL });
    await server.register('alice', 'bob');
    await respool.start();
    const alice = await Client.at(server, 'alice/pc');
    await respool.end('SIGTERM');
    const writer = new Writer(alice, `bob@${server.host}`);
    await sleep(DOWN_SECONDS * 1_000);
    const sent = await writer.stop();
    await alice.flush();
    await respool.start();
    const bob = await Client.at(server, 'bob/phone');
    const tally = new Tally();
    tally.listen(bob);
    alice.message(`bob@${server.host}`, 'the last', { id: 'last' });
    await bob.received(({ attrs }) => attrs.id === 'last');
    await bob.flush();
    const lost = tally.missing(sent).length;
    t.diagnostic(
      `down for ${DOWN_SECONDS} s: ${sent} messages to somebody who was away, ${sent - lost} kept by mod_offline, ${lost} lost`,
    );
    assert.ok(sent - lost <= limit && lost > 0);
    for (const client of [alice, bob]) await client.close();
  });
});
