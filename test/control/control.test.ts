import assert from 'node:assert/strict';
import { chownSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { serveControl } from '../../src/control/control.js';
import { ControlError, DaemonLine } from '../../src/control/daemon-line.js';
import type { Handlers, Item } from '../../src/control/requests.js';
import { nextEvent, within } from '../wait.js';

let folder: string;
let path: string;
let end: (() => Promise<void>) | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'respool-control-'));
  path = join(folder, 'spool.db.sock');
});
afterEach(async () => {
  await end?.();
  end = undefined;
  rmSync(folder, { recursive: true });
});

/** A daemon that does only this. */
async function serve(handlers: Partial<Handlers>): Promise<void> {
  end = await serveControl(path, handlers as Handlers);
}

async function open(): Promise<DaemonLine> {
  const line = await DaemonLine.open(path);
  assert.ok(line !== null);
  return line;
}

/** Writes to the socket as it is, and reads what comes back until it ends or so many lines have come. */
async function raw(text: string, most: number): Promise<unknown[]> {
  const socket = connect(path);
  socket.on('error', () => undefined);
  socket.write(text);
  const lines: unknown[] = [];
  socket.setEncoding('utf8').on('data', (data: string) => {
    for (const line of data.split('\n').slice(0, -1)) lines.push(JSON.parse(line));
    if (lines.length >= most) socket.destroy();
  });
  const closed = new Promise(resolve => socket.once('close', resolve)); // however it ends
  await within('the socket closes', closed);
  return lines;
}

const event = (id: number): Item<'tail'> => ({
  ...{ at: 0, kind: 'stored', id, account: 'a@b', device: null, from: 'x'.repeat(500), to: 'a@b' },
  ...{ type: 'chat', stanzaId: null, by: null },
});

/** Some user who is neither root nor the one of the tests. */
const SOMEBODY = 64_321;

describe('what is in the place of the socket', () => {
  test('a socket of somebody else is not believed', { skip: process.getuid?.() !== 0 }, async () => {
    await serve({ 'forget-device': async () => true });
    chownSync(path, SOMEBODY, SOMEBODY);
    await assert.rejects(
      DaemonLine.open(path),
      /is of user 64321 and not believed: run this as the user that/,
    );
  });

  test('a link is none of a daemon', async () => {
    await serve({ 'forget-device': async () => true });
    symlinkSync(path, join(folder, 'link'));
    await assert.rejects(DaemonLine.open(join(folder, 'link')), /is a link, and no daemon has made it/);
  });
});

describe('requests', () => {
  test('are answered one after another, in their order', async () => {
    await serve({ 'forget-device': async ({ resource }) => resource === 'phone' });
    const daemon = await open();
    const answers = [];
    for (const resource of ['phone', 'laptop', 'phone']) {
      answers.push(await daemon.ask('forget-device', { account: 'a@b', resource, by: 'root' }));
    }
    assert.deepEqual(answers, [true, false, true]);
    daemon.close();
  });

  test('that are none, or lack something, are refused with the reason; the connection goes on', async () => {
    await serve({ 'forget-device': async () => true });
    const good = '{"ask":"forget-device","account":"a@b","resource":"r"}';
    const text = ['no JSON', '[]', '{"ask":"toString"}', '{"ask":"forget-device","account":1}', good].join(
      '\n',
    );
    const lines = await raw(`${text}\n`, 5);
    const unknown = { error: 'this is not a request that this respool knows' };
    assert.deepEqual(lines.slice(0, 3), [unknown, unknown, unknown]);
    assert.match(JSON.stringify(lines[3]), /forget-device: account: .*expected string/);
    assert.deepEqual(lines[4], { reply: true });
  });

  test('that fail tell why', async () => {
    await serve({ 'forget-device': async () => Promise.reject(new Error('the disk is full')) });
    const daemon = await open();
    await assert.rejects(
      daemon.ask('forget-device', { account: 'a@b', resource: 'r', by: 'root' }),
      /the disk is full/,
    );
    daemon.close();
  });

  test('without end are cut off', async () => {
    await serve({});
    const lines = await raw('x'.repeat((4 << 20) + (1 << 18)), 2);
    // the connection may be reset before the reason is read
    if (lines.length > 0) assert.match(JSON.stringify(lines[0]), /a line is longer than/);
  });

  test('nobody there: null; an end in the middle is an error', async () => {
    assert.equal(await DaemonLine.open(path), null);
    writeFileSync(path, '');
    assert.equal(await DaemonLine.open(path), null, 'a file that is no socket any more');
    let asked: () => void = () => undefined;
    const underWay = new Promise<void>(resolve => {
      asked = resolve;
    });
    await serve({
      'forget-device': () => {
        asked();
        return new Promise(() => undefined);
      },
    });
    const answer = (await open()).ask('forget-device', { account: 'a@b', resource: 'r', by: 'root' });
    answer.catch(() => undefined); // looked at below
    await within('the daemon is asked', underWay);
    await end?.();
    end = undefined;
    await assert.rejects(answer, ControlError);
  });
});

describe('what is followed', () => {
  test('comes until the follower goes, which ends it at its source', async () => {
    let give: (item: Item<'tail'>) => void = () => undefined;
    let ended: () => void = () => undefined;
    const isEnded = new Promise<void>(resolve => {
      ended = resolve;
    });
    await serve({
      tail(_, giveThis) {
        give = giveThis;
        return ended;
      },
    });
    const daemon = await open();
    const following = daemon.follow('tail', { account: null, kinds: null });
    assert.equal((await following.next()).value, null);
    give(event(1));
    give(event(2));
    assert.deepEqual(
      [await following.next(), await following.next()].map(({ value }) => value),
      [{ item: event(1) }, { item: event(2) }],
    );
    daemon.close();
    await within('its source ends it', isEnded);
  });

  test('too fast for its reader is left out and counted: what is kept for it does not grow', async () => {
    let give: (item: Item<'tail'>) => void = () => undefined;
    await serve({
      tail(_, giveThis) {
        give = giveThis;
        return () => undefined;
      },
    });
    const socket = connect(path);
    socket.write('{"ask":"tail","account":null,"kinds":null}\n');
    await nextEvent(socket, 'readable'); // it follows, and reads no more
    const count = 100_000;
    for (let id = 1; id <= count; id++) give(event(id));
    let [came, missed] = [0, 0];
    for await (const line of createInterface({ input: socket })) {
      const told = JSON.parse(line);
      if ('item' in told) assert.equal(told.item.id, ++came, 'in order, up to where it was full');
      if (came === count) break;
      if (!('missed' in told)) continue;
      missed = told.missed;
      break;
    }
    assert.ok(came > 500 && missed > 0, `${came} ${missed}`);
    const kept = came * JSON.stringify({ item: event(1) }).length;
    assert.ok(kept < 4 << 20, `${kept} bytes were kept for it`); // some of it in the system's own buffers
    assert.equal(came + missed, count);
    socket.destroy();
  });
});
