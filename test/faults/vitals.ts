import { readFileSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

/**
 * Loaded into respool's process before anything else (node --import): writes to a file how long its event loop was held
 * up at most, from the first SIGUSR2 on, which leaves its start out, and the most memory that it had. The file outlives
 * the process and has the most of all that wrote to it.
 */
export interface Vitals {
  /** In ms. */
  stall: number;
  /** In MB. */
  peak: number;
}

/** Between two looks, in ms: who is killed takes what came since with him. */
const LOOK = 100;

/** What the file says by now. */
export function readVitals(file: string): Vitals {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Vitals;
  } catch {
    return { stall: 0, peak: 0 }; // nobody has written it, or who did was killed over it
  }
}

function watch(file: string): void {
  const delays = monitorEventLoopDelay({ resolution: 10 });
  delays.enable();
  process.once('SIGUSR2', () => {
    delays.reset();
    let known = readVitals(file);
    setInterval(() => {
      const stall = Math.max(known.stall, Math.round(delays.max / 1e6));
      const peak = Math.max(known.peak, Math.round(process.resourceUsage().maxRSS / 1024));
      if (stall === known.stall && peak === known.peak) return;
      known = { stall, peak };
      writeFileSync(file, JSON.stringify(known));
    }, LOOK).unref();
  });
}

const file = process.env.RESPOOL_TEST_VITALS;
if (file !== undefined && isMainThread) watch(file);
