import type { Log } from './log.js';

/** Of what could be written to the log without end, one line in this time, in ms. */
const LOG_EVERY = 60_000;

/** Writes a line of one kind at most once a minute, with how many were left out. */
export function limiter(log: Log, now: () => number) {
  const quietUntil = new Map<string, { until: number; left: number }>();
  return {
    warn(line: string): void {
      const kind = line.slice(0, 12); // lines are of one kind if their first 12 characters are equal
      const at = now();
      const known = quietUntil.get(kind);
      if (known !== undefined && at < known.until) {
        known.left++;
        return;
      }
      const left = known?.left ?? 0;
      log.warn(left > 0 ? `${line} (and ${left} more like it)` : line);
      quietUntil.set(kind, { until: at + LOG_EVERY, left: 0 });
    },
  };
}
