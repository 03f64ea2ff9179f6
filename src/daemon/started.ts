import type { AlertWatch, WatchOptions } from '../alerts/watch.js';
import type { Config } from '../config/config.js';
import type { Deeds } from '../control/deeds.js';
import type { Log } from '../monitor/log.js';
import type { Summed } from '../monitor/summed.js';
import type { Presence } from '../presence/presence.js';
import type { Removal } from '../removal/removal.js';
import type { Quarantine } from '../replay/quarantine.js';
import type { Replay } from '../replay/replay.js';
import type { SpoolClient } from '../spool/client.js';
import type { Standby } from '../standby/standby.js';
import type { Inheritance } from '../take-over/heir.js';
import type { Wire } from '../xmpp/wire.js';
import type { Connection } from './connection.js';
import type { Intake } from './intake.js';
import type { Vitals } from './vitals.js';

/** Other waits of the alerts than the usual ones, in ms. */
export type AlertWaits = Pick<WatchOptions, 'every' | 'calm'>;

/** What a daemon is started with beside its config. */
export interface Start {
  inherited?: Inheritance;
  waits?: AlertWaits;
  /** Is told how it is connected, in a line. */
  status?: (line: string) => void;
  /** What each key of the config in force says. */
  inForce?: () => ReadonlyMap<string, unknown>;
  /** Ends it while it waits for the spool. */
  signal?: AbortSignal;
  /** Is told why it waits. */
  waitsFor?: (reason: string) => void;
  /** Where it tells of itself from its very beginning. */
  vitals?: Vitals;
}

export type Wanted = Start & { config: Config; log: Log };

/** What is started already, for those that rest on it. */
export interface Started {
  stream: Wire;
  /** Puts stanzas on it, and counts pings. */
  send(text: string): boolean;
  /** Puts messages there, but for those over which the server ends the stream. */
  put: Quarantine['put'];
  presence: Presence;
  spool: SpoolClient;
  /** What the log says of devices that are asleep. */
  sleepers: Summed;
  replay: Replay;
  removal: Removal;
  connection: Connection;
  alerts: AlertWatch;
  intake: Intake;
  /** Another respool beside this one, or null. */
  standby: Standby | null;
  /** Says who has done what by hand. */
  deeds: Deeds;
}
