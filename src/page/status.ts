/**
 * What the status page is told, by `page/status.json`: the server makes it, the script in the browser shows it, so this
 * file imports nothing. Times are in ms, dates in ms since 1970, sizes in bytes.
 */
export interface Status {
  at: number;
  version: string;
  /** The component's own. */
  domain: string;
  startedAt: number;
  /** Why it does not do its work at the moment; null: it does. */
  trouble: string | null;
  connected: boolean;
  /** null: there is no other respool. */
  standby: { acts: boolean; peer: string; isThere: boolean } | null;
  lastCopyAt: number | null;
  /** Believed to be online. */
  sessions: number;
  /** Since the start. */
  pings: number;
  /** The longest within the last minute. */
  loopLag: number;
  commit: number;
  /** What waits in memory for the spool. */
  backlog: number;
  /** Since the start. */
  copiesLost: number;
  /** Those that are crossed, with their thresholds in the units of the config: parts, ms, bytes or a count. */
  alerts: { name: string; since: number; threshold: number | null }[];
  /** null: it cannot be read now. */
  spool: SpoolStatus | null;
}

export interface SpoolStatus {
  pending: number;
  oldestAt: number | null;
  hour: Period;
  day: Period;
  month: Period;
  ages: { under: number | null; pending: number }[];
  /** null in place of an account: names are not shown. */
  most: { account: string | null; messages: number }[];
  domains: { domain: string; messages: number }[];
  bytes: number;
  limits: Limits;
  /** Free on its disk; null: that is not known. */
  diskFree: number | null;
}

/** What the config allows. */
export interface Limits {
  maxSize: number;
  maxPerAccount: number;
  maxAge: number;
  /** When an alert says that too little is free on the disk; null: never. */
  leastDiskFree: number | null;
}

/** Deliveries in a time. */
export interface Period {
  delivered: number;
  replayed: number;
  lost: number;
  /** How much of what was due was delivered, from 0 to 1; null: nothing was due. */
  success: number | null;
  /** What was replayed, by why ejabberd had not delivered it. */
  saved: Record<string, number>;
  /** One after another, oldest first; each of the same length, and the last one ends now. */
  series: { delivered: number[]; replayed: number[] };
}
