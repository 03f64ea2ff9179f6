import { CAUSES, type Cause } from '../spool/cause.js';
import { type Deliveries, type Insight, type Series, successOf } from '../spool/insight.js';
import { isInUse } from '../spool/lock.js';
import { SpoolReader } from '../spool/spool-reader.js';
import type { Stats } from '../spool/stats.js';
import { bytes, duration, moment, percent, printable, utc } from './format.js';
import type { Output } from './output.js';
import { bar, sparkline } from './sparkline.js';
import { Table } from './table.js';
import { styled, type Terminal, terminal } from './terminal.js';

/** What there is to print. */
interface Found {
  counted: Stats;
  insight: Insight;
  running: boolean;
}

/** Prints how delivery goes, what is pending, and what the daemon has counted. */
export async function stats(spoolPath: string, json: boolean, out: Output): Promise<void> {
  const reader = SpoolReader.open(spoolPath);
  try {
    const now = Date.now();
    const found = { counted: reader.stats(), insight: reader.insight(now), running: isInUse(spoolPath) };
    if (json) await out.line(JSON.stringify(asJson(found), null, 2));
    else await out.write(asText(found, now, terminal()));
  } finally {
    reader.close();
  }
}

/** The causes by the names that scripts and operators see. */
const NAMES: Readonly<Record<Cause, string>> = {
  session: 'dead session',
  purge: 'purge',
  full: 'full queue',
  device: 'other device',
  room: 'room',
  server: 'other server',
};

export function asJson({ counted, insight, running }: Found) {
  return {
    running,
    connected: running && counted.connected,
    started_at: utc(counted.startedAt),
    last_copy_at: utc(counted.lastCopyAt),
    delivery: {
      last_hour: deliveriesAsJson(insight.hour),
      last_day: deliveriesAsJson(insight.day),
      since_start: deliveriesAsJson(insight.sinceStart),
    },
    series: { minutes: seriesAsJson(insight.minutes), hours: seriesAsJson(insight.hours) },
    copies: counted.copies,
    forged: counted.forged,
    unreadable: counted.unreadable,
    mended: counted.mended,
    stored: counted.stored,
    messages: counted.outcomes,
    bounced: counted.bounced,
    forgotten: counted.forgotten,
    pending: counted.pending,
    on_hold: counted.onHold,
    pending_by_age: insight.ages.map(({ under, pending }) => ({
      younger_than: under === null ? null : duration(under),
      pending,
    })),
    oldest_pending_at: utc(counted.oldestAt),
    top_accounts: insight.accounts,
    top_domains: insight.domains,
    alerts: crossedIn(counted).map(([alert, since]) => ({ alert, since: utc(since) })),
    spool_bytes: counted.bytes,
  };
}

/** The alerts that are crossed, with when they began. */
function crossedIn({ alerts }: Stats): [string, number][] {
  return Object.entries(alerts).flatMap(([name, since]) => (since === null ? [] : [[name, since]]));
}

export function deliveriesAsJson(of: Deliveries) {
  return {
    due: of.delivered + of.replayed + of.lost,
    by_ejabberd: of.delivered,
    by_respool: of.replayed,
    lost: of.lost,
    success: successOf(of),
    saved: Object.fromEntries(CAUSES.map(cause => [NAMES[cause].replace(' ', '_'), of.saved[cause]])),
  };
}

function seriesAsJson({ delivered, replayed }: Series) {
  return { by_ejabberd: delivered, by_respool: replayed };
}

const whole = (count: number) => count.toLocaleString('en');

function asText(found: Found, now: number, on: Terminal | null): string {
  const { counted, insight } = found;
  const parts = [
    state(found, now, on),
    delivery(insight, on),
    saved(insight, on),
    ...(on === null ? [] : sparklines(insight, on)),
    ages(insight, on),
    ...most(insight, on),
    totals(counted, on),
  ];
  return parts.join('\n');
}

function lines(rows: readonly (readonly [string, string])[]): string {
  return rows.map(([name, value]) => `${name.padEnd(19)} ${value}\n`).join('');
}

function state({ counted, running }: Found, now: number, on: Terminal | null): string {
  const since = (at: number | null) => (at === null ? 'never' : `${moment(at)} (${duration(now - at)} ago)`);
  const connected = counted.connected ? 'running, connected' : 'running, not connected: see its log';
  const well = running && counted.connected;
  return lines([
    ['daemon', styled(well ? 'green' : 'red', running ? connected : 'not running', on)],
    ['last started', since(counted.startedAt)],
    ['last copy', since(counted.lastCopyAt)],
    ['pending', whole(counted.pending)],
    ['oldest pending', counted.oldestAt === null ? 'none' : since(counted.oldestAt)],
    ...(counted.onHold === 0
      ? []
      : [['on hold', styled('yellow', `${counted.onHold}: respool queue hold lists them`, on)] as const]),
    ['spool in use', bytes(counted.bytes)],
    ...crossedIn(counted).map(([name, at]): [string, string] => [
      'alert',
      styled('red', `${name}, for ${duration(now - at)}`, on),
    ]),
  ]);
}

