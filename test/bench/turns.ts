import { median } from './figure.js';
import { inWrites } from './server.js';
import type { Lot } from './workload.js';

/** One of two that take in lots in turns: while one has its turn the other stands still. */
export interface Side {
  pause(paused: boolean): void;
  /**
   * @param writes what the lot's copies go out in
   * @returns how many ms it took
   */
  take(lot: Lot, writes?: readonly Buffer[]): Promise<number>;
  close(): Promise<void>;
}

/** The same lots for both. */
export function* twice(lots: Iterable<Lot>): Generator<[Lot, Lot]> {
  for (const lot of lots) yield [lot, lot];
}

/** Lots of each for itself. */
export function* together(ones: Iterable<Lot>, others: Iterable<Lot>): Generator<[Lot, Lot]> {
  const rest = others[Symbol.iterator]();
  for (const one of ones) {
    const { value, done } = rest.next();
    if (done === true) return;
    yield [one, value];
  }
}

/** Lot by lot, one side and then the other, so that both have the machine as it is at the moment. */
export async function inTurns(
  one: Side,
  other: Side,
  lots: Iterable<[Lot, Lot]>,
): Promise<{ one: number; other: number; ratio: number }> {
  const turn = async (side: Side, lot: Lot) => {
    const writes = inWrites(lot.copies);
    side.pause(false);
    const took = await side.take(lot, writes);
    side.pause(true);
    return (lot.copies.length / took) * 1000;
  };
  const rates: [number, number][] = [];
  for (const side of [one, other]) side.pause(true);
  for (const [its, others] of lots) {
    // the first of one pair is the second of the next, so that neither gains where the machine becomes faster
    if (rates.length % 2 === 0) rates.push([await turn(one, its), await turn(other, others)]);
    else {
      const rate = await turn(other, others);
      rates.push([await turn(one, its), rate]);
    }
  }
  for (const side of [one, other]) side.pause(false);
  return {
    one: median(rates.map(([rate]) => rate)),
    other: median(rates.map(([, rate]) => rate)),
    ratio: median(rates.map(([rate, against]) => rate / against)),
  };
}
