import { bytes, printable } from '../cli/format.js';
import type { Evicted, Told } from '../spool/evictions.js';

/** What was evicted, for the log: a line for each who had too much, by name, and one for the others. */
export function evictionLines({ bursts, others }: Told): string[] {
  const lines = bursts.map(
    ({ quota, owner, sender, messages, size }) =>
      `evicted ${counted({ messages, size })} from ${printable(sender)} to ${printable(owner)}: over spool.${quota}`,
  );
  if (others.messages > 0) lines.push(`evicted ${counted(others)} of others too`);
  return lines;
}

function counted({ messages, size }: Pick<Evicted, 'messages' | 'size'>): string {
  return `${messages} ${messages === 1 ? 'message' : 'messages'} (${bytes(size)})`;
}
