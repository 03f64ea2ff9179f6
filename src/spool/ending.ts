import type { Account } from './accounts.js';
import type { Outcome } from './content.js';
import type { Holder } from './holder.js';
import type { Parts } from './parts.js';

/** A message of an account leaves without having arrived: nobody holds it any more, and who follows is told. */
export function end(
  parts: Parts,
  account: Account,
  id: number,
  outcome: Exclude<Outcome, 'delivered' | 'replayed'>,
  at: number,
): void {
  parts.holds.letGo(id, account);
  parts.journal.note(outcome, { id, at });
  parts.messages.end(account, id, outcome, at);
}

/** Tells who follows what a session was sent, or has proved. */
export function noteFor(
  parts: Parts,
  { account, device, jid }: Holder,
  kind: 'replayed' | 'proved',
  ids: readonly number[],
  at: number,
  by: 'ejabberd' | 'respool' | null = null,
): void {
  if (!parts.journal.isOn) return;
  for (const id of ids) {
    const noted = { id, at, device: device?.resource ?? null, jid, by };
    parts.journal.note(kind, noted, undefined, account.jid);
  }
}
