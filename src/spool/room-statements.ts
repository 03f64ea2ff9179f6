import type { Database } from 'better-sqlite3';
import type { Taken } from './content.js';
import type { Held } from './held.js';
import { LONGEST_ID } from './lines.js';
import { SUM_OF_WEIGHTS } from './weight.js';

/** A device that belongs to a room. */
export interface Member {
  readonly id: number;
  readonly room: number;
}

/** What was removed counts no more. */
export interface Removed {
  room: number;
  size: number;
}

/** These columns of what a member is owed, in this order. */
function ofOwed(columns: string, after: string, order: string): string {
  return `
    SELECT ${columns}
    FROM room_message AS message JOIN room ON room.id = message.room JOIN room_member AS member ON member.id = @member
    WHERE message.room = @room AND message.id > member.cursor AND ${after} AND message.id <= @upTo
      AND expires_at > @at
      AND NOT EXISTS (SELECT 1 FROM room_proved WHERE member = @member AND message = message.id)
    ORDER BY ${order} LIMIT @limit`;
}

/** What is said in a room and a member is owed. */
const IS_OWED = `room = @room AND message.id > (SELECT cursor FROM room_member WHERE id = @id)
  AND NOT EXISTS (SELECT 1 FROM room_proved WHERE member = @id AND message = message.id)`;

export type RoomStatements = ReturnType<typeof prepare>;

