import type { Directory } from '../presence/directory.js';
import type { SpoolPort } from '../spool/client.js';
import type { Assigning } from './assigning.js';
import type { Clock } from './clock.js';
import type { Deliveries } from './deliveries.js';
import type { Undecided } from './undecided.js';

/** What the parts that turn changes into commands and deliveries rest on. */
export interface Surroundings {
  clock: Clock;
  spool: SpoolPort;
  directory: Directory;
  deliveries: Deliveries;
  assigning: Assigning;
  undecided: Undecided;
}
