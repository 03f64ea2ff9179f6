/** How much is measured. */
export interface Sizes {
  /** How often each comparison is repeated; the median of the ratios counts. */
  rounds: number;
  intake: { copies: number; accounts: number };
  /** Pending messages in the spools of which memory, start and latency are measured. */
  spools: number[];
  replay: { messages: number };
  room: { occupants: number };
  peers: { messages: number };
  cost: { messages: number };
}

export const QUICK: Sizes = {
  rounds: 1,
  intake: { copies: 100_000, accounts: 5_000 },
  spools: [10, 10_000, 1_000_000],
  replay: { messages: 15_000 },
  room: { occupants: 1_000 },
  peers: { messages: 4_000 },
  cost: { messages: 8_000 },
};

export const FULL: Sizes = {
  rounds: 3,
  intake: { copies: 400_000, accounts: 10_000 },
  spools: [10, 10_000, 1_000_000, 10_000_000],
  replay: { messages: 100_000 },
  room: { occupants: 1_000 },
  peers: { messages: 10_000 },
  cost: { messages: 50_000 },
};
