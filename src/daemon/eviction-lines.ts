import { bytes, printable } from '../cli/format.js';
import type { Evicted, Quota, Told } from '../spool/evictions.js';

/** How the log names each limit: by its key in the config, or by what `respool help queue` says of it. */
const LIMITS: Record<Quota, string> = {
  max_size: 'spool.max_size',
  max_per_account: 'spool.max_per_account',
  max_size_per_account: 'spool.max_size_per_account',
  max_per_sender: 'spool.max_per_sender',
  max_per_room: 'rooms.max_per_room',
  size_of_room: 'the part of spool.max_size that one room may have',
  size_of_device: 'the part of spool.max_size that one device may be owed in its rooms',
  size_of_server: 'the part of spool.max_size that one server may have',
  rooms_of_device: 'the rooms that a device may have',
};

/** What was evicted, for the log: a line for each who had too much, by name, and one for the others. */
export function evictionLines({ bursts, others }: Told): string[] {
  const lines = bursts.map(burst => `${whatOf(burst)}: over ${LIMITS[burst.quota]}`);
  if (others.messages > 0) lines.push(`evicted ${counted(others)} of others too`);
  return lines;
}

function whatOf({ quota, owner, sender, messages, size }: Evicted): string {
  const whose = printable(owner);
  if (quota === 'rooms_of_device')
    return `forgot ${messages} ${messages === 1 ? 'room' : 'rooms'} of ${whose}`;
  return `evicted ${counted({ messages, size })} from ${printable(sender)} to ${whose}`;
}

function counted({ messages, size }: Pick<Evicted, 'messages' | 'size'>): string {
  return `${messages} ${messages === 1 ? 'message' : 'messages'} (${bytes(size)})`;
}
