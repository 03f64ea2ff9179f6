import type { Account } from './accounts.js';
import type { Before, HeldBy } from './content.js';
import type { Parts } from './parts.js';
import type { MessageRecord } from './record.js';
import { ACCOUNT_SLOT, slotsOf } from './slots.js';

/**
 * Makes room for what another respool holds, which has seen all that this one missed: what was here before goes, without
 * a line or a count of the lost, for the other knows what became of it.
 */
export class Refill {
  readonly #parts: Parts;
  readonly #statements;

  constructor(parts: Parts) {
    this.#parts = parts;
    const { db } = parts;
    const before = 'id <= @upTo AND (id < @keepFrom OR id > @keepTo)';
    this.#statements = {
      account: db
        .prepare<[number], string>(
          'SELECT jid FROM message JOIN account ON account.id = message.account WHERE message.id = ?',
        )
        .pluck(),
      inRooms: db.prepare<[], number>('SELECT DISTINCT device FROM room_member').pluck(),
      messages: db.prepare<[object], { id: number; jid: string }>(`
        SELECT old.id, jid FROM (SELECT id, account FROM message WHERE ${before} ORDER BY id LIMIT @limit) AS old
          JOIN account ON account.id = old.account`),
    };
  }

  /** Who is believed to have which of these messages, without proof yet. */
  held(ids: readonly number[]): HeldBy[] {
    return ids.flatMap((id): HeldBy[] => {
      const account = this.#accountOf(id);
      if (account === undefined) return [{ id, jid: null }];
      return this.#parts.holds.holdersOf(id, account).flatMap(({ device }) => {
        return device === null ? [] : [{ id, jid: `${account.jid}/${device.resource}` }];
      });
    });
  }

  /**
   * Of messages that came from the other respool some are owed to fewer there now: the others have proved them.
   * @returns how many were owed to more here
   */
  narrow(all: readonly { id: number; owed: MessageRecord['owed'] | null }[], at: number): number {
    let narrowed = 0;
    for (const { id, owed } of all) {
      const account = this.#accountOf(id);
      if (account === undefined) continue;
      const left = account.devices.filter(({ resource }) => owed?.devices.includes(resource) !== true);
      const slots = left.map(({ slot }) => slot);
      const had = slotsOf(owed?.account === true ? slots : [ACCOUNT_SLOT, ...slots]);
      if (this.#parts.messages.settle(account, id, had, 'live', at)) narrowed++;
    }
    return narrowed;
  }

  #accountOf(id: number): Account | undefined {
    const jid = this.#statements.account.get(id);
    return jid === undefined ? undefined : this.#parts.accounts.find(jid);
  }

  /** No device belongs to a room any more, and nothing that was said in one is kept. */
  clearRooms(): number {
    const devices = this.#statements.inRooms.all();
    for (const device of devices) this.#parts.rooms.members.forgetDevice(device);
    return devices.length;
  }

  /** Forgets messages of users and to other servers, so many at most. Returns how many there were. */
  clear(before: Before, limit: number): number {
    const { accounts, holds, messages, remote } = this.#parts;
    const rows = this.#statements.messages.all({ ...before, limit });
    for (const { id, jid } of rows) {
      const account = accounts.find(jid);
      if (account === undefined) continue;
      this.#parts.journal.cleared(id);
      holds.letGo(id, account);
      messages.forget(account, id);
    }
    return rows.length + remote.forgetBefore(before, limit - rows.length);
  }
}
