import { type Jid, parseJid } from './jid.js';

/**
 * Reads a pattern of JIDs, in which `*` stands for any characters, and brings it into normal form. Without a resource
 * it means all sessions of an account.
 * @returns undefined where no session's JID can be meant
 */
export function parsePattern(text: string): string | undefined {
  const jid = parseJid(text);
  if (jid === null || (jid.local === '' && !jid.domain.startsWith('*'))) return undefined;
  return jid.full;
}

/** @returns whether a JID is one of those that the patterns mean */
export function matcherOf(patterns: ReadonlySet<string>): (jid: Jid) => boolean {
  if (patterns.size === 0) return () => false;
  const isFull = (pattern: string) => pattern.includes('/');
  const [full, bare] = [
    anyOf([...patterns].filter(isFull)),
    anyOf([...patterns].filter(one => !isFull(one))),
  ];
  return jid => full.test(jid.full) || bare.test(jid.bare);
}

function anyOf(patterns: readonly string[]): RegExp {
  const alternatives = patterns.map(pattern => pattern.split(/\*+/).map(escaped).join('.*'));
  return new RegExp(alternatives.length === 0 ? '(?!)' : `^(?:${alternatives.join('|')})$`, 'su');
}

function escaped(text: string): string {
  return text.replace(/[$()*+.?[\\\]^{|}/]/g, '\\$&');
}