const TIMES = ['LAST HOUR', 'LAST DAY', 'SINCE START'].map(title => ({ title, align: 'right' as const }));

function timesTable(title: string, rows: readonly (readonly string[])[], on: Terminal | null): string {
  return headed(new Table([{ title: title.padEnd(19) }, ...TIMES]).lines(rows), on);
}

/** A table whose titles stand out. */
function headed(table: string, on: Terminal | null): string {
  const end = table.indexOf('\n');
  return styled('bold', table.slice(0, end), on) + table.slice(end);
}

function delivery({ hour, day, sinceStart }: Insight, on: Terminal | null): string {
  const row = (name: string, read: (of: Deliveries) => string) => [
    name,
    ...[hour, day, sinceStart].map(of => read(of)),
  ];
  const rows = [
    row('due', of => whole(of.delivered + of.replayed + of.lost)),
    row('success', of => percent(successOf(of))),
    row('  by ejabberd', of => whole(of.delivered)),
    row('  by respool', of => whole(of.replayed)),
    row('lost for good', of => whole(of.lost)),
  ];
  return timesTable('DELIVERY', rows, on);
}

function saved({ hour, day, sinceStart }: Insight, on: Terminal | null): string {
  const rows = CAUSES.map(cause => [
    NAMES[cause],
    ...[hour, day, sinceStart].map(of => whole(of.saved[cause])),
  ]);
  return timesTable('SAVED BY RESPOOL', rows, on);
}

const LABEL = 12;

/** As much of the past as fits, the latest at the right. */
function sparklines({ minutes, hours }: Insight, on: Terminal): string[] {
  const draw = (title: string, series: Series) => {
    const row = (name: string, values: readonly number[]) => {
      const shown = values.slice(-Math.max(10, on.columns - LABEL - 11));
      const most = Math.max(...shown);
      const line = styled('green', sparkline(shown, on.unicode), on);
      return `${name.padEnd(LABEL)}${line}${most === 0 ? '' : `  max ${compact(most)}`}\n`;
    };
    return `${styled('bold', title, on)}\n${row('by ejabberd', series.delivered)}${row('by respool', series.replayed)}`;
  };
  return [draw('THE LAST HOUR, BY THE MINUTE', minutes), draw('THE LAST DAY, BY THE HOUR', hours)];
}

/** @returns a count in four characters at most, or a little more where it is huge */
function compact(count: number): string {
  return count.toLocaleString('en', { notation: 'compact' }).toLowerCase();
}

const BAR = 20;

function ages({ ages: steps }: Insight, on: Terminal | null): string {
  const longest = Math.max(...steps.map(({ pending }) => pending));
  const rows = steps.map(({ under, pending }, at) => {
    const before = steps[at - 1]?.under ?? 0;
    return [
      under === null ? `over ${duration(before)}` : `under ${duration(under)}`,
      whole(pending),
      on === null ? '' : bar(pending, longest, BAR, on.unicode),
    ];
  });
  const table = new Table([
    { title: 'PENDING, BY AGE'.padEnd(19) },
    { title: 'COUNT', align: 'right' },
    { title: '' },
  ]);
  return headed(table.lines(rows), on);
}

function most({ accounts, domains }: Insight, on: Terminal | null): string[] {
  const draw = (title: string, rows: [string, number][]) => {
    const table = new Table([{ title: title.padEnd(19) }, { title: 'MESSAGES', align: 'right' }]);
    return headed(table.lines(rows.map(([name, count]) => [printable(name), whole(count)])), on);
  };
  if (accounts.length === 0) return [];
  return [
    draw(
      'MOST IN THE SPOOL',
      accounts.map(({ account, messages }) => [account, messages]),
    ),
    draw(
      'MOST BY DOMAIN',
      domains.map(({ domain, messages }) => [domain, messages]),
    ),
  ];
}

function totals(counted: Stats, on: Terminal | null): string {
  const rows: [string, number][] = [
    ...Object.entries(counted.copies).map(([kind, count]): [string, number] => [`copies: ${kind}`, count]),
    ['copies: forged', counted.forged],
    ['copies: unreadable', counted.unreadable],
    ['copies: mended', counted.mended],
    ['messages stored', counted.stored],
    ...Object.entries(counted.outcomes).map(([name, count]): [string, number] => [`messages ${name}`, count]),
    ['bounced, kept', counted.bounced],
    ['forgotten pendings', counted.forgotten],
  ];
  const shown = rows.map(([name, count]) => [name, whole(count)] as const);
  return `${styled('bold', 'COUNTED IN ALL', on)}\n${lines(shown)}`;
}
