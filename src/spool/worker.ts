import { parentPort, workerData } from 'node:worker_threads';
import type Database from 'better-sqlite3';
import { describe } from '../xmpp/describe.js';
import { entriesOf } from './batch-entries.js';
import { HistoryLog } from './history/history-log.js';
import { historyFolder } from './history/segments.js';
import { Journal } from './journal.js';
import { lockSpool } from './lock.js';
import { guarded, makeFile, SpoolError, SpoolUnavailableError } from './open.js';
import { openSpool } from './open-for-writing.js';
import type { FromSpool, SpoolSettings, ToSpool } from './protocol.js';
import { Spool } from './spool.js';

/**
 * The thread that has the spool: a commit waits for the disk, and the thread that reads the socket must not.
 */
const { path, limits: first } = workerData as SpoolSettings;
const port = parentPort;
if (port === null) throw new Error('the spool runs in a thread of its own');
/** What was evicted is told no more often, in ms: a flood has something go with each batch. */
const TOLD_EVERY = 5_000;
const say = (message: FromSpool) => port.postMessage(message);

let unlock: (() => void) | undefined;
try {
  makeFile(path);
  unlock = guarded(`${path}.lock`, () => lockSpool(path)); // before the schema is changed, under which another may be at work
  const locked = unlock;
  const db = openSpool(path, line => say({ is: 'note', line }));
  guarded(path, () => serve(db, locked));
  say({ is: 'open' });
} catch (error) {
  unlock?.();
  // an error of SQLite would lose its message on its way out of the thread
  if (!(error instanceof SpoolError)) throw new Error(describe(error));
  say({ is: 'unusable', message: error.message, mayPass: error instanceof SpoolUnavailableError });
}

function serve(db: Database.Database, unlock: () => void): void {
  const history = new HistoryLog(historyFolder(path), first.history);
  const journal = new Journal(db, history);
  let limits = first;
  let spool = new Spool(db, limits, journal);
  let toldAt = Number.NEGATIVE_INFINITY;
  const evicted = () => {
    const now = performance.now();
    const told = now - toldAt < TOLD_EVERY ? null : spool.takeEvictions();
    if (told !== null) toldAt = now;
    return told;
  };
  const openedAnew = () => {
    try {
      return new Spool(db, limits, journal);
    } catch (error) {
      throw new Error(describe(error)); // the thread ends
    }
  };
  port?.on('message', (message: ToSpool) => {
    if ('close' in message) {
      history.close();
      db.close();
      unlock();
      say({ is: 'closed' });
      port.close();
      return;
    }
    if ('follow' in message) return journal.want(message.follow);
    if ('limits' in message) {
      limits = message.limits;
      spool.limit(limits);
      return;
    }
    const began = performance.now();
    try {
      spool.apply(entriesOf(message.batch), replies => {
        if (replies.length > 0) say({ is: 'answered', replies });
      });
    } catch (error) {
      journal.take(); // it has not happened
      history.discard();
      spool = openedAnew();
      return say({ is: 'failed', message: describe(error) });
    }
    history.write();
    const told = { happened: journal.take(), evicted: evicted(), trouble: history.takeTrouble() };
    say({ is: 'committed', took: performance.now() - began, ...told });
  });
}
