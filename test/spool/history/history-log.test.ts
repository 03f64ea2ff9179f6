import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { HistoryLog } from '../../../src/spool/history/history-log.js';
import { asLine, type Line, readLine } from '../../../src/spool/history/lines.js';
import { reachOf, wholeLines } from '../../../src/spool/history/reading.js';
import { search } from '../../../src/spool/history/search.js';
import { segmentPath, segmentsIn } from '../../../src/spool/history/segments.js';

const parent = mkdtempSync(join(tmpdir(), 'respool-history-'));
after(() => rmSync(parent, { recursive: true, force: true }));
let folders = 0;
const newFolder = () => join(parent, String(++folders));

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LIMITS = { keep: 24 * HOUR, maxSize: 1 << 30 };

const stored = (id: number, account = 'bob@alpha.test', from = 'alice@alpha.test/pc'): Line => {
  return { is: 'stored', id, at: 1000 + id, account, from, to: account, type: 'chat', stanzaId: `m${id}` };
};
const handed = (id: number, jid: string): Line => {
  return { is: 'happening', id, at: 2000 + id, kind: 'handed', jid, by: null };
};
const asked = (jid: string | null): Line => ({ is: 'session', at: 3000, kind: 'asked', jid });

/** A history and its clock. */
function begun(limits = LIMITS, folder = newFolder()) {
  let now = Date.now();
  const log = new HistoryLog(folder, limits, () => now);
  const write = (...lines: Line[]) => {
    for (const line of lines) log.add(line);
    log.write();
  };
  const pass = (ms: number) => {
    now += ms;
  };
  return { log, folder, write, pass };
}

async function linesIn(folder: string): Promise<(Line | null)[]> {
  const read: (Line | null)[] = [];
  for (const segment of segmentsIn(folder)) {
    for await (const lines of wholeLines(segment)) read.push(...lines.map(line => readLine(line.toString())));
  }
  return read;
}

describe('a line of the history', () => {
  const names = [
    'bob@alpha.test/phone',
    'bob@alpha.test/"quoted"\\',
    'bob@alpha.test/🚆 two\tpieces',
    'ü@ü.test',
  ];
  for (const jid of names) {
    test(`is read as it was written: ${JSON.stringify(jid)}`, () => {
      for (const line of [stored(7, jid, jid), handed(7, jid), asked(jid), asked(null)]) {
        const text = asLine(line);
        assert.equal(text.indexOf('\n'), text.length - 1);
        assert.deepEqual(readLine(text.slice(0, -1)), line);
      }
    });
  }

  for (const text of ['', 'M', 'M1', 'M1 [', 'X1 [1]', 'S {}', 'H1 [1,"handed"', '\0\0']) {
    test(`is none: ${JSON.stringify(text)}`, () => assert.equal(readLine(text), null));
  }
});

