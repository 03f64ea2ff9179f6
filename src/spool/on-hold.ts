import type { Database } from 'better-sqlite3';
import { domainInSql, isAmong, REMOTE_ON_HOLD } from './is-on-hold.js';
import type { HoldRecord } from './record.js';

/** Whose messages somebody keeps back by hand, until they are released. Times in ms since 1970. */
export interface Hold {
  /** An account, a device (a full JID) or a domain. */
  jid: string;
  since: number;
  /** Who wanted it. */
  by: string;
}

/** What was on hold has so long after its release, in ms, though its time may have ended meanwhile. */
export const RESPITE = 86_400_000;

/** What is on hold, by hand: it is kept and does not expire, and respool sends it to nobody. */
export class OnHold {
  readonly #statements;
  /** Those on hold, and those released a while ago, with when. */
  readonly #jids: Map<string, number | null>;
  readonly #held = new Set<string>();

  constructor(db: Database) {
    this.#statements = prepare(db);
    this.#jids = new Map(this.#statements.all.all());
    for (const [jid, releasedAt] of this.#jids) if (releasedAt === null) this.#held.add(jid);
  }

  /** Nothing is to be looked at. */
  get isEmpty(): boolean {
    return this.#jids.size === 0;
  }

  /** Returns false where it was on hold already. */
  put({ jid, since, by }: Hold): boolean {
    if (this.#held.has(jid)) return false;
    this.#statements.put.run({ jid, since, by });
    this.#jids.set(jid, null);
    this.#held.add(jid);
    return true;
  }

  /** Returns false where it was not on hold. */
  release(jid: string, at: number): boolean {
    if (!this.#held.delete(jid)) return false;
    this.#statements.release.run(at, jid);
    this.#jids.set(jid, at);
    return true;
  }

  /** As another spool has it: the later of what was done there and here counts. Returns false where nothing changes. */
  restore({ jid, since, by, released_at: releasedAt }: HoldRecord): boolean {
    if (releasedAt === null) return (this.#jids.get(jid) ?? 0) < since && this.put({ jid, since, by });
    return (this.#statements.since.get(jid) ?? releasedAt) < releasedAt && this.release(jid, releasedAt);
  }

  /** Is a device of the account, or the account as a whole (null), on hold, so that respool sends it nothing? */
  has(account: string, resource: string | null): boolean {
    return isAmong(this.#held, account, resource);
  }

  /** Does what is owed to it not expire? So it is on hold, and for a while after that. */
  lasts(account: string, resource: string | null): boolean {
    return isAmong(this.#jids, account, resource);
  }

  /** What was said in rooms, or is for other servers, and has expired though it is on hold, gets more time. */
  prolong(judgedAt: number): void {
    if (this.isEmpty) return;
    const times = { judgedAt, until: judgedAt + RESPITE };
    this.#statements.prolongSaid.run(times);
    this.#statements.prolongRemote.run(times);
  }

  /** An account is to be known no more. */
  forget(account: string): void {
    for (const jid of [...this.#jids.keys()]) {
      if (jid === account || jid.startsWith(`${account}/`)) this.#remove(jid);
    }
  }

  /** What was released long ago expires as any. */
  sweep(at: number): void {
    for (const [jid, releasedAt] of this.#jids) {
      if (releasedAt !== null && releasedAt <= at - RESPITE) this.#remove(jid);
    }
  }

  #remove(jid: string): void {
    this.#statements.remove.run(jid);
    this.#jids.delete(jid);
    this.#held.delete(jid);
  }
}

function prepare(db: Database) {
  return {
    all: db.prepare<[], [string, number | null]>('SELECT jid, released_at FROM on_hold').raw(),
    since: db.prepare<[string], number>('SELECT since FROM on_hold WHERE jid = ?').pluck(),
    put: db.prepare<[Hold]>(`
      INSERT INTO on_hold (jid, since, by) VALUES (@jid, @since, @by)
      ON CONFLICT DO UPDATE SET since = excluded.since, by = excluded.by, released_at = NULL`),
    release: db.prepare<[number, string]>('UPDATE on_hold SET released_at = ? WHERE jid = ?'),
    remove: db.prepare<[string]>('DELETE FROM on_hold WHERE jid = ?'),
    prolongSaid: db.prepare<[object]>(`
      UPDATE room_message SET expires_at = @until WHERE expires_at <= @judgedAt AND EXISTS (
        SELECT 1 FROM room_member AS member JOIN device ON device.id = member.device
          JOIN account ON account.id = device.account
          JOIN on_hold ON on_hold.jid IN (account.jid, account.jid || '/' || resource, ${domainInSql('account.jid')})
        WHERE member.room = room_message.room AND member.cursor < room_message.id)`),
    prolongRemote: db.prepare<[object]>(`
      UPDATE remote_message SET expires_at = @until
      WHERE state > 0 AND expires_at <= @judgedAt AND ${REMOTE_ON_HOLD('remote_message', 'true')}`),
  };
}
