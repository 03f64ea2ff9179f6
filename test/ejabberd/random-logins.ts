import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { before, describe, test } from 'node:test';
import { Output } from '../../src/cli/output.js';
import { trace } from '../../src/cli/trace/trace.js';
import { readTraced } from '../../src/cli/trace/traced.js';
import { Random } from '../bench/random.js';
import { allowPurges } from './hooks.js';
import { LoginAccount } from './login-account.js';
import type { Respool } from './respool.js';
import { scene } from './scene.js';

/**
 * `LOGINS=500 SEED=7 npm run logins` plays so many, or the same again. It is no part of `npm test`: a stream that dies
 * within milliseconds of a message, and is bound anew long before it shows itself, leaves nothing to tell it by.
 */
const LOGINS = Number(process.env.LOGINS ?? 80);
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
/** Logins of one account. */
const EACH = 4;
/** Accounts at the same time, at each server: the rest of the time they wait. With more the server is late, not respool. */
const AT_ONCE = 10;
/** Lines that say enough of a failure. */
const MOST_LINES = 40;

/** The id of the message in a line of a tally, after the device. */
const idIn = (line: string) => line.split(': ')[1] ?? '';

/** What became of a message, by respool's own word. */
async function traceOf({ config }: Respool, stanzaId: string): Promise<string> {
  let text = '';
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk;
      done();
    },
  });
  const traced = readTraced(undefined, { stanzaId, peer: undefined, since: undefined, until: undefined });
  await trace({ config, traced, limit: 10, json: false }, new Output(output));
  return text;
}

/**
 * Has respool sent this to the device at all? What it has sent to another one, which had just gone, ejabberd gives to
 * this one, at once or out of its queue.
 */
async function hasSent(respool: Respool, line: string): Promise<boolean> {
  const [device = ''] = line.split(': ');
  const isSent = (text: string) => text.endsWith(`${device.slice(device.indexOf('/') + 1)}: replayed`);
  return (await traceOf(respool, idIn(line))).split('\n').some(isSent);
}

describe('logins of every shape', { concurrency: 2 }, () => {
  for (const [what, options] of [
    ['a server without an archive', { resumeTimeout: 4 }],
    ['a server that archives all', { resumeTimeout: 4, mam: true }],
  ] as const) {
    describe(`at ${what}`, () => {
      const stage = scene(options, config => {
        config.replay = { settle: 1_000, proofAfter: 300, proofTimeout: 5_000, chunk: 100 };
      });
      before(() => allowPurges(stage.server));

      test(`each message comes to each device once (seed ${SEED})`, async t => {
        const accounts = [...Array(Math.ceil(LOGINS / 2 / EACH)).keys()].map(n => {
          const random = new Random(SEED + n);
          return new LoginAccount(stage.server, stage.respool, `account${n}`, random, EACH);
        });
        const waiting = [...accounts];
        const wrong: string[] = [];
        const traces: string[] = [];
        const sums = { messages: 0, lost: 0, repeated: 0, broken: 0, keptInQueue: 0, rerouted: 0 };
        const play = async () => {
          for (let account = waiting.shift(); account !== undefined; account = waiting.shift()) {
            const outcome = await account.play();
            const repeated: string[] = [];
            for (const line of outcome.repeated) {
              if (await hasSent(stage.respool, line)) repeated.push(line);
              else sums.rerouted++;
            }
            outcome.repeated = repeated;
            sums.messages += outcome.messages;
            sums.keptInQueue += outcome.keptInQueue;
            for (const kind of ['lost', 'repeated', 'broken'] as const) {
              sums[kind] += outcome[kind].length;
              wrong.push(...outcome[kind].map(line => `${kind}: ${line}`));
            }
            const isRight = [outcome.lost, outcome.repeated, outcome.broken].every(
              ({ length }) => length === 0,
            );
            if (!isRight) wrong.push(account.script);
            for (const line of [...outcome.lost, ...outcome.repeated, ...outcome.broken])
              traces.push(await traceOf(stage.respool, idIn(line)));
          }
        };
        await Promise.all([...Array(AT_ONCE)].map(play));
        const figures = `${accounts.length * EACH} logins: ${JSON.stringify(sums)}`;
        t.diagnostic(figures);
        const all = [...wrong, ...traces];
        const lines = process.env.LOGINS === undefined ? all.slice(0, MOST_LINES) : all;
        assert.equal(wrong.length, 0, `seed ${SEED}, ${figures}\n${lines.join('\n')}`);
      });
    });
  }
});
