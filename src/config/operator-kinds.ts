import { isAbsolute } from 'node:path';
import type { HeartbeatSettings } from '../alerts/heartbeat.js';
import { parseJid } from '../xmpp/jid.js';
import { parsePattern } from '../xmpp/jid-pattern.js';
import { isSection } from './document.js';
import { duration, type Kind } from './kinds.js';

/** The same kind, or `false` for none. */
export function orNone<T>(kind: Kind<T>): Kind<T | null> {
  return {
    allowed: `${kind.allowed}; or false for none`,
    read: value => (value === false ? null : kind.read(value)),
  };
}

/** JIDs of people: user@example.org, without a resource. */
export const accounts: Kind<ReadonlySet<string>> = {
  allowed: 'a list of bare JIDs, such as [admin@example.org]',
  read: value =>
    listOf(value, one => {
      const jid = parseJid(one);
      return jid !== null && jid.local !== '' && jid.resource === '' ? jid.bare : undefined;
    }),
};

/** JIDs of sessions: a full JID, or a bare one for all its sessions, both with `*` for any characters. */
export const sessions: Kind<ReadonlySet<string>> = {
  allowed:
    'a list of JIDs in which * stands for any characters, such as `["*/go-sendxmpp.*", "bot@example.org"]`; without a resource an account is meant',
  read: value => listOf(value, parsePattern),
};

/** Where people are reached (XEP-0157). */
export const addresses: Kind<ReadonlySet<string>> = {
  allowed: 'a list of URIs, such as ["xmpp:admin@example.org", "mailto:admin@example.org"]',
  read: value => listOf(value, one => (/^[a-z][a-z0-9+.-]*:\S+$/i.test(one) ? one : undefined)),
};

/** A part of the whole, read as a number from 0 to 1. */
export const percentage: Kind<number> = {
  allowed: 'a percentage, such as 99.5 or "99.5%"',
  read(value) {
    const [, digits] = /^(\d+(?:\.\d+)?)\s*%?$/.exec(String(value)) ?? [];
    const part = Number(digits) / 100;
    return part > 0 && part <= 1 ? part : undefined;
  },
};

/** A URL, alone or with how often it is called. It is never more often than once a minute. */
export const heartbeat: Kind<HeartbeatSettings> = {
  allowed:
    'an http or https URL, or {url: URL, every: DURATION} with 1m (as without it) to 1d, such as {url: "https://example.org/ping", every: 5m}',
  read(value) {
    const given = typeof value === 'string' ? { url: value } : value;
    if (!isSection(given) || !Object.keys(given).every(name => ['url', 'every'].includes(name)))
      return undefined;
    const url = typeof given.url === 'string' && URL.canParse(given.url) ? new URL(given.url) : undefined;
    const every = often.read(given.every ?? '1m');
    if (url === undefined || !['http:', 'https:'].includes(url.protocol) || every === undefined)
      return undefined;
    return { url: url.href, every };
  },
};

const often = duration('1m', '1d');

/** A program and its arguments. */
export const program: Kind<readonly string[]> = {
  allowed:
    'the absolute path of a program, or a list of it and its arguments, such as [/usr/bin/mail, -s, respool, admin]',
  read(value) {
    const words = typeof value === 'string' ? [value] : value;
    if (!Array.isArray(words) || !words.every(word => typeof word === 'string')) return undefined;
    const [path] = words;
    return path !== undefined && isAbsolute(path) && !words.join('').includes('\0') ? words : undefined;
  },
};

function listOf(value: unknown, read: (one: string) => string | undefined): ReadonlySet<string> | undefined {
  if (!Array.isArray(value)) return undefined;
  const all = value.map(one => (typeof one === 'string' ? read(one) : undefined));
  return all.includes(undefined) ? undefined : new Set(all as string[]);
}
