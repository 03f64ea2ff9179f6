import { Counter, Gauge, Registry } from 'prom-client';
import type { Stats } from '../spool/queries.js';

/** A metric as documented and as read. */
export interface Metric {
  name: string;
  type: 'counter' | 'gauge';
  help: string;
  /** The name of its label, where `read` gives a number for each value of it. */
  label?: string;
  /** From what was counted and the time now in ms since 1970; null leaves the metric out. */
  read(stats: Stats, now: number): number | Readonly<Record<string, number>> | null;
}

const seconds = (ms: number) => ms / 1000;

export const METRICS: readonly Metric[] = [
  {
    name: 'respool_copies_total',
    type: 'counter',
    label: 'kind',
    help: 'Copies that ejabberd sent: of messages, presence and iq (mod_service_log), push (mod_push_offline)',
    read: stats => stats.copies,
  },
  {
    name: 'respool_forged_total',
    type: 'counter',
    help: 'What looked like a copy but did not come from one of the vhosts served; dropped',
    read: stats => stats.forged,
  },
  {
    name: 'respool_unreadable_total',
    type: 'counter',
    help: 'Copies that could not be understood; dropped',
    read: stats => stats.unreadable,
  },
  {
    name: 'respool_mended_total',
    type: 'counter',
    help: 'Copies of which a part was left out that no server takes',
    read: stats => stats.mended,
  },
  {
    name: 'respool_stored_total',
    type: 'counter',
    help: 'Messages put into the spool',
    read: stats => stats.stored,
  },
  {
    name: 'respool_messages_total',
    type: 'counter',
    label: 'outcome',
    help:
      'What became of messages: delivered (by ejabberd, with proof) and replayed (by respool, with proof), once for ' +
      'each device; expired, refused (by the recipient or the server), evicted (over a quota), dropped (by hand, or because its writer has sent it to another server again)',
    read: stats => stats.outcomes,
  },
  {
    name: 'respool_lost_total',
    type: 'counter',
    help: 'Messages that were lost for good: they expired or were evicted before any device of the account had them',
    read: stats => stats.lost,
  },
  {
    name: 'respool_saved_total',
    type: 'counter',
    label: 'cause',
    help:
      'Why ejabberd had not delivered what was replayed: session (it died before it proved the message), purge (no ' +
      'session took it and the offline queue did not bring it), full (the offline queue), device (another one had ' +
      'got or written it), room (said while the device was out), server (another one could not be reached)',
    read: stats => stats.saved,
  },
  {
    name: 'respool_bounced_total',
    type: 'counter',
    help: 'Messages that ejabberd returned to their sender and the spool kept',
    read: stats => stats.bounced,
  },
  {
    name: 'respool_forgotten_total',
    type: 'counter',
    help: 'What was pending for devices that were forgotten',
    read: stats => stats.forgotten,
  },
  {
    name: 'respool_pending',
    type: 'gauge',
    help: 'Messages of users still owed, once for each device or account as a whole; those of rooms are not in it',
    read: stats => stats.pending,
  },
  {
    name: 'respool_oldest_pending_seconds',
    type: 'gauge',
    help: 'Age of the oldest message in the spool, 0 where there is none',
    read: (stats, now) => (stats.oldestAt === null ? 0 : seconds(Math.max(0, now - stats.oldestAt))),
  },
  {
    name: 'respool_spool_bytes',
    type: 'gauge',
    help: 'Size of the spool in use, which spool.max_size limits',
    read: stats => stats.bytes,
  },
  {
    name: 'respool_connected',
    type: 'gauge',
    help: '1 while the component is connected to ejabberd, else 0',
    read: stats => (stats.connected ? 1 : 0),
  },
  {
    name: 'respool_last_copy_timestamp_seconds',
    type: 'gauge',
    help: 'When the last copy came, in seconds since 1970; left out before the first',
    read: stats => (stats.lastCopyAt === null ? null : seconds(stats.lastCopyAt)),
  },
  {
    name: 'respool_alert',
    type: 'gauge',
    label: 'alert',
    help: '1 while this alert of the config is crossed, else 0',
    read: stats =>
      Object.fromEntries(Object.entries(stats.alerts).map(([name, since]) => [name, since === null ? 0 : 1])),
  },
  {
    name: 'respool_start_timestamp_seconds',
    type: 'gauge',
    help: 'When the daemon started, in seconds since 1970',
    read: stats => (stats.startedAt === null ? null : seconds(stats.startedAt)),
  },
];

/** @returns the metrics in the text format of Prometheus */
export function render(stats: Stats, now: number): Promise<string> {
  const registry = new Registry();
  for (const { name, type, help, label, read } of METRICS) {
    const value = read(stats, now);
    if (value === null) continue;
    const settings = { name, help, labelNames: label === undefined ? [] : [label], registers: [registry] };
    const metric = type === 'counter' ? new Counter(settings) : new Gauge(settings);
    if (typeof value === 'number') metric.inc(value);
    else for (const [kind, number] of Object.entries(value)) metric.inc({ [label ?? '']: kind }, number);
  }
  return registry.metrics();
}

export const CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;
