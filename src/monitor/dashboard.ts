import { type Board, board, stat, type Tile, timeseries } from './panels.js';

/** What each expression is about: the respools that the variables of the dashboard choose. */
const OF = 'job=~"$job",instance=~"$instance"';
const of = (metric: string, more = '') => `${metric}{${OF}${more === '' ? '' : `,${more}`}}`;
const rate = (metric: string, more = '') => `rate(${of(metric, more)}[$__rate_interval])`;
const sum = (what: string, by = '') => `sum${by === '' ? '' : ` by (${by})`} (${what})`;
/** Below it lies this part of what was measured, in seconds. */
const quantile = (part: number, metric: string, by = '') =>
  `histogram_quantile(${part}, ${sum(rate(`${metric}_bucket`), by === '' ? 'le' : `le, ${by}`)})`;

const ARRIVED = sum(`increase(${of('respool_messages_total', 'outcome=~"delivered|replayed"')}[$__range])`);
const LOST = sum(`increase(${of('respool_lost_total')}[$__range])`);

const NOW: Tile[] = [
  stat('Connected', of('respool_connected'), {
    unit: 'bool_yes_no',
    legend: '{{instance}}',
    wrongBelow: 1,
    about: 'Is it connected to ejabberd? While it is not, copies are lost.',
  }),
  stat('Acts', of('respool_acts'), {
    unit: 'bool_yes_no',
    legend: '{{instance}}',
    about: 'It asks and replays; with standby.peer one of two does.',
  }),
  stat('Delivered', `${ARRIVED} / (${ARRIVED} + ${LOST})`, {
    unit: 'percentunit',
    wrongBelow: 0.99,
    about: 'Of what was due in the time shown, so much was delivered, by ejabberd or by respool.',
  }),
  stat('Saved', sum(`increase(${of('respool_saved_total')}[$__range])`), {
    about: 'Messages that ejabberd had not delivered and respool has, in the time shown.',
  }),
  stat('Lost for good', LOST, {
    wrongAbove: 0.5,
    about: 'Messages that expired or were evicted before any device of the account had them.',
  }),
  stat('Pending', sum(of('respool_pending')), {
    about: 'Messages of users still owed, once for each device or account as a whole.',
  }),
  stat('Oldest pending', `max(${of('respool_oldest_pending_seconds')})`, { unit: 's' }),
  stat('Alerts crossed', sum(of('respool_alert')), {
    wrongAbove: 0.5,
    about: 'Thresholds under alerts in respool.yml.',
  }),
];

const DELIVERY: Tile[] = [
  timeseries('Deliveries', [[sum(rate('respool_messages_total'), 'outcome'), '{{outcome}}']], {
    unit: 'cps',
    about:
      'What became of messages: delivered by ejabberd and replayed by respool, each with proof; the rest without.',
  }),
  timeseries(
    'Saved, by why ejabberd had not delivered',
    [[sum(rate('respool_saved_total'), 'cause'), '{{cause}}']],
    {
      unit: 'cps',
    },
  ),
  timeseries(
    'From written to proved',
    [
      [quantile(0.5, 'respool_proof_seconds', 'by'), 'half, by {{by}}'],
      [quantile(0.95, 'respool_proof_seconds', 'by'), '95 %, by {{by}}'],
    ],
    { unit: 's', log: true, about: 'By ejabberd while the device is there; by respool once it is back.' },
  ),
  timeseries(
    'From presence to the first replay',
    [
      [quantile(0.5, 'respool_replay_wait_seconds'), 'half'],
      [quantile(0.95, 'respool_replay_wait_seconds'), '95 %'],
    ],
    { unit: 's', about: 'Of devices that lacked something. replay.settle is in it.' },
  ),
  timeseries('Age at the end', [[quantile(0.5, 'respool_end_age_seconds', 'outcome'), '{{outcome}}']], {
    unit: 's',
    log: true,
    about: 'How old half of the messages were that ended without having arrived.',
  }),
  timeseries(
    'Lost, bounced and forgotten',
    [
      [sum(rate('respool_lost_total')), 'lost for good'],
      [sum(rate('respool_bounced_total')), 'bounced, and kept'],
      [sum(rate('respool_forgotten_total')), 'of forgotten devices'],
    ],
    { unit: 'cps' },
  ),
];

const SPOOL: Tile[] = [
  timeseries('Pending', [[of('respool_pending'), '{{instance}}']], { unit: 'short' }),
  timeseries('Size', [[of('respool_spool_bytes'), '{{instance}}']], {
    unit: 'bytes',
    about: 'What is in use; spool.max_size limits it.',
  }),
  timeseries('Stored', [[sum(rate('respool_stored_total')), 'messages']], { unit: 'cps' }),
  timeseries('Longest commit', [[of('respool_commit_seconds'), '{{instance}}']], { unit: 's' }),
  timeseries(
    'Waits for the spool',
    [
      [of('respool_backlog_bytes'), 'in memory, {{instance}}'],
      [of('respool_spool_failing'), 'cannot be written, {{instance}}'],
    ],
    { unit: 'bytes' },
  ),
  timeseries('Copies lost', [[rate('respool_copies_lost_total'), '{{instance}}']], {
    unit: 'cps',
    about: 'The spool could not be written, and memory for what waits was full.',
  }),
];

const PROCESS: Tile[] = [
  timeseries('Copies', [[sum(rate('respool_copies_total'), 'kind'), '{{kind}}']], { unit: 'cps' }),
  timeseries(
    'Copies that were dropped or cut',
    [
      [sum(rate('respool_forged_total')), 'forged'],
      [sum(rate('respool_unreadable_total')), 'unreadable'],
      [sum(rate('respool_mended_total')), 'mended'],
    ],
    { unit: 'cps' },
  ),
  timeseries(
    'Since the last copy',
    [[`time() - ${of('respool_last_copy_timestamp_seconds')}`, '{{instance}}']],
    {
      unit: 's',
    },
  ),
  timeseries('Sessions', [[of('respool_sessions'), '{{instance}}']], { unit: 'short' }),
  timeseries('Pings', [[rate('respool_pings_total'), '{{instance}}']], { unit: 'cps' }),
  timeseries('Event loop held up', [[of('respool_event_loop_lag_seconds'), '{{instance}}']], { unit: 's' }),
  timeseries('The other respool', [[of('respool_peer_up'), 'is there, says {{instance}}']], {
    unit: 'bool_yes_no',
    about: 'With standby.peer alone.',
  }),
  timeseries('Runs for', [[`time() - ${of('respool_start_timestamp_seconds')}`, '{{instance}}']], {
    unit: 's',
  }),
  stat('Version', of('respool_build_info'), { legend: '{{version}}', show: 'name' }),
];

/** @returns a dashboard for Grafana 9 and later, to be imported; data source, job and instance are variables of it */
export function dashboard(): Board {
  return board([
    ['Now', NOW],
    ['Delivery', DELIVERY],
    ['Spool', SPOOL],
    ['Process', PROCESS],
  ]);
}
