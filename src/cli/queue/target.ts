import { parseJid } from '../../xmpp/jid.js';
import { readAccount } from '../account.js';
import { UsageError } from '../usage.js';

/** What a command is about: an account, or one message by its id. */
export type Target = { account: string } | { id: number };

/**
 * Reads ACCOUNT|ID.
 * @throws UsageError where it is neither
 */
export function readTarget(text: string): Target {
  if (/^[1-9]\d{0,14}$/.test(text)) return { id: Number(text) };
  if (parseJid(text)?.local === '') {
    throw new UsageError(
      `"${text}" is no account and no id; write user@example.org, or a number that queue list shows`,
    );
  }
  return { account: readAccount(text) ?? text };
}
