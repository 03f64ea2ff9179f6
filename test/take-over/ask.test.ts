import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { ControlError } from '../../src/control/daemon-line.js';
import { takeOver } from '../../src/take-over/ask.js';
import { QUIET as log } from '../quiet-log.js';

let folder: string;
let spoolPath: string;
let fake: Server;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'respool-ask-'));
  spoolPath = join(folder, 'spool.db');
});
afterEach(() => {
  fake.close();
  rmSync(folder, { recursive: true });
});

/** A daemon that answers so many questions with this. */
async function pretend(answer: string, times: number): Promise<void> {
  let asked = 0;
  fake = createServer(socket => {
    socket.on('error', () => undefined);
    socket.on('data', () => asked++ < times && socket.write(`${answer}\n`));
  });
  await new Promise<void>(resolve => fake.listen(`${spoolPath}.sock`, resolve));
}

describe('a running respool that cannot hand over is left alone, and it is said', () => {
  test('an older version', async () => {
    await pretend('{"error":"this is not a request that this respool knows"}', 1);
    await assert.rejects(takeOver(spoolPath, '', log), (error: Error) => {
      assert.ok(error instanceof ControlError);
      assert.match(error.message, /The running respool cannot hand over: restart it instead/);
      return true;
    });
  });

  test('one that hangs', async () => {
    await pretend('', 0);
    const patience = { about: 50, leave: 50, begin: 50 };
    await assert.rejects(
      takeOver(spoolPath, '', log, patience),
      /the running respool does not answer \(waited 0\.05 s\)/,
    );
  });

  test('one that answers, and then hangs', async () => {
    await pretend('{"reply":{"pid":1,"version":"1"}}', 1);
    const patience = { about: 5_000, leave: 50, begin: 50 };
    await assert.rejects(
      takeOver(spoolPath, '', log, patience),
      /has not handed over; .* restart it instead/,
    );
  });
});
