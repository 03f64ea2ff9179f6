import type { Database } from 'better-sqlite3';
import { Accounts } from './accounts.js';
import { Devices } from './devices.js';
import { Evictions } from './evictions.js';
import { Forms } from './forms.js';
import { Holds } from './holds.js';
import type { Journal } from './journal.js';
import { KeptCalendar } from './kept-calendar.js';
import { Ledger } from './ledger.js';
import type { SpoolLimits } from './limits.js';
import { Lines } from './lines.js';
import { Members } from './members.js';
import { Messages } from './messages.js';
import { Occupancy } from './occupancy.js';
import { OnHold } from './on-hold.js';
import { References } from './references.js';
import { RemoteMessages } from './remote.js';
import { Rewritten } from './rewritten.js';
import { prepare as prepareRooms } from './room-statements.js';
import { Rooms } from './rooms.js';
import { Sleepers } from './sleepers.js';
import { UnderWay } from './under-way.js';

/** What the spool consists of: each part has its tables, and what it knows of them in memory. */
export type Parts = ReturnType<typeof partsOf>;

/** Reads what there is in a database; `journal` is told what happens. */
export function partsOf(db: Database, limits: SpoolLimits, journal: Journal) {
  const ledger = new Ledger(db);
  const accounts = new Accounts(db, ledger.counters);
  const messages = new Messages(db, accounts, ledger);
  const nextId = () => messages.nextId();
  const evictions = new Evictions();
  const statements = prepareRooms(db);
  const members = new Members(statements, { ledger, evictions });
  const rooms = new Rooms(db, { ledger, journal, members, statements }, limits.rooms, nextId);
  const sleepers = new Sleepers(db);
  const holds = new Holds(sleepers, accounts, journal);
  const devices = new Devices(db, limits.devices);
  const forms = new Forms(rooms, messages, holds, devices);
  return {
    ...{ db, limits, journal, ledger, accounts, messages, rooms, sleepers, holds, forms, devices },
    remote: new RemoteMessages(db, { ledger, journal, evictions }, limits.maxPerAccount, nextId),
    underWay: new UnderWay(),
    references: new References(db, holds),
    rewritten: new Rewritten(db),
    occupancy: new Occupancy(rooms, holds, forms),
    calendar: new KeptCalendar(db, ledger),
    lines: new Lines(db),
    onHold: new OnHold(db),
    evictions,
  };
}
