import type { Database } from 'better-sqlite3';
import { parseJid } from '../xmpp/jid.js';

/** Has SQL know `normal_jid(TEXT)`: the JID in normal form, or the text where it is none. */
export function knowNames(db: Database): void {
  db.function('normal_jid', { deterministic: true }, text => parseJid(String(text))?.full ?? text);
}

/**
 * In SQL: a column of JIDs as ejabberd gave them, in normal form. Most are in it, which SQLite sees by itself.
 * It takes `knowNames`.
 */
export function normal(column: string): string {
  const isPlain = `${column} NOT GLOB '*[^ -~]*' AND ${bare(column)} NOT GLOB '*[A-Z]*'`;
  return `iif(${isPlain}, ${column}, normal_jid(${column}))`;
}

/** In SQL: a JID without its resource. */
export function bare(jid: string): string {
  return `substr(${jid}, 1, instr(${jid} || '/', '/') - 1)`;
}
