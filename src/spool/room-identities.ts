import type { Database } from 'better-sqlite3';
import { insideMucSub } from '../tap/mucsub.js';
import { mucSubIdentity } from '../tap/mucsub-identity.js';
import { RoomNames } from '../tap/room-names.js';
import { parseJid } from '../xmpp/jid.js';
import { readPayload } from '../xmpp/payload.js';

/** Rows read at once. */
const PAGE = 500;

interface Stored {
  id: number;
  sender: string;
  stanzaId: string | null;
  payload: string;
}

/**
 * A migration: until now a message of a room was known by one name, and a subscriber's copy of it by the account's. Each
 * gets the name that all copies of it share. What the room had given an id is known by that.
 */
export function giveRoomIdentities(db: Database): void {
  const ofRooms = rename(db, 'room_message', "key NOT LIKE 'id %'");
  ofRooms(({ sender, stanzaId, payload }) => identityIn(payload, sender, stanzaId));
  const ofUsers = rename(db, 'message', "instr(sender, '/') = 0");
  ofUsers(({ sender, payload }) => {
    const message = readPayload(payload, { from: sender });
    const said = message === null ? undefined : insideMucSub(message);
    const occupant = parseJid(said?.attrs.from);
    if (said === undefined || occupant === null) return null;
    return mucSubIdentity(new RoomNames(said, occupant).identity, occupant.bare);
  });
}

/** What a stored message of a room shares with equal ones; see roomIdentityOf. null: it cannot be read. */
export function identityIn(payload: string, sender: string, stanzaId: string | null): string | null {
  const message = readPayload(payload, { from: sender, id: stanzaId ?? undefined });
  const occupant = parseJid(sender);
  return message === null || occupant === null ? null : new RoomNames(message, occupant).identity;
}

/** @returns gives rows of a table their identity by what is in them; null leaves it as it is */
function rename(db: Database, table: 'message' | 'room_message', where: string) {
  const page = db.prepare<[number, number], Stored>(`
    SELECT id, sender, stanza_id AS stanzaId, payload FROM ${table} WHERE ${where} AND id > ? ORDER BY id LIMIT ?`);
  const change = db.prepare<[string, number]>(`UPDATE ${table} SET identity = ? WHERE id = ?`);
  return (identityOf: (stored: Stored) => string | null) => {
    for (let rows = page.all(0, PAGE); rows.length > 0; rows = page.all(rows.at(-1)?.id ?? 0, PAGE)) {
      for (const stored of rows) {
        const identity = identityOf(stored);
        if (identity !== null) change.run(identity, stored.id);
      }
    }
  };
}