/** What is asked of the tables of rooms, and written to them. */
export function prepare(db: Database) {
  return {
    findRoom: db.prepare<[string], number>('SELECT id FROM room WHERE jid = ?').pluck(),
    addRoom: db
      .prepare<[string, number], number>('INSERT INTO room (jid, heard_at) VALUES (?, ?) RETURNING id')
      .pluck(),
    membersSince: db.prepare<[string, number], Member>(`
      SELECT room_member.id, room FROM room_member JOIN room ON room.id = room WHERE jid = ? AND room_member.id > ?`),
    restoreRoom: db.prepare('INSERT INTO room (jid, last_id, heard_at) VALUES (@jid, @lastId, @heardAt)'),
    memberFor: db.prepare<[object], Member>(`
      SELECT room_member.id, room FROM room_member
      WHERE device = @device AND room = (SELECT room FROM room_message WHERE id = @id)`),
    keepLine: db.prepare(`
      INSERT INTO undelivered (account, sender, type, stanza_id, received_at, ended_at, outcome)
      SELECT @account, sender, 'groupchat', substr(stanza_id, 1, ${LONGEST_ID}), received_at, @at, @outcome FROM room_message WHERE id = @id`),
    said: db.prepare<[number], { room: number; jid: string; size: number }>(
      'SELECT room, room.jid, size FROM room_message AS said JOIN room ON room.id = said.room WHERE said.id = ?',
    ),
    jid: db.prepare<[number], string>('SELECT jid FROM room WHERE id = ?').pluck(),
    heldBy: db.prepare<[number, number], Held>(
      'SELECT id, sender, size FROM room_message WHERE room = ? ORDER BY id LIMIT ?',
    ),
    weights: db
      .prepare<[], [number, number]>(`SELECT room, ${SUM_OF_WEIGHTS} FROM room_message GROUP BY room`)
      .raw(),
    removeSaid: db.prepare<[number]>('DELETE FROM room_message WHERE id = ?'),
    heard: db.prepare('UPDATE room SET last_id = @archiveId, heard_at = @at WHERE jid = @jid'),
    close: db.prepare('UPDATE room SET last_id = @last WHERE jid = @jid AND last_id IS @after'),
    removeRoom: db.prepare(`
      DELETE FROM room WHERE id = @room AND NOT EXISTS (SELECT 1 FROM room_member WHERE room = @room)
        AND NOT EXISTS (SELECT 1 FROM room_message WHERE room = @room)`),
    member: db
      .prepare<[number, number], number>('SELECT id FROM room_member WHERE device = ? AND room = ?')
      .pluck(),
    expelled: db.prepare<[object], Member & { device: number }>(`
      SELECT room_member.id, room, device FROM room
        JOIN room_member ON room_member.room = room.id
        JOIN device ON device.id = device JOIN account ON account.id = device.account
      WHERE room.jid = @jid AND (@account IS NULL OR account.jid = @account)
        AND (@resource IS NULL OR resource = @resource)`),
    membersOf: db.prepare<[number], Member>('SELECT id, room FROM room_member WHERE device = ?'),
    addMember: db
      .prepare<[object], number>(
        'INSERT INTO room_member (room, device, nick, cursor) VALUES (@room, @device, @nick, @lastId) RETURNING id',
      )
      .pluck(),
    rename: db.prepare('UPDATE room_member SET nick = @nick WHERE id = @id AND nick IS NOT @nick'),
    removeMember: db.prepare<[number]>('DELETE FROM room_member WHERE id = ?'),
    add: db.prepare(`
      INSERT INTO room_message VALUES (@id, @room, @key, @from, @stanzaId, @lang, @payload, @receivedAt, @stamp,
        @expiresAt, @size, @identity)`),
    owed: db.prepare<[object], Taken>(
      ofOwed(
        `message.id, 'room' AS "as", sender AS "from", room.jid AS "to", 'groupchat' AS type,
        stanza_id AS stanzaId, lang, payload, stamp`,
        '(stamp, message.id) > (@afterStamp, @after)',
        'stamp, message.id',
      ),
    ),
    owedIds: db.prepare<[object], number>(ofOwed('message.id', 'message.id > @after', 'message.id')).pluck(),
    prove: db.prepare(`
      INSERT OR IGNORE INTO room_proved (member, message)
      SELECT id, @message FROM room_member WHERE id = @id AND cursor < @message`),
    moveUp: db.prepare('UPDATE room_member SET cursor = @cursor WHERE id = @id AND cursor < @cursor'),
    // to the last one before the first that is not proved
    advance: db.prepare(`
      UPDATE room_member SET cursor = max(cursor, coalesce(
        (SELECT min(message.id) - 1 FROM room_message AS message
          WHERE message.room = @room AND message.id > room_member.cursor
            AND NOT EXISTS (SELECT 1 FROM room_proved WHERE member = @member AND message = message.id)),
        (SELECT max(message) FROM room_proved WHERE member = @member), 0))
      WHERE id = @member`),
    tidy: db.prepare<[number, number]>(
      'DELETE FROM room_proved WHERE member = ? AND message <= (SELECT cursor FROM room_member WHERE id = ?)',
    ),
    forgetProved: db.prepare<[number]>('DELETE FROM room_proved WHERE member = ?'),
    expire: db.prepare<[number], Removed>(
      'DELETE FROM room_message WHERE expires_at <= ? RETURNING room, size',
    ),
    removeProved: db.prepare<[object], Removed>(`
      DELETE FROM room_message WHERE room = @room
        AND id <= coalesce((SELECT min(cursor) FROM room_member WHERE room = @room), 9007199254740991)
      RETURNING room, size`),
    holding: db
      .prepare<[number], [number, number]>(
        `SELECT count(*), ${SUM_OF_WEIGHTS} FROM room_message WHERE room = ?`,
      )
      .raw(),
    devicesIn: db.prepare<[number], number>('SELECT device FROM room_member WHERE room = ?').pluck(),
    nameOfDevice: db
      .prepare<[number], string>(
        "SELECT jid || '/' || resource FROM device JOIN account ON account.id = account WHERE device.id = ?",
      )
      .pluck(),
    owedTo: db
      .prepare<[object], [number, number | null]>(
        `SELECT count(*), ${SUM_OF_WEIGHTS} FROM room_message AS message WHERE ${IS_OWED}`,
      )
      .raw(),
    heldFor: db.prepare<[object], Held>(
      `SELECT id, sender, size FROM room_message AS message WHERE ${IS_OWED} ORDER BY id LIMIT @limit`,
    ),
    size: db.prepare<[number], number>('SELECT size FROM room_message WHERE id = ?').pluck(),
    // those beyond so many, the ones that it joined first
    beyond: db.prepare<[number, number], Member>(
      'SELECT id, room FROM room_member WHERE device = ? ORDER BY id DESC LIMIT -1 OFFSET ?',
    ),
  };
}
