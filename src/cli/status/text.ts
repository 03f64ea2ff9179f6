import { harmless } from '../../monitor/harmless.js';
import { type Deliveries, successOf } from '../../spool/insight.js';
import type { Finding } from '../check/finding.js';
import { bytes, duration, moment, percent } from '../format.js';
import { styled, type Terminal } from '../terminal.js';
import { wrap } from '../wrap.js';
import type { Verdict } from './judge.js';
import type { Seen } from './look.js';
import { type Summary, summaryOf } from './summary.js';

const COLOURS = { ok: 'green', warning: 'yellow', critical: 'red', unknown: 'yellow' } as const;
const LABEL = 12;
const WIDEST = 120;

const whole = (count: number) => count.toLocaleString('en');

/** The status as one screen. */
export function statusText(seen: Seen, { state, problems }: Verdict, on: Terminal | null): string {
  const known = summaryOf(seen);
  const head = `${styled('bold', seen.config.domain, on)}: ${styled(COLOURS[state], state, on)}\n`;
  const rows: [string, string][] = [
    ['daemon', daemon(known, seen.now)],
    ...(known.running ? connection(known, seen.now) : []),
    ['pending', pending(known, seen)],
    ...onHold(seen),
    ['spool', spool(known, seen)],
    ['last hour', deliveries(known.hour)],
    ['last day', deliveries(known.day)],
  ];
  const width = Math.min(on?.columns ?? Number.POSITIVE_INFINITY, WIDEST);
  const lines = rows.flatMap(([name, text]) =>
    wrap(text, Math.max(20, width - LABEL)).map((line, at) => (at === 0 ? name : '').padEnd(LABEL) + line),
  );
  const wrong = problems.map(problem => problemText(problem, on, width));
  const body = lines.map(line => `${line}\n`).join('');
  return head + body + (wrong.length > 0 ? `\n${wrong.join('')}` : '');
}

/** What is wrong, and what to do: a line, or some where it is wider than the terminal. */
function problemText({ level, text, remedy }: Finding, on: Terminal | null, width: number): string {
  const name = level === 'error' ? 'critical' : 'warning';
  const says = harmless(remedy === undefined ? text : `${text}. To do: ${remedy}`);
  return wrap(says, Math.max(20, width - LABEL))
    .map((line, at) => {
      const label = (at === 0 ? name : '').padEnd(LABEL);
      return `${at === 0 ? styled(COLOURS[name], label, on) : label}${line}\n`;
    })
    .join('');
}

function daemon({ running, startedAt, version }: Summary, now: number): string {
  const since =
    startedAt === null ? '' : ` since ${moment(startedAt)} (${duration(Math.max(0, now - startedAt))})`;
  if (!running) return startedAt === null ? 'not running' : `not running; last started ${moment(startedAt)}`;
  return `running${since}${version === null ? '' : `, version ${version}`}`;
}

function connection({ connected, lastCopyAt, sessions, standby }: Summary, now: number): [string, string][] {
  const is = connected === null ? 'not known' : connected ? 'connected' : 'not connected';
  const copy =
    lastCopyAt === null ? 'no copy yet' : `last copy ${duration(Math.max(0, now - lastCopyAt))} ago`;
  const online = sessions === null ? '' : `, ${whole(sessions)} believed online`;
  const rows: [string, string][] = [['ejabberd', `${is}, ${copy}${online}`]];
  if (standby !== null) {
    const { other, peer, acts } = standby;
    const theirs = other.is === 'there' ? `${peer} ${other.role}` : `${peer} is not there`;
    rows.push(['role', `this one ${acts ? 'acts' : 'watches'}; ${theirs}`]);
  }
  return rows;
}

function pending({ pending, oldestAt }: Summary, { now, config }: Seen): string {
  if (pending === null) return 'not known';
  if (oldestAt === null) return whole(pending);
  const old = duration(Math.max(0, now - oldestAt));
  return `${whole(pending)}, the oldest for ${old} of ${duration(config.spool.maxAge)}`;
}

function onHold({ spool }: Seen): [string, string][] {
  const count = 'why' in spool ? 0 : spool.stats.onHold;
  return count === 0 ? [] : [['on hold', `${whole(count)}: respool queue hold lists them`]];
}

function spool({ used }: Summary, { config, diskFree }: Seen): string {
  const { maxSize } = config.spool;
  const size =
    used === null ? 'not known' : `${bytes(used)} of ${bytes(maxSize)} (${percent(used / maxSize)})`;
  return diskFree === null ? size : `${size}, ${bytes(diskFree)} free on its disk`;
}

function deliveries(of: Deliveries | null): string {
  if (of === null) return 'not known';
  const due = of.delivered + of.replayed + of.lost;
  if (due === 0) return 'nothing was due';
  const lost = of.lost === 0 ? '' : `, ${whole(of.lost)} lost for good`;
  const success = percent(successOf(of));
  return `${success} of ${whole(due)} due delivered, ${whole(of.replayed)} of them by respool${lost}`;
}
