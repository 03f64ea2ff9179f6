const TRIES = 5;

/**
 * The processor's time that work in this process takes, in ms, the least of some tries: a busy machine lets it wait,
 * not work.
 */
export async function effortOf(work: () => unknown): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < TRIES; tries++) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1_000);
  }
  return least;
}
