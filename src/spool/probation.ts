import type { Device } from './accounts.js';
import { HIGHEST_SLOT } from './slots.js';

/** So many resources of an account that were seen once are kept, beside its devices. */
export const MOST_ON_PROBATION = 3;
/** A resource that was seen once is forgotten after so long, in ms. */
export const PROBATION = 3 * 86_400_000;

/** A Bind2 resource, `TAG.HASH`: each login of the same installation has it. Its hash has no dash: `converse.js-1234567` is none. */
const BIND2 = /\.[\w+/]{10}$/;

/** Whether a resource is on probation when it is seen for the first time: it may be made anew at each login. */
export function beginsOnProbation(resource: string): boolean {
  return !BIND2.test(resource);
}

/** How many devices of an account have to go: of those on probation, and of the others. */
export interface Surplus {
  onProbation: number;
  others: number;
}

/**
 * Who has to go for one more device, or for one that has come back. A resource that was seen once pushes out none that
 * has come back, and those go by `most`.
 */
export function surplus(
  devices: readonly Device[],
  comes: { isKnown: boolean; onProbation: boolean },
  most: number,
): Surplus {
  const onProbation = devices.filter(device => device.onProbation).length;
  const lasting = devices.length - onProbation;
  if (comes.onProbation) {
    const overSlots = devices.length + 1 - HIGHEST_SLOT;
    const over = Math.max(onProbation + 1 - MOST_ON_PROBATION, overSlots, 0);
    return { onProbation: Math.min(over, onProbation), others: 0 };
  }
  const others = Math.max(lasting + 1 - most, 0);
  const overSlots = devices.length - others + (comes.isKnown ? 0 : 1) - HIGHEST_SLOT;
  return { onProbation: Math.max(overSlots, 0), others };
}
