/** Where the machine is busy, one of so many is quiet. */
const TRIES = 10;

/**
 * The processor's time that work in this process takes, in ms, the least of some tries: a busy machine lets it wait,
 * not work; but caches that others use make it work longer.
 * @param enough the first try below this, in ms, is the last
 */
export async function effortOf(work: () => unknown, enough = 0): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < TRIES && least >= enough; tries++) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1_000);
  }
  return least;
}
