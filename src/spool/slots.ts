/**
 * A set of slots as an integer: bit 0 stands for the account as a whole, bit N for the device with slot N. Up to bit 50
 * it fits a JavaScript number exactly, but not its bit operators, which know 32 bits.
 */
export type Slots = number;

/** The slot of the account as a whole: whichever device comes first. */
export const ACCOUNT_SLOT = 0;
/** The highest slot of a device. */
export const HIGHEST_SLOT = 50;

/** The set of these slots; each is to be named once. */
export function slotsOf(slots: Iterable<number>): Slots {
  let set = 0;
  for (const slot of slots) set += 2 ** slot;
  return set;
}

export function hasSlot(set: Slots, slot: number): boolean {
  return Math.floor(set / 2 ** slot) % 2 === 1;
}

/** How many slots are in a set. */
export function countSlots(set: Slots): number {
  let count = 0;
  for (let rest = set; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}

/** What is in both. */
export function commonSlots(one: Slots, other: Slots): Slots {
  let common = 0;
  for (let bit = 1; bit <= one && bit <= other; bit *= 2) {
    if (Math.floor(one / bit) % 2 === 1 && Math.floor(other / bit) % 2 === 1) common += bit;
  }
  return common;
}
