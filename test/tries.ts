/**
 * How many random inputs a test takes: all in `npm test`, a twentieth in `npm run test:unit`. RESPOOL_TRIES=10 takes ten
 * times as many.
 */
export function tries(all: number): number {
  return Math.ceil(all * Number(process.env.RESPOOL_TRIES ?? 1));
}
