import type { Database } from 'better-sqlite3';
import { identityOf } from '../tap/identity.js';
import { insideMucSub } from '../tap/mucsub.js';
import { parseJid } from '../xmpp/jid.js';
import { readPayload } from '../xmpp/payload.js';
import { isUnassigned } from '../xmpp/stringprep.js';
import { mergeAccounts, mergeDevices, mergeRooms } from './merging.js';

type Named = { id: number; name: string };

const NOT_ASCII = "GLOB '*[^ -~]*'";

/**
 * A migration: until now names were lower-cased (ß stayed ß). They get the normal form that ejabberd gives them, and what
 * was two accounts, devices or rooms by that and is one in truth becomes one, with all that was owed to either.
 */
export function giveNormalNames(db: Database): void {
  rename(db, 'account', 'jid', { normal: jidOf, merge: mergeAccounts });
  rename(db, 'device', 'resource', { normal: resourceOf, merge: mergeDevices, within: 'account' });
  rename(db, 'room', 'jid', { normal: jidOf, merge: mergeRooms });
  for (const [table, column, normal] of TEXTS) rewrite(db, table, column, normal);
  renameDomains(db);
  identify(db);
}

/** Names that stand beside others of their kind, and need not be the only ones. */
const TEXTS: readonly (readonly [table: string, column: string, normal: (name: string) => string])[] = [
  ['message', 'room', jidOf],
  ['room_member', 'nick', resourceOf],
  ['undelivered', 'account', jidOf],
  ['remote_message', 'account', jidOf],
  ['remote_message', 'domain', jidOf],
  ['remote_message', 'recipient_account', jidOf],
  ['remote_busy', 'recipient', jidOf],
  ['remote_domain', 'domain', jidOf],
];

interface Renaming {
  normal(name: string): string;
  /** All of `from` becomes `into`'s. */
  merge(db: Database, into: number, from: number): void;
  /** A column: names are the only ones where it is the same. */
  within?: string;
}

function rename(db: Database, table: string, column: string, { normal, merge, within }: Renaming): void {
  const named = db.prepare<[], Named>(
    `SELECT id, ${column} AS name FROM ${table} WHERE ${column} ${NOT_ASCII}`,
  );
  const same = within === undefined ? '' : `AND ${within} = (SELECT ${within} FROM ${table} WHERE id = @id)`;
  const find = db
    .prepare<[object], number>(`SELECT id FROM ${table} WHERE ${column} = @name AND id <> @id ${same}`)
    .pluck();
  const change = db.prepare(`UPDATE ${table} SET ${column} = @name WHERE id = @id`);
  for (const { id, name: old } of named.all()) {
    const name = normal(old);
    if (name === old) continue;
    const other = find.get({ id, name });
    if (other === undefined) change.run({ id, name });
    else merge(db, other, id);
  }
}

function rewrite(db: Database, table: string, column: string, normal: (name: string) => string): void {
  const names = db.prepare<[], string>(
    `SELECT DISTINCT ${column} FROM ${table} WHERE ${column} ${NOT_ASCII}`,
  );
  const change = db.prepare(`UPDATE OR REPLACE ${table} SET ${column} = @name WHERE ${column} = @old`);
  for (const old of names.pluck().all()) {
    const name = normal(old);
    if (name !== old) change.run({ name, old });
  }
}

/** The counters of what is pending at each domain. */
function renameDomains(db: Database): void {
  const counters = db.prepare<[], { name: string; value: number }>(
    `SELECT name, value FROM counter WHERE name LIKE 'domain.%' AND name ${NOT_ASCII}`,
  );
  const add = db.prepare(
    'INSERT INTO counter VALUES (@name, @value) ON CONFLICT DO UPDATE SET value = value + @value',
  );
  const remove = db.prepare('DELETE FROM counter WHERE name = ?');
  for (const { name: old, value } of counters.all()) {
    const name = `domain.${jidOf(old.slice('domain.'.length))}`;
    if (name === old) continue;
    add.run({ name, value });
    remove.run(old);
  }
}

/** What a message is known by has its sender and its account in it. */
function identify(db: Database): void {
  const messages = db.prepare<[], Stored>(`
    SELECT message.id, identity, account.jid AS account, sender, recipient, stanza_id AS stanzaId, payload
    FROM message JOIN account ON account.id = message.account
    WHERE sender ${NOT_ASCII} OR recipient ${NOT_ASCII}`);
  const change = db.prepare('UPDATE message SET identity = ? WHERE id = ?');
  for (const message of messages.all()) change.run(identityOfStored(message), message.id);
  const said = db.prepare<[], Stored>(`
    SELECT said.id, key AS identity, room.jid AS account, sender, room.jid AS recipient, stanza_id AS stanzaId, payload
    FROM room_message AS said JOIN room ON room.id = said.room
    WHERE sender ${NOT_ASCII} AND key NOT LIKE 'id %'`);
  const changeKey = db.prepare('UPDATE OR IGNORE room_message SET key = ? WHERE id = ?');
  for (const message of said.all()) {
    const [old = '', nth = '1'] = message.identity.split('#');
    changeKey.run(`${identityOfStored({ ...message, identity: old })}#${nth}`, message.id);
  }
}

interface Stored {
  id: number;
  identity: string;
  account: string;
  sender: string;
  recipient: string;
  stanzaId: string | null;
  payload: string;
}

function identityOfStored({ identity, account, sender, recipient, stanzaId, payload }: Stored): string {
  const message = readPayload(payload, { from: sender, to: recipient, id: stanzaId ?? undefined });
  if (message === null) return identity;
  const said = insideMucSub(message);
  const from = parseJid(said?.attrs.from ?? sender);
  // of what an account has written, the account of the recipient is in it
  const to = parseJid(recipient)?.bare ?? account;
  return from === null ? identity : identityOf(from.full, to, (said ?? message).attrs.id, said ?? message);
}

/**
 * Puts capitals back that an older respool lower-cased to letters which ejabberd does not know: ejabberd had left these
 * capitals as they were.
 */
function asGiven(name: string): string {
  let given = '';
  for (const character of name) given += isUnassigned(character) ? character.toUpperCase() : character;
  return given;
}

function jidOf(old: string): string {
  return parseJid(asGiven(old))?.full ?? old;
}

function resourceOf(old: string): string {
  return parseJid(`any/${old}`)?.resource ?? old;
}
