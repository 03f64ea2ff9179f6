import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from '../../src/spool/command.js';
import type { NewMessage } from '../../src/spool/content.js';
import { openSpool } from '../../src/spool/open-for-writing.js';
import { Spool, type SpoolLimits } from '../../src/spool/spool.js';
import { emptyFile } from './empty.js';
import { LIMITS } from './made.js';

export { heard, LIMITS, message } from './made.js';

const folder = mkdtempSync(join(tmpdir(), 'respool-spool-'));
// the files that share a process share it
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
let files = 0;
/** Of a file that goes with the tests. */
export const newPath = () => join(folder, `${++files}.db`);

type Arrival = Extract<Command, { do: 'arrive' }>;

/** bob's phone comes online. */
export function arrival(changes: Partial<Omit<Arrival, 'do'>> = {}): Arrival {
  return {
    do: 'arrive',
    session: 1,
    account: 'bob@example.org',
    resource: 'phone',
    device: true,
    priority: 0,
    anew: true,
    at: 1,
    ...changes,
  };
}

/** A spool in a file of its own, and looks at it. */
export function opened(limits: Partial<SpoolLimits> = {}) {
  const db = openSpool(emptyFile(newPath()));
  const spool = new Spool(db, { ...LIMITS, ...limits });
  const store = (...messages: NewMessage[]) =>
    spool.apply(messages.map(one => ({ do: 'store', message: one }) as const));
  const ids = () => db.prepare('SELECT stanza_id FROM message ORDER BY id').pluck().all();
  const counter = (name: string) => db.prepare('SELECT value FROM counter WHERE name = ?').pluck().get(name);
  const undelivered = () => db.prepare('SELECT stanza_id, outcome FROM undelivered ORDER BY id').raw().all();
  return { db, spool, store, ids, counter, undelivered };
}
