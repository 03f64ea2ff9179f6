import type { Stored } from '../../spool/history/lines.js';
import type { Wanted } from '../../spool/history/search.js';
import { bareOf, parseJid } from '../../xmpp/jid.js';
import { UsageError } from '../usage.js';

/** What somebody wants to know of. Times in ms since 1970, JIDs in normal form. */
export interface Traced {
  readonly id: number | undefined;
  /** A bare JID, and the device alone that is asked for. */
  readonly account: string | undefined;
  readonly device: string | undefined;
  readonly stanzaId: string | undefined;
  readonly peer: string | undefined;
  readonly since: number | undefined;
  readonly until: number | undefined;
}

/**
 * Reads what `respool trace` is asked for.
 * @param target ACCOUNT|ID
 * @throws UsageError where it is neither, or nothing says what
 */
export function readTraced(
  target: string | undefined,
  options: Pick<Traced, 'stanzaId' | 'peer' | 'since' | 'until'>,
): Traced {
  const nothing = { id: undefined, account: undefined, device: undefined };
  if (target === undefined) {
    if (options.stanzaId === undefined && options.peer === undefined)
      throw new UsageError('say whose messages: respool trace user@example.org, or --id or --with');
    return { ...nothing, ...options };
  }
  if (/^[1-9]\d{0,14}$/.test(target)) return { ...nothing, ...options, id: Number(target) };
  const jid = parseJid(target);
  if (jid === null || jid.local === '') {
    throw new UsageError(
      `"${target}" is no account and no number of a message; write user@example.org, or --id for a stanza id`,
    );
  }
  const device = jid.resource === '' ? undefined : jid.full;
  return { ...nothing, ...options, account: jid.bare, device };
}

/** How the history is searched for it. */
export function searchFor(traced: Traced): Wanted {
  const { id, account, peer, stanzaId } = traced;
  const name = stanzaId ?? account ?? peer;
  return {
    wants: line => isOne(line, traced),
    ...(id === undefined ? {} : { id }),
    ...(name === undefined || id !== undefined ? {} : { name: JSON.stringify(name).slice(1, -1) }),
    // who has what was said in a room is not in the line that tells of it
    ofRooms: account !== undefined && peer === undefined && stanzaId === undefined,
  };
}

function isOne(line: Stored, { id, account, stanzaId, peer, since, until }: Traced): boolean {
  if (id !== undefined) return line.id === id;
  return (
    (stanzaId === undefined || line.stanzaId === stanzaId) &&
    (account === undefined || isOf(line, account)) &&
    (peer === undefined || isOf(line, peer)) &&
    line.at >= (since ?? 0) &&
    line.at < (until ?? Number.POSITIVE_INFINITY)
  );
}

/** Has this JID written it, or is it to get it? Without a resource: any of it. */
function isOf({ account, from, to }: Stored, jid: string): boolean {
  return account === jid || [from, to].some(one => one === jid || bareOf(one) === jid);
}
