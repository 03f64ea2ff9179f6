import type { Extent } from './workload.js';

/** How much is measured. A comparison has rounds or lots, each of both sides; the median of the ratios counts. */
export interface Sizes {
  intake: Extent & { accounts: number };
  /** Accounts that are online, in two daemons. */
  online: { many: number; few: number };
  /** Pending messages in the spools of which memory, start and latency are measured. */
  spools: number[];
  replay: { messages: number; rounds: number };
  room: { occupants: number };
  peers: { messages: number };
  cost: { messages: number; rounds: number };
}

export const QUICK: Sizes = {
  intake: { lots: 5, copies: 30_000, accounts: 4_000 },
  online: { many: 20_000, few: 1_000 },
  spools: [10, 10_000, 1_000_000],
  replay: { messages: 9_000, rounds: 5 },
  room: { occupants: 1_000 },
  peers: { messages: 4_000 },
  cost: { messages: 8_000, rounds: 1 },
};

export const FULL: Sizes = {
  intake: { lots: 15, copies: 50_000, accounts: 10_000 },
  online: { many: 100_000, few: 1_000 },
  spools: [10, 10_000, 1_000_000, 10_000_000],
  replay: { messages: 100_000, rounds: 3 },
  room: { occupants: 1_000 },
  peers: { messages: 10_000 },
  cost: { messages: 50_000, rounds: 3 },
};
