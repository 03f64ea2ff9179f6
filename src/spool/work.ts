import { Arriving } from './arriving.js';
import { Blocking } from './blocking.js';
import { Handing } from './handing.js';
import type { Parts } from './parts.js';
import { Proving } from './proving.js';
import { Refill } from './refill.js';
import { Removing } from './removing.js';
import { Replaying } from './replaying.js';
import { Storing } from './storing.js';
import { Sweeping } from './sweeping.js';

/** What the spool does, each with the parts that it needs. */
export type Work = ReturnType<typeof workOf>;

export function workOf(parts: Parts) {
  const removing = new Removing(parts);
  const storing = new Storing(parts);
  return {
    ...{ removing, storing },
    blocking: new Blocking(parts),
    arriving: new Arriving(parts, removing),
    handing: new Handing(parts, storing),
    proving: new Proving(parts),
    replaying: new Replaying(parts),
    refill: new Refill(parts),
    sweeping: new Sweeping(parts, removing),
  };
}
