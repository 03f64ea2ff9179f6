import { end } from './ending.js';
import type { Kinds } from './held.js';
import type { Parts } from './parts.js';

/** Reads and evicts by the parts that have them. */
export function kindsOf(parts: Parts): Kinds {
  const { accounts, messages, rooms, remote } = parts;
  return {
    users: {
      weights: messages.weights,
      nameOf: account => messages.stored.nameOf(account),
      heldBy: (account, limit) => messages.stored.heldBy(account, limit),
      evict: (id, account, at) =>
        end(parts, accounts.findOrAdd(messages.stored.nameOf(account)), id, 'evicted', at),
    },
    rooms: {
      weights: rooms.holdings.weights,
      nameOf: room => rooms.nameOf(room),
      heldBy: (room, limit) => rooms.heldBy(room, limit),
      evict: (id, _, at) => rooms.evict(id, at),
    },
    servers: {
      weights: remote.rows.holdings.weights,
      nameOf: domain => domain,
      heldBy: (domain, limit) => remote.heldBy(domain, limit),
      evict: (id, _, at) => remote.evict(id, at),
    },
  };
}
