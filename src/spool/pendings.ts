import type { Database, Statement } from 'better-sqlite3';
import { ACCOUNT, conditionsOf, parametersOf, type QueueFilter } from './filter.js';
import { inOrder } from './order.js';
import { REMOTE_OWED, SAID_OWED } from './owed-sql.js';
import { ACCOUNT_SLOT, hasSlot, slotsOf } from './slots.js';

/** One message still owed to one device, or to the account as a whole (`resource` is null). Times in ms since 1970. */
export interface Pending {
  id: number;
  account: string;
  resource: string | null;
  from: string;
  to: string;
  type: string;
  stanzaId: string | null;
  receivedAt: number;
  expiresAt: number;
  size: number;
  /** Somebody keeps it back by hand: it is not sent, and does not expire. */
  onHold: boolean;
}

/** As it is read. */
type PendingLine = Omit<Pending, 'onHold'>;

/** Rows read at once. Between two pages no transaction is open, so a reader that pauses holds up nobody. */
export const PAGE = 500;

interface MessageRow extends Omit<PendingLine, 'resource'> {
  accountId: number;
  owed: number;
}

interface SaidRow extends PendingLine {
  member: number;
}

/** Reads what is pending, a page at a time. */
export class PendingsReader {
  readonly #db: Database;
  readonly #slots;

  /** @param db with `knowNames` */
  constructor(db: Database) {
    this.#db = db;
    this.#slots = db
      .prepare<[number], [number, string]>(
        'SELECT slot, resource FROM device WHERE account = ? ORDER BY slot',
      )
      .raw();
  }

  /** All of it or what a filter says, of users, rooms and other servers, oldest first. */
  read(filter: QueueFilter): Generator<PendingLine> {
    const ofServers = merged(this.#ofRooms(filter), this.#ofServers(filter));
    return merged(this.#ofUsers(filter), ofServers);
  }

  *#ofUsers(filter: QueueFilter): Generator<PendingLine> {
    const select = this.#db.prepare<[object], MessageRow>(messagesOf(filter));
    for (let after = filter.after ?? 0; ; ) {
      const page = this.#db.transaction(() => this.#page(select, filter, after))();
      yield* page.pendings;
      if (page.last === null) return;
      after = page.last;
    }
  }

  #page(
    select: Statement<[object], MessageRow>,
    filter: QueueFilter,
    after: number,
  ): { pendings: PendingLine[]; last: number | null } {
    const rows = select.all({ ...parametersOf(filter), after, limit: PAGE });
    const devices = new Map<number, Map<number, string>>();
    const pendings = rows.flatMap(row => {
      if (row.owed > slotsOf([ACCOUNT_SLOT]) && !devices.has(row.accountId)) {
        devices.set(row.accountId, new Map(this.#slots.all(row.accountId)));
      }
      return pendingsOf(row, devices.get(row.accountId) ?? new Map());
    });
    const wanted = (pending: PendingLine) =>
      filter.device === undefined || pending.resource === filter.device;
    return { pendings: pendings.filter(wanted), last: rows.length < PAGE ? null : (rows.at(-1)?.id ?? null) };
  }

  /** What users wrote to other servers and these have not got: the account is the writer's. */
  *#ofServers(filter: QueueFilter): Generator<PendingLine> {
    const select = this.#db.prepare<[object], PendingLine>(REMOTE(conditionsOf(filter).remote));
    for (let after = filter.after ?? 0; ; ) {
      const rows = select.all({ ...parametersOf(filter), after, limit: PAGE });
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return;
      after = last.id;
    }
  }

  /** What was said in rooms, for each device that belongs there and has not got it. */
  *#ofRooms(filter: QueueFilter): Generator<PendingLine> {
    const select = this.#db.prepare<[object], SaidRow>(SAID(conditionsOf(filter).said));
    for (let [id, member] = [(filter.after ?? 0) + 1, 0]; ; ) {
      const rows = select.all({ ...parametersOf(filter), first: id, member, limit: PAGE });
      for (const { member: _, ...pending } of rows) yield pending;
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return;
      [id, member] = [last.id, last.member];
    }
  }
}

/** Two lists as one, by id. */
function* merged(one: Generator<PendingLine>, other: Generator<PendingLine>): Generator<PendingLine> {
  let next = other.next();
  for (const pending of one) {
    for (; !next.done && next.value.id < pending.id; next = other.next()) yield next.value;
    yield pending;
  }
  for (; !next.done; next = other.next()) yield next.value;
}

/** One pending for each slot of a message's `owed` whose device is known. */
function pendingsOf(
  { owed, accountId: _, ...message }: MessageRow,
  devices: Map<number, string>,
): PendingLine[] {
  const known: [number, string | null][] = [[ACCOUNT_SLOT, null], ...devices];
  return known.filter(([slot]) => hasSlot(owed, slot)).map(([, resource]) => ({ ...message, resource }));
}

const MESSAGE = `
  account.jid AS account, account.id AS accountId, owed, sender AS "from", recipient AS "to",
  coalesce(type, 'normal') AS type, stanza_id AS stanzaId, received_at AS receivedAt, expires_at AS expiresAt, message.size`;
const ITS_ACCOUNT = 'CROSS JOIN account ON account.id = message.account';

function messagesOf(filter: QueueFilter): string {
  const where = conditionsOf(filter).messages;
  if (filter.account !== undefined) {
    return inOrder(MESSAGE, ACCOUNT, `one.message > @after AND ${where}`, ITS_ACCOUNT);
  }
  return `
    SELECT message.id, ${MESSAGE} FROM message ${ITS_ACCOUNT}
    WHERE message.id > @after AND ${where} ORDER BY message.id LIMIT @limit`;
}

const SAID = (where: string) => `
  SELECT said.id, member.id AS member, account.jid AS account, resource, sender AS "from", room.jid AS "to",
    'groupchat' AS type, stanza_id AS stanzaId, received_at AS receivedAt, expires_at AS expiresAt, size
  FROM ${SAID_OWED} AND said.id >= @first AND (said.id, member.id) > (@first, @member) AND ${where}
  ORDER BY said.id, member.id LIMIT @limit`;

const REMOTE = (where: string) => `
  SELECT id, account, NULL AS resource, sender AS "from", recipient AS "to", coalesce(type, 'normal') AS type,
    stanza_id AS stanzaId, received_at AS receivedAt, expires_at AS expiresAt, size
  FROM ${REMOTE_OWED} AND id > @after AND ${where} ORDER BY id LIMIT @limit`;
