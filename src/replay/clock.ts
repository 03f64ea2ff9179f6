/** Time as replay sees it, so that tests can bring their own. */
export interface Clock {
  /** Milliseconds that only go forward, for intervals. */
  now(): number;
  /** Milliseconds since 1970, UTC, for stamps. */
  date(): number;
  /** Calls back once after so many ms; returns what calls it off. */
  after(ms: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};
