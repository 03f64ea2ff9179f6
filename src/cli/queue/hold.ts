import { onSpool, type SpoolConfig } from '../../control/reach.js';
import { whoIsThis } from '../../control/who.js';
import type { Hold } from '../../spool/on-hold.js';
import { SpoolReader } from '../../spool/spool-reader.js';
import { parseJid } from '../../xmpp/jid.js';
import { duration, moment, printable, utc } from '../format.js';
import { type Listing, list } from '../listing.js';
import type { Output } from '../output.js';
import { type Terminal, terminal } from '../terminal.js';
import { UsageError } from '../usage.js';

/**
 * Reads whom a hold is of: an account, a device (a full JID) or a domain.
 * @param hosts the vhosts served: a word that is no such vhost was to be an account
 * @returns it as it is known
 * @throws UsageError where it is none
 */
export function readHeld(text: string, hosts: ReadonlySet<string>): string {
  const jid = parseJid(text);
  const [host = 'example.org'] = hosts;
  if (jid !== null && jid.full === jid.domain && !jid.domain.includes('.') && !hosts.has(jid.domain))
    throw new UsageError(`"${text}" is no vhost that is served; an account is written ${text}@${host}`);
  if (jid !== null && (jid.local !== '' || jid.resource === '')) return jid.full;
  throw new UsageError(
    `"${text}" is no account, device or domain; write user@example.org, user@example.org/phone or example.org`,
  );
}

/** Keeps back what is owed to somebody, by the daemon where one runs, else in the spool itself. */
export async function queueHold(config: SpoolConfig, jid: string, json: boolean, out: Output): Promise<void> {
  const isNew = await onSpool(config, spool => spool.ask('hold', { jid, by: whoIsThis() }));
  if (json) return out.line(JSON.stringify({ jid, on_hold: true, changed: isNew }));
  const name = printable(jid);
  await out.line(
    isNew
      ? `${name} is on hold: respool keeps what is owed, and sends nothing, until respool queue release ${name}. ` +
          "ejabberd's own deliveries go on."
      : `${name} is on hold already`,
  );
}

/**
 * Lets what was kept back go on.
 * @returns the exit code: 1 where it was not on hold
 */
export async function queueRelease(
  config: SpoolConfig,
  jid: string,
  json: boolean,
  out: Output,
): Promise<number> {
  const done = await onSpool(config, spool => spool.ask('release', { jid, by: whoIsThis() }));
  const others = done ? [] : holdsOver(config.spool.path, jid);
  if (json) await out.line(JSON.stringify({ jid, on_hold: false, changed: done }));
  else if (done)
    await out.line(`${printable(jid)} is released: what is owed goes on, and has a day at least`);
  else {
    const hint =
      others.length === 0 ? '' : `; on hold there: ${others.map(one => printable(one)).join(', ')}`;
    await out.line(`${printable(jid)} is not on hold${hint}`);
  }
  return done ? 0 : 1;
}

/** What else keeps it back, or a part of it: one is released by the name by which it was held. */
function holdsOver(spoolPath: string, text: string): string[] {
  const reader = SpoolReader.open(spoolPath);
  try {
    const jid = parseJid(text);
    const holds = reader.holds().map(one => one.jid);
    return holds.filter(one => one === jid?.bare || one === jid?.domain || one.startsWith(`${text}/`));
  } finally {
    reader.close();
  }
}

/** Prints what is on hold. */
export async function queueHolds(spoolPath: string, json: boolean, out: Output): Promise<void> {
  const reader = SpoolReader.open(spoolPath);
  try {
    await list(reader.holds(), listing(Date.now(), terminal()), json, out);
  } finally {
    reader.close();
  }
}

function listing(now: number, on: Terminal | null): Listing<Hold> {
  return {
    width: on?.columns,
    columns: [{ title: 'ON HOLD', flexible: true }, { title: 'SINCE' }, { title: 'BY', flexible: true }],
    cells: ({ jid, since, by }) => [
      printable(jid),
      on === null ? moment(since) : `${duration(Math.max(0, now - since))} ago`,
      printable(by),
    ],
    json: ({ jid, since, by }) => ({ jid, since: utc(since), by }),
    total: count => (count === 0 ? 'nothing is on hold' : `${count} on hold; respool queue release ends it`),
  };
}