describe('the history of a spool', () => {
  test('is a file of its owner alone, and nothing before there is a line', () => {
    const { log, folder, write } = begun();
    log.write();
    log.tend();
    assert.throws(() => readdirSync(folder), { code: 'ENOENT' });
    write(stored(1));
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    assert.equal(statSync(segmentPath(folder, 1)).mode & 0o777, 0o600);
  });

  test('leaves out what was not committed', async () => {
    const { log, folder, write } = begun();
    log.add(stored(1));
    log.discard();
    write(stored(2));
    assert.deepEqual(await linesIn(folder), [stored(2)]);
  });

  test('goes on in another file after an hour, and the one before is compressed', async () => {
    const { log, folder, write, pass } = begun();
    write(stored(1));
    pass(HOUR + 1);
    write(stored(2));
    write(stored(3));
    await log.settled();
    assert.deepEqual(readdirSync(folder), ['00000001.log.gz', '00000002.log']);
    assert.equal(statSync(join(folder, '00000001.log.gz')).mode & 0o777, 0o600);
    assert.deepEqual(await linesIn(folder), [stored(1), stored(2), stored(3)]);
  });

  test('goes on in another file where one is full', async () => {
    const { log, folder, write } = begun();
    const name = `bob@alpha.test/${'x'.repeat(1000)}`;
    for (let id = 1; id <= 10; id++) write(...Array.from({ length: 1000 }, () => handed(id, name)));
    await log.settled();
    assert.deepEqual(readdirSync(folder), ['00000001.log.gz', '00000002.log']);
  });

  test('two processes, as at a take-over, never write into one file', async () => {
    const first = begun();
    const second = begun(LIMITS, first.folder);
    first.write(stored(1));
    second.write(stored(2));
    first.write(stored(3));
    assert.deepEqual(readdirSync(first.folder), ['00000001.log', '00000002.log']);
    second.log.tend(); // the first may still write
    await second.log.settled();
    assert.deepEqual(readdirSync(first.folder), ['00000001.log', '00000002.log']);
  });

  test('what a process left that was killed is compressed', async () => {
    const killed = begun();
    killed.write(stored(1));
    const { log, folder, write, pass } = begun(LIMITS, killed.folder);
    write(stored(2));
    pass(2 * MINUTE);
    log.tend();
    await log.settled();
    assert.deepEqual(readdirSync(folder), ['00000001.log.gz', '00000002.log']);
  });

  test('what is older than it is kept goes', async () => {
    const { log, folder, write, pass } = begun();
    write(stored(1));
    pass(HOUR + 1);
    write(stored(2));
    await log.settled();
    pass(25 * HOUR);
    log.tend();
    assert.deepEqual(segmentsIn(folder), []);
  });

  test('above its size the oldest goes', async () => {
    const { log, folder, write, pass } = begun({ keep: 24 * HOUR, maxSize: 2_000 });
    for (let id = 1; id <= 30; id++) {
      write(stored(id), handed(id, 'bob@alpha.test/phone'));
      pass(HOUR / 2 + 1);
    }
    await log.settled();
    log.tend();
    const size = segmentsIn(folder).reduce((sum, one) => sum + one.size, 0);
    assert.ok(size <= 2_000, `${size}`);
    assert.deepEqual((await linesIn(folder)).at(-1), handed(30, 'bob@alpha.test/phone'));
  });

  test('goes as a whole where none is to be kept any more', () => {
    const { log, folder, write } = begun();
    write(stored(1));
    log.limit(null);
    assert.deepEqual(segmentsIn(folder), []);
    write(stored(2));
    assert.deepEqual(segmentsIn(folder), []);
  });

  test('a disk that takes nothing is told, and the next lines are tried', () => {
    const { log, folder, write, pass } = begun();
    writeFileSync(folder, ''); // a file where the folder should be
    write(stored(1));
    assert.match(log.takeTrouble() ?? '', /EEXIST|ENOTDIR/);
    rmSync(folder);
    write(stored(2)); // nothing is tried at once, for each try may leave a file
    assert.throws(() => readdirSync(folder), { code: 'ENOENT' });
    pass(MINUTE + 1);
    write(stored(2));
    assert.equal(log.takeTrouble(), null);
    assert.match(readFileSync(segmentPath(folder, 1), 'utf8'), /^M2 /);
  });

  test('of a forgotten account no line is left, in no file', async () => {
    const { log, folder, write, pass } = begun();
    const other = [stored(2, 'bobby@alpha.test'), handed(2, 'bobby@alpha.test/phone')];
    write(stored(1), handed(1, 'bob@alpha.test/phone'), ...other);
    pass(HOUR + 1);
    write(asked('bob@alpha.test/phone'), stored(3, 'carol@alpha.test', 'bob@alpha.test/pc'));
    write(stored(4, 'bob@alpha.test'), stored(5, 'carol@alpha.test'));
    log.forget('bob@alpha.test');
    await log.settled();
    assert.deepEqual(await linesIn(folder), [...other, stored(5, 'carol@alpha.test')]);
    for (const { path } of segmentsIn(folder)) {
      const bytes = readFileSync(path);
      assert.doesNotMatch((path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString(), /bob@/);
    }
  });

  test('what is still to be forgotten when the process ends is forgotten by the next', async () => {
    const { log, folder, write } = begun();
    write(stored(1), stored(5, 'carol@alpha.test'));
    log.forget('bob@alpha.test');
    log.close();
    await log.settled();
    const next = begun(LIMITS, folder);
    next.log.tend();
    await next.log.settled();
    assert.deepEqual(await linesIn(folder), [stored(5, 'carol@alpha.test')]);
    assert.deepEqual(readdirSync(folder), ['00000001.log.gz']);
  });

  test('what is not written yet is forgotten too', async () => {
    const { log, folder, write } = begun();
    log.add(stored(1));
    log.add(stored(5, 'carol@alpha.test'));
    log.forget('bob@alpha.test');
    write();
    await log.settled();
    assert.deepEqual(await linesIn(folder), [stored(5, 'carol@alpha.test')]);
  });

  test('a file that cannot be read any more is passed over, and goes where somebody is forgotten', async () => {
    const { log, folder, write } = begun();
    write(stored(1));
    writeFileSync(`${segmentPath(folder, 7)}.gz`, 'no gzip');
    write(stored(2));
    const [found, damaged]: [Line[], number[]] = [[], []];
    const wanted = { wants: () => true, ofRooms: false };
    for await (const line of search(segmentsIn(folder), wanted, ({ number }) => damaged.push(number)))
      found.push(line);
    assert.deepEqual([found, damaged], [[stored(1), stored(2)], [7]]);
    log.forget('carol@alpha.test');
    await log.settled();
    assert.deepEqual(readdirSync(folder), ['00000001.log.gz']);
  });

  test('a file is full sooner where little is kept', async () => {
    const { log, folder, write, pass } = begun({ keep: MINUTE, maxSize: 1 << 20 });
    write(stored(1));
    log.tend();
    assert.equal(segmentsIn(folder).length, 1);
    pass(2 * MINUTE); // the date of a file is that of the machine
    log.tend();
    await log.settled();
    assert.deepEqual(segmentsIn(folder), []);
  });

  test('a line that is not whole, and a file of others, hurt nobody', async () => {
    const { folder, write } = begun();
    write(stored(1));
    writeFileSync(segmentPath(folder, 1), 'M2 [12', { flag: 'a' });
    writeFileSync(join(folder, 'notes.txt'), 'x');
    mkdirSync(join(folder, '00000009.log.d'));
    assert.deepEqual(await linesIn(folder), [stored(1)]);
    assert.equal(await reachOf(segmentsIn(folder)), 1001);
  });

  test('is read while a file is being compressed', async () => {
    const { log, folder, write } = begun();
    write(stored(1));
    const before = segmentsIn(folder); // as a reader has seen it
    utimesSync(segmentPath(folder, 1), 0, 0);
    await log.settled();
    const next = begun({ keep: Number.MAX_SAFE_INTEGER, maxSize: 1 << 30 }, folder);
    next.log.tend();
    await next.log.settled();
    assert.deepEqual(readdirSync(folder), ['00000001.log.gz']);
    const found: Line[] = [];
    for await (const line of search(before, { wants: () => true, ofRooms: false })) found.push(line);
    assert.deepEqual(found, [stored(1)]);
  });
});
