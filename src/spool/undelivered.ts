import type { Database } from 'better-sqlite3';
import { PAGE } from './pendings.js';

/** The line that is kept about what left without having been delivered. */
export interface Undelivered {
  /** A full JID where others of the account may have got it. */
  account: string;
  from: string;
  type: string;
  stanzaId: string | null;
  receivedAt: number;
  endedAt: number;
  outcome: string;
  /** Why it could not be sent, and its id then. */
  reason: string | null;
  message: number | null;
}

/** Whose lines are meant, and of what left since a moment and before another. Times in ms since 1970. */
export interface UndeliveredFilter {
  account?: string | undefined;
  since?: number | undefined;
  until?: number | undefined;
}

/** Reads the lines about what left without having been delivered. */
export class UndeliveredReader {
  readonly #statements;

  constructor(db: Database) {
    this.#statements = prepare(db);
  }

  /** The line about a message that could not be sent. */
  of(id: number): Undelivered | undefined {
    return this.#statements.refusal.get(id);
  }

  /** What left without having been delivered, the latest first; so much of it. */
  *read({ account, since, until }: UndeliveredFilter, limit: number): Generator<Undelivered> {
    for (let [before, left] = [Number.MAX_SAFE_INTEGER, limit]; left > 0; left -= PAGE) {
      const times = { since: since ?? null, until: until ?? null };
      const page = { before, account: account ?? null, ...times, limit: Math.min(PAGE, left) };
      const rows = this.#statements.undelivered.all(page);
      for (const { id: _, ...line } of rows) yield line;
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return;
      before = last.id;
    }
  }
}

const LINE = `
  account, sender AS "from", coalesce(type, 'normal') AS type, stanza_id AS stanzaId, received_at AS receivedAt,
  ended_at AS endedAt, outcome, reason, message`;

function prepare(db: Database) {
  return {
    undelivered: db.prepare<[object], Undelivered & { id: number }>(`
      SELECT id, ${LINE} FROM undelivered LEFT JOIN refusal ON line = undelivered.id
      WHERE id < @before AND (@since IS NULL OR ended_at >= @since) AND (@until IS NULL OR ended_at < @until)
        AND (@account IS NULL OR account = @account OR substr(account, 1, length(@account) + 1) = @account || '/')
      ORDER BY id DESC LIMIT @limit`),
    refusal: db.prepare<[number], Undelivered>(
      `SELECT ${LINE} FROM refusal JOIN undelivered ON undelivered.id = line WHERE message = ?`,
    ),
  };
}
