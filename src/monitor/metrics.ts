import { Registry } from 'prom-client';
import { type Metric, ofProcess, ofSpool, type Seen, seconds, textOf } from './metric.js';

export const METRICS: readonly Metric[] = [
  {
    name: 'respool_copies_total',
    type: 'counter',
    label: 'kind',
    help: 'Copies that ejabberd sent: of messages, presence and iq (mod_service_log), push (mod_push_offline)',
    read: ofSpool(stats => stats.copies),
  },
  {
    name: 'respool_forged_total',
    type: 'counter',
    help: 'What looked like a copy but did not come from one of the vhosts served; dropped',
    read: ofSpool(stats => stats.forged),
  },
  {
    name: 'respool_unreadable_total',
    type: 'counter',
    help: 'Copies that could not be understood; dropped',
    read: ofSpool(stats => stats.unreadable),
  },
  {
    name: 'respool_mended_total',
    type: 'counter',
    help: 'Copies from which a part was left out, because no server takes it back',
    read: ofSpool(stats => stats.mended),
  },
  {
    name: 'respool_stored_total',
    type: 'counter',
    help: 'Messages put into the spool',
    read: ofSpool(stats => stats.stored),
  },
  {
    name: 'respool_messages_total',
    type: 'counter',
    label: 'outcome',
    help:
      'What became of messages: delivered (by ejabberd, with proof) and replayed (by respool, with proof), once for ' +
      'each device; expired, refused (by the recipient or the server), evicted (over a quota), dropped (by hand, or because its writer has sent it to another server again)',
    read: ofSpool(stats => stats.outcomes),
  },
  {
    name: 'respool_lost_total',
    type: 'counter',
    help: 'Messages that were lost for good: they expired or were evicted before any device of the account had them',
    read: ofSpool(stats => stats.lost),
  },
  {
    name: 'respool_saved_total',
    type: 'counter',
    label: 'cause',
    help:
      'Why ejabberd had not delivered what was replayed: session (it died before it proved the message), purge (no ' +
      'session took it and the offline queue did not bring it), full (the offline queue), device (another one had ' +
      'got or written it), room (said while the device was out), server (another one could not be reached)',
    read: ofSpool(stats => stats.saved),
  },
  {
    name: 'respool_bounced_total',
    type: 'counter',
    help: 'Messages that ejabberd returned to their sender and the spool kept',
    read: ofSpool(stats => stats.bounced),
  },
  {
    name: 'respool_forgotten_total',
    type: 'counter',
    help: 'What was pending for devices that were forgotten',
    read: ofSpool(stats => stats.forgotten),
  },
  {
    name: 'respool_proof_seconds',
    type: 'histogram',
    label: 'by',
    help:
      'From when a message was first seen to the proof that a device has it, by who had delivered it: ejabberd or ' +
      'respool (a replay); once for each device. Messages of users; those of rooms are not in it',
    read: ofSpool(stats => stats.times.proof),
  },
  {
    name: 'respool_replay_wait_seconds',
    type: 'histogram',
    help: 'From the presence of a device that lacked something to the first message that it was replayed; replay.settle is in it',
    read: ofSpool(stats => stats.times.replay_wait),
  },
  {
    name: 'respool_end_age_seconds',
    type: 'histogram',
    label: 'outcome',
    help:
      'How old messages were that ended without having arrived: expired, refused, evicted or dropped. Messages of ' +
      'users; those of rooms are not in it',
    read: ofSpool(stats => stats.times.end_age),
  },
  {
    name: 'respool_pending',
    type: 'gauge',
    help: 'Messages of users still owed, once for each device or account as a whole; those of rooms are not in it',
    read: ofSpool(stats => stats.pending),
  },
  {
    name: 'respool_oldest_pending_seconds',
    type: 'gauge',
    help: 'Age of the oldest message in the spool, 0 where there is none',
    read: ofSpool((stats, { now }) =>
      stats.oldestAt === null ? 0 : seconds(Math.max(0, now - stats.oldestAt)),
    ),
  },
  {
    name: 'respool_spool_bytes',
    type: 'gauge',
    help: 'Size of the spool in use, which spool.max_size limits',
    read: ofSpool(stats => stats.bytes),
  },
  {
    name: 'respool_connected',
    type: 'gauge',
    help: '1 while the component is connected to ejabberd, else 0',
    read: ofProcess(live => Number(live.connected)),
  },
  {
    name: 'respool_acts',
    type: 'gauge',
    help: '1 while this respool asks and replays, 0 while another one does (standby.peer)',
    read: ofProcess(live => Number(live.acts)),
  },
  {
    name: 'respool_peer_up',
    type: 'gauge',
    help: '1 while the other respool is there, else 0; left out where there is none (standby.peer)',
    read: ofProcess(live => (live.peer === null ? null : Number(live.peer))),
  },
  {
    name: 'respool_last_copy_timestamp_seconds',
    type: 'gauge',
    help: 'When the last copy came, in seconds since 1970; left out before the first',
    read({ stats, live }) {
      const at = live?.lastCopyAt ?? stats?.lastCopyAt ?? null;
      return at === null ? null : seconds(at);
    },
  },
  {
    name: 'respool_alert',
    type: 'gauge',
    label: 'alert',
    help: '1 while this alert of the config is crossed, else 0',
    read: ofProcess(live =>
      Object.fromEntries(Object.entries(live.alerts).map(([name, since]) => [name, since === null ? 0 : 1])),
    ),
  },
  {
    name: 'respool_start_timestamp_seconds',
    type: 'gauge',
    help: 'When the daemon started, in seconds since 1970',
    read: ofProcess(live => seconds(live.startedAt)),
  },
  {
    name: 'respool_spool_failing',
    type: 'gauge',
    help: '1 while the spool cannot be written, else 0; what comes meanwhile waits in memory',
    read: ofProcess(live => Number(live.failing)),
  },
  {
    name: 'respool_backlog_bytes',
    type: 'gauge',
    help: 'What waits in memory for the spool',
    read: ofProcess(live => live.backlog),
  },
  {
    name: 'respool_copies_lost_total',
    type: 'counter',
    help: 'What could not be kept since the start (copies, and what was counted), because the spool could not be written and memory for what waits was full',
    read: ofProcess(live => live.lost),
  },
  {
    name: 'respool_sessions',
    type: 'gauge',
    help: 'Sessions that are believed to be online',
    read: ofProcess(live => live.sessions),
  },
  {
    name: 'respool_pings_total',
    type: 'counter',
    help: 'Pings sent since the start',
    read: ofProcess(live => live.pings),
  },
  {
    name: 'respool_event_loop_lag_seconds',
    type: 'gauge',
    help: 'The longest that the event loop was held up within the last minute',
    read: ofProcess(live => seconds(live.loopLag)),
  },
  {
    name: 'respool_commit_seconds',
    type: 'gauge',
    help: 'The longest that a commit of the spool took within the last minute',
    read: ofProcess(live => seconds(live.commit)),
  },
  {
    name: 'respool_build_info',
    type: 'gauge',
    label: 'version',
    help: 'Always 1; which version runs',
    read: ofProcess(live => ({ [live.version]: 1 })),
  },
];

/** @returns the metrics in the text format of Prometheus */
export function render(seen: Seen): Promise<string> {
  return textOf(METRICS, seen);
}

export const CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;
