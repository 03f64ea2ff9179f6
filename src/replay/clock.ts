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
    let turn: NodeJS.Immediate | undefined;
    // a process that stood still has its timers first, then its sockets: what came meanwhile is read before it decides
    const timer = setTimeout(() => {
      turn = setImmediate(callback);
    }, ms);
    return () => {
      clearTimeout(timer);
      clearImmediate(turn);
    };
  },
};
