import type { Database } from 'better-sqlite3';
import type { Accounts } from './accounts.js';
import type { Holds } from './holds.js';
import type { Journal } from './journal.js';
import type { Messages } from './messages.js';
import type { RemoteMessages } from './remote.js';
import type { Rooms } from './rooms.js';

interface Parts {
  accounts: Accounts;
  messages: Messages;
  rooms: Rooms;
  remote: RemoteMessages;
  holds: Holds;
  journal: Journal;
}

/** Messages that cannot be sent: set aside, with a line about each that says why. */
export class Refusals {
  readonly #parts: Parts;
  readonly #statements;

  constructor(db: Database, parts: Parts) {
    this.#parts = parts;
    this.#statements = {
      account: db
        .prepare<[number], string>(
          'SELECT jid FROM message JOIN account ON account.id = message.account WHERE message.id = ?',
        )
        .pluck(),
      // the line that was written last is about it
      explain: db.prepare<[number, string]>(
        'INSERT OR REPLACE INTO refusal SELECT ?, max(id), ? FROM undelivered',
      ),
    };
  }

  /**
   * Ends a message of any kind, for all who are owed it.
   * @param reason why it cannot be sent; nothing that it says
   */
  refuse(id: number, reason: string, at: number): void {
    const { accounts, messages, rooms, remote, holds, journal } = this.#parts;
    const jid = this.#statements.account.get(id);
    const described = journal.describe(id);
    if (jid !== undefined) messages.end(accounts.findOrAdd(jid), id, 'refused', at);
    else if (!rooms.refuse(id, at) && !remote.refuse(id, at)) return;
    holds.letGoOfAll(id);
    journal.note('refused', { id, at }, described);
    this.#statements.explain.run(id, reason);
  }
}
