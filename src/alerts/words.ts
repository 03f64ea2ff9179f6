import { bytes, duration, percent } from '../cli/format.js';
import type { AlertName } from '../spool/alert-names.js';
import type { Change } from './alert.js';

const count = (number: number) => number.toLocaleString('en');

/** How things are, and what they should be. */
const WORDS: Readonly<Record<AlertName, (value: number, threshold: number) => [string, string]>> = {
  pending: (value, threshold) => [`${count(value)} pending`, `more than ${count(threshold)}`],
  oldest: (value, threshold) => [
    `the oldest message has been pending for ${duration(value)}`,
    `more than ${duration(threshold)}`,
  ],
  success_rate: (value, threshold) => [
    `${percent(value)} of the last hour's messages were delivered`,
    `less than ${percent(threshold)}`,
  ],
  disk_free: (value, threshold) => [
    `${bytes(value)} free on the disk of the spool`,
    `less than ${bytes(threshold)}`,
  ],
  disconnected_for: (value, threshold) => [
    value === 0 ? 'connected to ejabberd' : `not connected to ejabberd for ${duration(value)}`,
    `more than ${duration(threshold)}`,
  ],
};

/** How something is that a threshold is about, and what it should be: `61,234 pending: more than 50,000`. */
export function textOfThreshold(alert: AlertName, value: number, threshold: number): string {
  const [is, limit] = WORDS[alert](value, threshold);
  return `${is}: ${limit} (alerts.${alert})`;
}

/** What somebody is told of a change, in a line. */
export function textOfChange(
  { alert, state, value, threshold, since }: Change,
  domain: string,
  now: number,
): string {
  const [is] = WORDS[alert](value, threshold);
  return state === 'crossed'
    ? `${domain}: ${textOfThreshold(alert, value, threshold)}`
    : `${domain}: over after ${duration(now - since)}: ${is} (alerts.${alert})`;
}

/** The facts as the log has them. */
export function fieldsFor({ since, ...change }: Change) {
  return { ...change, since: new Date(since).toISOString() };
}

/** The facts as a command finds them in its environment. */
export function environmentFor(change: Change, domain: string, words: string): Record<string, string> {
  return {
    RESPOOL_ALERT_NAME: change.alert,
    RESPOOL_ALERT_STATE: change.state,
    RESPOOL_ALERT_VALUE: String(change.value),
    RESPOOL_ALERT_THRESHOLD: String(change.threshold),
    RESPOOL_ALERT_SINCE: new Date(change.since).toISOString(),
    RESPOOL_ALERT_DOMAIN: domain,
    RESPOOL_ALERT_TEXT: words,
  };
}
