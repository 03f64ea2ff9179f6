import { ALERTS, type AlertName } from '../spool/alert-names.js';
import type { HeartbeatSettings } from './heartbeat.js';

/** How things are; null where it is not known at the moment. Times in ms, parts from 0 to 1, sizes in bytes. */
export type Facts = Readonly<Record<AlertName, number | null>>;

/** null: not to be told. */
export type Thresholds = Readonly<Record<AlertName, number | null>>;

export interface AlertSettings {
  thresholds: Thresholds;
  /** Bare JIDs. */
  to: readonly string[];
  /** A program and its arguments. */
  command: readonly string[] | null;
  /** What is called while all is well; null: nothing. */
  heartbeat: HeartbeatSettings | null;
}

/** An alert begins (`crossed`) or is over. */
export interface Change {
  alert: AlertName;
  state: 'crossed' | 'over';
  value: number;
  threshold: number;
  /** When it began, in ms since 1970. */
  since: number;
}

/** Crossed below their threshold; all others above it. */
const AT_LEAST: ReadonlySet<AlertName> = new Set(['success_rate', 'disk_free']);
/** An alert is over when things have been right for so long, in ms: what goes to and fro is told once. */
const CALM = 60_000;

/** Is this more, or less, than it is to be? */
export function isCrossed(alert: AlertName, value: number, threshold: number): boolean {
  return AT_LEAST.has(alert) ? value < threshold : value > threshold;
}

interface Crossed {
  since: number;
  rightSince: number | null;
}

/** Decides when an alert begins and when it is over. Pure: it is told the facts and the time. */
export class Alerts {
  readonly #thresholds: Thresholds;
  readonly #calm: number;
  readonly #crossed = new Map<AlertName, Crossed>();

  /** @param crossed the alerts that were told before, with when they began */
  constructor(thresholds: Thresholds, crossed: ReadonlyMap<AlertName, number> = new Map(), calm = CALM) {
    this.#thresholds = thresholds;
    this.#calm = calm;
    for (const [alert, since] of crossed) {
      if (thresholds[alert] !== null) this.#crossed.set(alert, { since, rightSince: null });
    }
  }

  /** What is crossed, with when it began, in ms since 1970. */
  get crossed(): ReadonlyMap<AlertName, number> {
    return new Map([...this.#crossed].map(([alert, { since }]) => [alert, since]));
  }

  /** @returns what has to be told, once each time */
  judge(facts: Facts, now: number): Change[] {
    return ALERTS.flatMap(alert => this.#judge(alert, facts[alert], now) ?? []);
  }

  #judge(alert: AlertName, value: number | null, now: number): Change | undefined {
    const threshold = this.#thresholds[alert];
    if (threshold === null || value === null) return undefined;
    const crossed = this.#crossed.get(alert);
    if (isCrossed(alert, value, threshold)) {
      if (crossed !== undefined) {
        crossed.rightSince = null;
        return undefined;
      }
      this.#crossed.set(alert, { since: now, rightSince: null });
      return { alert, state: 'crossed', value, threshold, since: now };
    }
    if (crossed === undefined) return undefined;
    crossed.rightSince ??= now;
    if (now - crossed.rightSince < this.#calm) return undefined;
    this.#crossed.delete(alert);
    return { alert, state: 'over', value, threshold, since: crossed.since };
  }
}
