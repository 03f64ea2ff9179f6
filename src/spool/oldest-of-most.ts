import type { Held } from './held.js';
import { weightOf } from './weight.js';

/**
 * Of the sender who has most of these messages, by weight, the first ones.
 * @param bytes of so many together, or a little more, but one at least
 * @param messages and so many
 */
export function oldestOfMost(held: readonly Held[], bytes: number, messages = 1): Held[] {
  const weights = new Map<string, number>();
  for (const { sender, size } of held) weights.set(sender, (weights.get(sender) ?? 0) + weightOf(size));
  let most: string | undefined;
  for (const [sender, weight] of weights) {
    if (most === undefined || weight > (weights.get(most) as number)) most = sender;
  }
  const chosen: Held[] = [];
  let left = bytes;
  for (const one of held) {
    if (one.sender !== most) continue;
    chosen.push(one);
    left -= weightOf(one.size);
    if (left <= 0 && chosen.length >= messages) break;
  }
  return chosen;
}
