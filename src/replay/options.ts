import type { Presence } from '../presence/presence.js';
import type { SpoolPort } from '../spool/client.js';
import type { RoomLimits } from '../spool/rooms.js';
import type { Jid } from '../xmpp/jid.js';
import type { Clock } from './clock.js';
import type { DeliverySettings } from './delivery.js';
import type { Quarantine } from './quarantine.js';

/** What may change while it runs. */
export interface ReplayHabits {
  settings: DeliverySettings;
  /** The longest life of a message in the spool, in ms. */
  maxAge: number;
  /** Are devices owed what others of their account got or wrote? */
  sync: boolean;
  rooms: RoomLimits;
  /** Whether a session is to get no ping. */
  neverPing(jid: Jid): boolean;
}

export interface ReplayOptions extends ReplayHabits {
  /** The component's own domain. */
  domain: string;
  presence: Presence;
  spool: SpoolPort;
  clock: Clock;
  /** Puts stanzas on the stream; false while there is none. */
  send(text: string): boolean;
  /** Puts messages there. */
  put: Quarantine['put'];
  /** Whether the stream takes more now. */
  isClear(): boolean;
  /** The server says that this session is not there any more. @param age how long ago it came, in ms */
  gone?(jid: Jid, age: number): void;
  /** One line worth an operator's knowing. */
  note(line: string): void;
  /** One of a session that is asleep now: there are many of these. Without it, as `note`. */
  noteAsleep?(line: string): void;
}
