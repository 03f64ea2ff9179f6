import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { RespoolProcess } from '../ejabberd/process.js';
import { SECRET } from '../ejabberd/server.js';
import { element, stanza } from '../hostile/stanzas.js';
import { tries } from '../tries.js';
import { until } from '../wait.js';
import { parse } from '../way.js';
import { FakeServer } from '../xmpp/fake-server.js';

const STALLS = fileURLToPath(new URL('../hostile/stalls.js', import.meta.url));
/** The same once more may add so much at most, in MB: what the first time took is kept by V8, but nothing piles up. */
const MOST_GROWTH = 60;
/** In ms; what grows with the square of its input takes longer. On an idle machine it is a tenth of a second or two. */
const MOST_STALLED = 10_000;
/** What ejabberd's sample config lets a client send in one stanza, in bytes. */
const GIANT = 1 << 18;

const copyOf = (inside: string) =>
  `<message from='alpha.test' to='respool.alpha.test' id='1'><forwarded xmlns='urn:xmpp:forward:0'>${inside}</forwarded></message>`;
const messageOf = (inside: string, id: string) =>
  copyOf(
    `<message xmlns='jabber:client' from='alice@alpha.test/pc' to='bob@alpha.test' type='chat' id='${id}'><body>x</body>${inside}</message>`,
  );

describe('the whole daemon under hostile input', () => {
  const server = new FakeServer();
  let respool: RespoolProcess;
  let stalls: string;

  before(async () => {
    server.secret = SECRET;
    server.recording = false;
    await server.start();
    const there = {
      ip: '127.0.0.1',
      componentPort: server.port,
      domain: 'respool.alpha.test',
      host: 'alpha.test',
    };
    const environment: NodeJS.ProcessEnv = { NODE_OPTIONS: `--import=${STALLS}` };
    respool = new RespoolProcess(there, undefined, { environment });
    stalls = join(respool.folder, 'stalls.json');
    environment.RESPOOL_TEST_STALLS = stalls;
    await respool.start();
    await server.accept();
    await heldUpFor(); // by its own start
  });
  after(async () => {
    await respool[Symbol.asyncDispose]();
    await server.stop();
  });

  const isStored = (id: string) => {
    const db = new Database(respool.spool, { readonly: true });
    const found = db.prepare('SELECT 1 FROM message WHERE stanza_id = ?').pluck().get(id);
    db.close();
    return found === 1;
  };

  /** How long the event loop was held up at most since the last time, in ms. */
  async function heldUpFor(): Promise<number> {
    rmSync(stalls, { force: true });
    process.kill(respool.pid ?? 0, 'SIGUSR2');
    let most: number | undefined;
    await until('an answer to SIGUSR2', () => {
      try {
        most = (JSON.parse(readFileSync(stalls, 'utf8')) as { most: number }).most;
      } catch {
        // not written yet
      }
      return most !== undefined;
    });
    return most as number;
  }

  /** Whatever came before, this is still taken in. */
  async function stillWorks(id: string): Promise<void> {
    await server.write(messageOf('', id));
    await until(`${id} is stored`, () => isStored(id));
    assert.equal(server.connections, 1, 'the connection has lasted');
    assert.doesNotMatch(respool.said, /unexpected/);
  }

  function memory(): number {
    const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${respool.pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) / 1024;
  }

  test('any well-formed XML, in copies and as stanzas', async () => {
    const texts = fc.sample(fc.oneof(stanza.map(copyOf), element.map(copyOf), stanza), {
      numRuns: tries(3000),
      seed: 11,
    });
    for (const text of texts) {
      try {
        parse(text);
      } catch {
        continue; // a server sends none such
      }
      await server.write(text);
    }
    await stillWorks('after-xml');
  });

  test('giants of text, of children, of attributes, of depth', async () => {
    const deep = GIANT / 8;
    const giants = {
      text: `<y>${'離線'.repeat(GIANT / 6)}</y>`,
      children: '<y/>'.repeat(GIANT / 4),
      attribute: `<y z='${'a'.repeat(GIANT)}'/>`,
      depth: `${'<y>'.repeat(deep)}${'</y>'.repeat(deep)}`,
    };
    const memories: number[] = [];
    for (let round = 0; round < 20; round++) {
      for (const [what, giant] of Object.entries(giants))
        await server.write(messageOf(giant, `${what}${round}`));
      await stillWorks(`after${round}`);
      memories.push(memory());
    }
    // the lowest of some rounds: what is between two collections of garbage is no growth
    const [before, afterwards] = [memories.slice(5, 10), memories.slice(15)].map(some => Math.min(...some));
    const growth = (afterwards ?? 0) - (before ?? 0);
    assert.ok(growth < MOST_GROWTH, `by ${growth} MB: ${memories.map(Math.round).join(' ')}`);
    assert.ok(isStored('text0') && isStored('attribute0') && !isStored('children0') && !isStored('depth0'));
  });

  test('and through all that the event loop was not held up for long', async context => {
    const most = await heldUpFor();
    context.diagnostic(`held up for ${Math.round(most)} ms at most`);
    assert.ok(most < MOST_STALLED, `held up for ${most} ms`);
  });
});
