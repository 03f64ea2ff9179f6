import type { Database } from 'better-sqlite3';
import type { Gap } from './content.js';

/** Of one room so many are known; the oldest go first. */
const MOST = 5;

/**
 * What was said in rooms while nobody of the vhosts was there, until it has been fetched from their archives: a restart
 * or an archive that does not answer closes none.
 */
export class Gaps {
  readonly #statements;

  constructor(db: Database) {
    this.#statements = {
      // while nothing has been heard since the last one was opened, it is the same
      open: db.prepare<[object]>(`
        INSERT INTO room_gap (room, after, since, last_member, opened_at)
        SELECT id, last_id, heard_at, (SELECT max(id) FROM room_member), @at FROM room
        WHERE jid = @jid AND EXISTS (SELECT 1 FROM room_member WHERE room = room.id)
          AND NOT EXISTS (SELECT 1 FROM room_gap WHERE room = room.id AND before IS NULL)`),
      forgetOldest: db.prepare<[object]>(`
        DELETE FROM room_gap WHERE id IN (SELECT room_gap.id FROM room_gap JOIN room ON room.id = room
          WHERE jid = @jid ORDER BY room_gap.id DESC LIMIT -1 OFFSET ${MOST})`),
      of: db.prepare<[string], Gap>(`
        SELECT room_gap.id, after, since, before, last_member AS lastMember FROM room_gap JOIN room ON room.id = room
        WHERE jid = ? ORDER BY room_gap.id`),
      heard: db.prepare<[string, string]>(`
        UPDATE room_gap SET before = ? WHERE before IS NULL AND room = (SELECT id FROM room WHERE jid = ?)`),
      narrow: db.prepare<[string, number]>('UPDATE room_gap SET before = ? WHERE id = ?'),
      close: db.prepare<[number]>('DELETE FROM room_gap WHERE id = ?'),
      forget: db.prepare<[number]>('DELETE FROM room_gap WHERE opened_at < ?'),
    };
  }

  /** Somebody comes into a room: what its members have missed until now is a gap. Returns all that there are, oldest first. */
  open(jid: string, at: number): Gap[] {
    if (this.#statements.open.run({ jid, at }).changes > 0) this.#statements.forgetOldest.run({ jid });
    return this.of(jid);
  }

  /** Those of a room, oldest first. */
  of(jid: string): Gap[] {
    return this.#statements.of.all(jid);
  }

  /** Something is said in a room, and heard: the gap is before it. @param id the room's of that */
  heard(jid: string, id: string): void {
    this.#statements.heard.run(id, jid);
  }

  /** It is filled. */
  close({ id }: Gap): void {
    this.#statements.close.run(id);
  }

  /** What comes from this message on is filled. */
  narrow({ id }: Gap, before: string): void {
    this.#statements.narrow.run(before, id);
  }

  /** Of what was opened before then nothing is fetched any more. */
  forget(openedBefore: number): void {
    this.#statements.forget.run(openedBefore);
  }
}
