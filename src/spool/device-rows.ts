import type { Database } from 'better-sqlite3';
import { isAmong } from './is-on-hold.js';
import { PAGE } from './pendings.js';

export interface DeviceRow {
  account: string;
  resource: string;
  online: boolean;
  priority: number;
  /** Does it answer pings? */
  answers: boolean;
  firstSeen: number;
  lastSeen: number;
  /** It was seen to get carbon copies. */
  carbons: boolean;
  /** It was seen to catch up from the archive. */
  mam: boolean;
  /** How many pings it has answered, and how fast, on average and in ms (null before the first). */
  proofs: number;
  proofMs: number | null;
  /** It was seen once, and is soon forgotten. */
  probation: boolean;
  /** Messages owed to this device. */
  pending: number;
  /** Somebody keeps back what is owed to it, by hand. */
  onHold: boolean;
}

type Flags = 'online' | 'answers' | 'carbons' | 'mam' | 'probation';

/** Reads the devices, a page at a time. */
export class DeviceRowsReader {
  readonly #select;

  constructor(db: Database) {
    this.#select = db.prepare<[object], Omit<DeviceRow, Flags | 'onHold'> & Record<Flags | 'id', number>>(`
      SELECT device.id, jid AS account, resource, online, priority, NOT mute AS answers, first_seen AS firstSeen,
        last_seen AS lastSeen, carbons, mam, probation, proofs, proof_ms AS proofMs,
        (SELECT count(*) FROM message
          WHERE id IN (SELECT message FROM account_message AS one WHERE one.account = device.account)
            AND (owed >> slot) & 1)
        + (SELECT count(*) FROM room_member AS member
            JOIN room_message AS said ON said.room = member.room AND said.id > member.cursor
          WHERE member.device = device.id
            AND NOT EXISTS (SELECT 1 FROM room_proved WHERE room_proved.member = member.id AND message = said.id))
        AS pending
      FROM account JOIN device ON device.account = account.id
      WHERE (@account IS NULL OR jid = @account) AND jid >= @jid AND (jid, device.id) > (@jid, @id)
      ORDER BY jid, device.id LIMIT @limit`);
  }

  /** The devices, of all accounts or of one, by account. @param holds names that are on hold */
  *read(holds: ReadonlySet<string>, account?: string): Generator<DeviceRow> {
    for (let [jid, id] = ['', 0]; ; ) {
      const rows = this.#select.all({ account: account ?? null, jid, id, limit: PAGE });
      for (const { id: _, ...row } of rows) {
        const { online, answers, carbons, mam, probation } = row;
        yield {
          ...row,
          online: online === 1,
          answers: answers === 1,
          carbons: carbons === 1,
          mam: mam === 1,
          probation: probation === 1,
          onHold: isAmong(holds, row.account, row.resource),
        };
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return;
      [jid, id] = [last.account, last.id];
    }
  }
}
