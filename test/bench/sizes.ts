/** How much is measured. A comparison is repeated in `rounds`, its sides in turns; the median of the ratios counts. */
export interface Sizes {
  intake: { copies: number; accounts: number; rounds: number };
  devices: { copies: number; accounts: number; rounds: number };
  /** Pending messages in the spools of which memory, start and latency are measured. */
  spools: number[];
  replay: { messages: number; rounds: number };
  room: { occupants: number };
  peers: { messages: number };
  cost: { messages: number; rounds: number };
}

export const QUICK: Sizes = {
  intake: { copies: 50_000, accounts: 5_000, rounds: 3 },
  devices: { copies: 100_000, accounts: 5_000, rounds: 1 },
  spools: [10, 10_000, 1_000_000],
  replay: { messages: 12_000, rounds: 3 },
  room: { occupants: 1_000 },
  peers: { messages: 4_000 },
  cost: { messages: 8_000, rounds: 1 },
};

export const FULL: Sizes = {
  intake: { copies: 400_000, accounts: 10_000, rounds: 3 },
  devices: { copies: 400_000, accounts: 10_000, rounds: 3 },
  spools: [10, 10_000, 1_000_000, 10_000_000],
  replay: { messages: 100_000, rounds: 3 },
  room: { occupants: 1_000 },
  peers: { messages: 10_000 },
  cost: { messages: 50_000, rounds: 3 },
};
