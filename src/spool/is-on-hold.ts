import { domainOf, parseJid } from '../xmpp/jid.js';

/** In SQL: a message to another server is on hold, as its writer's or as its recipient's. */
export const REMOTE_ON_HOLD = (message: string, among = 'released_at IS NULL') => `EXISTS (
  SELECT 1 FROM on_hold WHERE ${among} AND on_hold.jid IN (${message}.account, ${message}.recipient_account,
    ${message}.domain, ${domainInSql(`${message}.account`)}))`;

/** Is what is owed to this device (null: to the account as a whole) on hold? */
export function isAmong(
  jids: { has(jid: string): boolean; readonly size: number },
  account: string,
  resource: string | null,
): boolean {
  if (jids.size === 0) return false;
  if (jids.has(account) || jids.has(domainOf(account))) return true;
  return resource !== null && jids.has(`${account}/${resource}`);
}

/** As `isAmong`, for a line of the queue: what is for another server is listed under its writer. */
export function isLineAmong(
  jids: { has(jid: string): boolean; readonly size: number },
  { account, resource, to }: { account: string; resource: string | null; to: string },
): boolean {
  if (jids.size === 0) return false;
  if (isAmong(jids, account, resource)) return true;
  const recipient = resource === null ? parseJid(to) : null;
  return recipient !== null && isAmong(jids, recipient.bare, null);
}

/** In SQL: the domain of an account. */
export function domainInSql(account: string): string {
  return `substr(${account}, instr(${account}, '@') + 1)`;
}
