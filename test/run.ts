import { setMaxListeners } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { ensureEjabberd } from './ejabberd/install.js';
import { sharing } from './together.js';

/**
 * `npm test [-- WORD…]`: all test files, or those whose path contains one of the words. What needs no server runs
 * first, then what has an ejabberd of its own, below ejabberd/. `npm run test:unit [-- WORD…]` (`--unit` here) is for
 * each change, and takes half a minute: it leaves out ejabberd/; processes/, where respool runs as an operator runs it;
 * and at-size/, which shows with a million messages or the like that a bound holds whose logic is tested elsewhere at a
 * small size. It makes a twentieth of the random tries.
 */
const here = dirname(fileURLToPath(import.meta.url));
const UNIT = '--unit';
const words = process.argv.slice(2).filter(word => word !== UNIT);
const WITH_SERVER = `ejabberd${sep}`;
/** What a unit run leaves out besides. */
const NO_UNIT = ['at-size', 'processes'].map(folder => `${folder}${sep}`);
/** What takes longest begins first, so that the rest does not wait for it at the end. */
const FIRST = `
  processes/take-over-end spool/file processes/take-over. processes/run xmpp/stream processes/check remote/remote
  processes/in-turn cli/queue processes/take-over-failures processes/push-offline fuzz/fuzz replay/replay
  repeats/asleep repeats/beside-old repeats/new-streams clients/profanity repeats/login-acts ejabberd/other-server-away`
  .trim()
  .split(/\s+/)
  .map(name => name.replace('/', sep));
/**
 * So many files at once: the first without a server mostly wait, for processes and for the disk. With three servers at
 * once on two cores, clients come too late for what two tests say about time.
 */
const AT_ONCE = { units: 5, integration: 2 };
/** A disk in memory: a tenth of the work of a unit run is to wait for the other one. `npm test` writes there. */
const MEMORY = '/dev/shm';
const ROOM = 2 ** 31;
/** A file takes less than two minutes, and on a machine that is busy less than this, in ms. */
const TIMEOUT = 300_000;
/** So long after it a file may close what it opened, in ms. */
const CLOSES = 10_000;
const CLOSING = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) ([\d.]+)$/;

const stopped = new AbortController();

type TestEvent = { type: string; data: { nesting?: number; message?: string; name?: string } };

const rank = (name: string) => FIRST.findIndex(word => name.includes(word)) + 1 || FIRST.length + 1;
const files = readdirSync(here, { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.test.js'))
  .filter(name => words.length === 0 || words.some(word => name.includes(word)))
  .sort()
  .sort((one, other) => rank(one) - rank(other));
setMaxListeners(files.length + 1, stopped.signal); // each file listens until it ends, and the run
const isUnitRun = process.argv.includes(UNIT);
const isLeftOut = (name: string) => isUnitRun && NO_UNIT.some(folder => name.startsWith(folder));
const units = files.filter(name => !name.startsWith(WITH_SERVER) && !isLeftOut(name));
const integration = isUnitRun ? [] : files.filter(name => name.startsWith(WITH_SERVER));

/** True where a folder has room for what a run without a server writes. */
function isRoomy(folder: string): boolean {
  if (!existsSync(folder)) return false;
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize > ROOM;
}

/** All runs as one, with one set of closing counts. */
async function* results(temporary: string): AsyncGenerator<TestEvent> {
  const counts = new Map<string, number>();
  const isAlone = (name: string) => rank(name) <= FIRST.length;
  const shared = sharing(units, here, isAlone, join(temporary, 'together'));
  const broken: string[] = [];
  for await (const event of played([...shared.keys()], AT_ONCE.units, counts)) {
    yield event;
    const { nesting, name = '' } = event.data;
    const sharers = event.type === 'test:fail' && nesting === 0 ? (shared.get(name) ?? []) : [];
    if (sharers.length > 1) broken.push(...sharers);
  }
  // a process that several share was killed, ended early or took too long: each by itself shows whose fault it is
  if (!stopped.signal.aborted) yield* played(broken, AT_ONCE.units, counts);
  const paths = integration.map(name => join(here, name));
  yield* played(paths, AT_ONCE.integration, counts);
  for (const [what, count] of counts) {
    yield { type: 'test:diagnostic', data: { nesting: 0, message: `${what} ${count}` } };
  }
  if (counts.get('fail') !== 0 || counts.get('cancelled') !== 0) process.exitCode = 1;
}

/** What comes of files, but for the closing counts, which are added to those of others. */
async function* played(
  paths: string[],
  concurrency: number,
  counts: Map<string, number>,
): AsyncGenerator<TestEvent> {
  if (paths.length === 0) return;
  const execArgv = [`--import=${new URL('too-long.js', import.meta.url)}`];
  const stream = run({ files: paths, concurrency, timeout: TIMEOUT, signal: stopped.signal, execArgv });
  for await (const event of stream as AsyncIterable<TestEvent>) {
    const { nesting, message = '' } = event.data;
    const [, what, count] = (nesting === 0 && CLOSING.exec(message)) || [];
    if (event.type !== 'test:diagnostic' || what === undefined) yield event;
    else counts.set(what, (counts.get(what) ?? 0) + Number(count));
  }
}

if (units.length + integration.length === 0) {
  process.stderr.write(`no test file below ${relative(process.cwd(), here)} matches ${words.join(' ')}\n`);
  process.exitCode = 2;
} else {
  if (integration.length > 0) ensureEjabberd(line => process.stderr.write(`${line}\n`));
  // every temporary file of the run, so that nothing stays even of what was killed
  const temporary = mkdtempSync(join(isUnitRun && isRoomy(MEMORY) ? MEMORY : tmpdir(), 'respool-tests-'));
  chmodSync(temporary, 0o755); // ejabberd's user has to get in
  process.on('exit', () => rmSync(temporary, { recursive: true, force: true, maxRetries: 5 }));
  process.env.TMPDIR = temporary;
  process.env.NODE_COMPILE_CACHE = join(temporary, 'compiled');
  process.env.TEST_FILE_LIMIT = `${TIMEOUT + CLOSES}`;
  if (isUnitRun) process.env.RESPOOL_TRIES ??= '0.05';
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stopped.abort());
  await pipeline(Readable.from(results(temporary)), new spec(), process.stdout, { end: false });
}
