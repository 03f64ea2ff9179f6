import type { Held } from './held.js';
import type { Holding } from './holdings.js';
import { oldestOfMost } from './oldest-of-most.js';

/** Of who has too much so many messages are looked at. */
const LOOKED_AT = 10_000;
/** He loses this part at once, so that looking at what he has is worth it. */
const PART = 1 / 64;

/**
 * Keeps what somebody has within limits: what goes is the oldest of the sender that has most there.
 * @param has what he has, which says less as messages are evicted
 * @param heldBy his oldest, so many
 */
export function keepWithin(
  has: Readonly<Holding>,
  most: Holding,
  heldBy: (limit: number) => Held[],
  evict: (held: Held) => void,
): void {
  while (has.messages > 0) {
    const [messages, bytes] = [excess(has.messages, most.messages), excess(has.weight, most.weight)];
    if (messages === 0 && bytes === 0) return;
    const chosen = oldestOfMost(heldBy(LOOKED_AT), bytes, messages);
    for (const held of chosen) evict(held);
    if (chosen.length === 0) return;
  }
}

function excess(has: number, most: number): number {
  return has > most ? Math.max(has - most, has * PART) : 0;
}
