import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { DeviceRow } from './device-rows.js';
import type { Insight } from './insight.js';
import type { Pending } from './pendings.js';
import type { Stats } from './stats.js';

/** Questions whose answers may take a while to read. */
export interface Looks {
  stats: { ask: { now: number }; reply: { stats: Stats; insight: Insight } };
  /** The oldest that is pending for an account, and whether there is more. */
  queue: { ask: { account: string; limit: number }; reply: { pendings: Pending[]; more: boolean } };
  devices: { ask: { account: string }; reply: DeviceRow[] };
}

export type Look = { [Name in keyof Looks]: { look: Name } & Looks[Name]['ask'] }[keyof Looks];

/**
 * Looks into the spool in a thread of its own, for the one that reads the socket must not wait.
 * @throws SpoolError or another, where the spool cannot be read
 */
export async function look<Name extends keyof Looks>(
  path: string,
  question: { look: Name } & Looks[Name]['ask'],
): Promise<Looks[Name]['reply']> {
  const worker = new Worker(new URL('./look-worker.js', import.meta.url), { workerData: { path, question } });
  const [reply] = await once(worker, 'message'); // rejects with the error of the thread
  return reply as Looks[Name]['reply'];
}
