import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { serveControl } from '../../src/control/control.js';
import { controlPath } from '../../src/control/daemon-line.js';
import type { Handlers } from '../../src/control/requests.js';
import { keep } from '../../src/take-over/keeper.js';
import { found, within } from '../wait.js';

/** Says which signals it gets, and ends with SIGINT or SIGTERM, but not before it is let. */
const SCRIPT = `
  for (const name of ['SIGHUP', 'SIGINT', 'SIGTERM']) process.on(name, () => console.log(name));
  process.stdin.on('end', () => process.exit()).resume();
  console.log('up');
`;

/** A process in the place of a respool, which a test has serve the spool or not. */
class Ward {
  heard = '';
  readonly #child: ChildProcess = spawn(process.execPath, ['-e', SCRIPT], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  readonly #ended = once(this.#child, 'exit');
  #leave: (() => Promise<void>) | null = null;

  constructor() {
    this.#child.stdout?.setEncoding('utf8').on('data', text => {
      this.heard += text;
    });
  }

  static async started(): Promise<Ward> {
    const ward = new Ward();
    await ward.hears('up');
    return ward;
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  hears(what: string): Promise<true> {
    const { stdout } = this.#child;
    assert.ok(stdout);
    const look = () => (this.heard.includes(what) ? (true as const) : undefined);
    return found(`a process hears ${what}, it has heard ${this.heard}`, stdout, 'data', look);
  }

  /** Serves the spool; returns when the keeper has asked who it is. */
  async serve(): Promise<void> {
    let asked: () => void = () => undefined;
    const isAsked = new Promise<void>(resolve => {
      asked = resolve;
    });
    const handlers = {
      about: async () => {
        asked();
        return { pid: this.pid, version: '1' };
      },
    };
    this.#leave = await serveControl(controlPath(spoolPath), handlers as unknown as Handlers);
    await within('the keeper asks who serves', isAsked);
  }

  /** Serves no more, but has not ended yet. */
  async leave(): Promise<void> {
    await this.#leave?.();
    this.#leave = null;
  }

  async end(): Promise<void> {
    await this.leave();
    this.#child.stdin?.end();
    await this.#ended;
  }
}

let folder: string;
let spoolPath: string;
let wards: Ward[];
/** What the keeper is told. */
let hangUp: () => void;
let stop: (name: NodeJS.Signals) => void;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'respool-keeper-'));
  spoolPath = join(folder, 'spool.db');
  wards = [];
});
afterEach(async () => {
  await Promise.all(wards.map(ward => ward.end()));
  rmSync(folder, { recursive: true });
});

/** A keeper of two: the first one has taken over, the second one is up. */
async function kept(
  came = false,
  mainProcess: () => Promise<number | null> = async () => null,
): Promise<{ first: Ward; second: Ward; code: Promise<number> }> {
  const [first, second] = await Promise.all([Ward.started(), Ward.started()]);
  wards.push(first, second);
  const hangups = {
    came,
    giveTo: (take: () => void) => {
      hangUp = take;
    },
  };
  const told = new Promise<NodeJS.Signals>(resolve => {
    stop = resolve;
  });
  return {
    first,
    second,
    code: keep({
      spoolPath,
      pid: first.pid,
      stop: told,
      hangups,
      between: 200,
      mainProcess,
      looks: [1, 1, 1],
    }),
  };
}

describe('a SIGHUP that the first process gets reaches the one that serves next', () => {
  test('while the one before leaves and the next one does not serve yet', async () => {
    const { first, second } = await kept();
    await first.serve();
    await first.leave();
    hangUp();
    await second.serve();
    await second.hears('SIGHUP');
  });

  test('after the one before has ended', async () => {
    const { first, second } = await kept();
    await first.serve();
    await first.end();
    hangUp();
    await second.serve();
    await second.hears('SIGHUP');
  });

  test('also where the one before got it too, for the next one may have read the config before', async () => {
    const { first, second } = await kept();
    await first.serve();
    hangUp();
    await first.hears('SIGHUP');
    await first.leave();
    await second.serve();
    await second.hears('SIGHUP');
  });

  test('also where the first process itself still served', async () => {
    const { first } = await kept(true);
    await first.serve();
    await first.hears('SIGHUP');
  });
});

describe('a SIGTERM that the first process gets ends the one that serves next', () => {
  test('while the one before leaves and the next one does not serve yet', async () => {
    const { first, second, code } = await kept();
    await first.serve();
    await first.leave();
    stop('SIGTERM');
    await second.serve();
    await second.hears('SIGINT');
    await first.end();
    await second.end();
    assert.equal(await within('the keeper ends', code), 0);
  });

  test('and is passed on to each once: a second one would cut its ending short', async () => {
    const { first, code } = await kept();
    stop('SIGTERM');
    await first.hears('SIGINT'); // before it serves
    await first.serve();
    await first.end();
    assert.equal(await within('the keeper ends', code), 0);
    assert.equal(first.heard, 'up\nSIGINT\n');
  });
});

test('the end of the last one, which nobody asked for, is a failure', async () => {
  const { first, code } = await kept();
  await first.serve();
  await first.end();
  assert.equal(await within('the keeper ends', code), 1);
});

describe('where systemd takes the one that has taken over for the main process', () => {
  test('the keeper has nothing left to do, and leaves it running', async () => {
    let main = 0;
    const { first, code } = await kept(false, async () => main);
    main = first.pid;
    await first.serve();
    assert.equal(await within('the keeper ends', code), 0);
    process.kill(first.pid, 0); // throws where it has ended
  });

  test('not where it takes another one for it: signals are passed on as before', async () => {
    const { first, code } = await kept(false, async () => process.pid);
    await first.serve();
    hangUp();
    await first.hears('SIGHUP');
    await first.end();
    assert.equal(await within('the keeper ends', code), 1);
  });
});
