import type { AlertSettings } from '../alerts/alert.js';
import type { LogSettings } from './log-settings.js';

/** The configuration as the program uses it: times in ms, sizes in bytes, JIDs in normal form. */
export interface Config {
  /** Where it was read from. */
  file: string;
  /** `nodes`: the hosts of all nodes of a cluster, `host` the first. */
  component: { host: string; nodes: readonly string[]; port: number; domain: string; secret: string };
  hosts: ReadonlySet<string>;
  /** Bare JIDs. */
  admins: ReadonlySet<string>;
  /** URIs. */
  contact: ReadonlySet<string>;
  spool: {
    path: string;
    maxAge: number;
    maxPerAccount: number;
    maxPerSender: number;
    maxSizePerAccount: number;
    maxSize: number;
  };
  replay: { settle: number; proofAfter: number; proofTimeout: number; chunk: number };
  devices: {
    sync: boolean;
    forgetAfter: number;
    maxPerAccount: number;
    /** Patterns of JIDs, in normal form; see xmpp/jid-pattern.ts. */
    neverPing: ReadonlySet<string>;
  };
  rooms: { replay: boolean; maxAge: number; maxPerRoom: number };
  remote: { retry: boolean; maxAge: number; retryUnknown: number; minWait: number; maxWait: number };
  alerts: AlertSettings;
  /** What became of messages, for `respool trace`; null: nothing of it is kept. Time in ms, size in bytes. */
  history: { keep: number; maxSize: number } | null;
  log: LogSettings;
  /** `names`: the status page shows names of users. */
  http: { host: string; port: number; names: boolean } | null;
  /** The domain of another respool with copies of its own, in normal form; null: this one is alone. */
  standby: { peer: string | null };
}
