import { Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';
import { main } from '../../src/cli/main.js';

/** A command line, with all of its environment. */
export interface Line {
  args: readonly string[];
  env: NodeJS.ProcessEnv;
}

/** What came of it. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
  /** What would keep a process from ending, by the names that Node has for it. */
  left: string[];
}

/** What a command opened may take so long to close once it has returned, in ms. */
const CLOSES = 5_000;

/** The thread that runs command lines one after the other, as a process of its own would run each. */
const port = parentPort;
if (port === null) throw new Error('it is a thread');
port.on('message', (line: Line) => {
  void run(line).then(outcome => port.postMessage(outcome));
});

async function run({ args, env }: Line): Promise<Outcome> {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        said[name] += chunk;
        done();
      },
    });
    Object.defineProperty(process, name, { configurable: true, value: stream });
  }
  const before = process.getActiveResourcesInfo();
  const code = await main([process.execPath, 'respool', ...args]);
  return { code, ...said, left: await leftSince(before) };
}

/** What was opened since then and is not closed after some time. */
async function leftSince(before: readonly string[]): Promise<string[]> {
  for (const end = performance.now() + CLOSES; ; await turn()) {
    const known = [...before];
    const left = process.getActiveResourcesInfo().filter(name => {
      const at = known.indexOf(name);
      if (at >= 0) known.splice(at, 1);
      return at < 0;
    });
    if (left.length === 0 || performance.now() > end) return left;
  }
}
