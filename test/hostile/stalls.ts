import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/**
 * Loaded into respool's process (node --import): on SIGUSR2 it writes how long its event loop was held up since the
 * last time, in ms.
 */
const file = process.env.RESPOOL_TEST_STALLS ?? '';
const delays = monitorEventLoopDelay({ resolution: 10 });
delays.enable();
process.on('SIGUSR2', () => {
  writeFileSync(file, JSON.stringify({ most: delays.max / 1e6 }));
  delays.reset();
});
