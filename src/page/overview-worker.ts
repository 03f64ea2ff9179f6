import { parentPort, workerData } from 'node:worker_threads';
import { LastingReader } from '../spool/lasting-reader.js';
import type { Overview } from '../spool/spool-reader.js';

/** Looks into the spool whenever it is sent a date; answers null where the spool cannot be read. */
const reader = new LastingReader(workerData as string);
parentPort?.on('message', (now: number) => parentPort?.postMessage(look(now)));

function look(now: number): Overview | null {
  try {
    return reader.use(spool => spool.overview(now));
  } catch {
    return null; // which the page says; the daemon says why
  }
}
