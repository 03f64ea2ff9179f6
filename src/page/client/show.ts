import type { Period, SpoolStatus, Status } from '../status.js';
import { Charts, type Cut } from './charts.js';
import { type Bar, bars, byId, type Fact, facts, grade, list, made, write, writeCells } from './elements.js';
import { alertText, CAUSES, clock, moment, percent, size, span, whole } from './words.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const CUTS: readonly Cut[] = [
  { id: 'hour', slice: MINUTE, to: MINUTE, each: 'by the minute' },
  { id: 'day', slice: HOUR, to: MINUTE, each: 'by the hour' },
  { id: 'month', slice: 24 * HOUR, to: HOUR, each: 'by 24 hours' },
];
/** Of its limit the spool may have so much before its meter warns. */
const MUCH = 0.8;
const TOO_MUCH = 0.95;

/** One of the three cards on top: its elements, made once. */
class PeriodCard {
  readonly #id: Cut['id'];
  readonly #success = made('span');
  readonly #due = made('span');
  readonly #figures = made('dl');
  readonly #charts: Charts;

  constructor(cut: Cut) {
    this.#id = cut.id;
    this.#due.className = 'quiet';
    const big = made('p', this.#success, ' ', this.#due);
    big.className = 'big';
    this.#figures.className = 'figures';
    const host = made('div');
    host.setAttribute('role', 'img');
    const readout = made('p', cut.each);
    readout.className = 'readout';
    byId(cut.id).append(big, this.#figures, host, readout);
    this.#charts = new Charts(host, readout, cut);
  }

  show(spool: SpoolStatus, at: number): void {
    const period: Period = spool[this.#id];
    const { delivered, replayed, lost, success, series } = period;
    const due = delivered + replayed + lost;
    write(this.#success, percent(success));
    write(this.#due, due === 0 ? 'nothing was due' : `of ${whole(due)} due delivered`);
    const figures: [string, string, number][] = [
      ['server', 'by ejabberd', delivered],
      ['ours', 'by respool', replayed],
      [lost > 0 ? 'some' : '', 'lost for good', lost],
    ];
    list(
      this.#figures,
      figures,
      () => made('div', made('dt'), made('dd')),
      (row, [kind, name, count]) => {
        grade(row, kind);
        writeCells(row, name, whole(count));
      },
    );
    this.#charts.show(series, at);
  }
}

const cards = CUTS.map(cut => new PeriodCard(cut));

function saved({ hour, day, month }: SpoolStatus): void {
  list(
    byId('saved'),
    Object.keys(hour.saved),
    () => {
      const numbers = [made('td'), made('td'), made('td')];
      for (const cell of numbers) cell.className = 'number';
      return made('tr', made('td', made('span'), made('small')), ...numbers);
    },
    (row, cause) => {
      const [name, meaning] = CAUSES[cause] ?? [cause, ''];
      writeCells(row.children[0] as Element, name, meaning);
      for (const [index, of] of [hour, day, month].entries()) {
        write(row.children[index + 1] as Element, whole(of.saved[cause] ?? 0));
      }
    },
  );
}

function spoolFacts({ bytes, limits, diskFree }: SpoolStatus): void {
  const part = bytes / limits.maxSize;
  write(byId('bytes'), size(bytes));
  write(byId('of-size'), `of ${size(limits.maxSize)}: ${percent(Math.min(1, part))}`);
  const meter = byId('size-meter');
  grade(meter, `meter${part > TOO_MUCH ? ' bad' : part > MUCH ? ' warn' : ''}`);
  (meter.firstElementChild as HTMLElement).style.width = `${Math.min(100, 100 * part)}%`;
  const { leastDiskFree } = limits;
  facts('spool', [
    ['free on its disk', diskFree === null ? 'not known' : size(diskFree)],
    ['an alert below', leastDiskFree === null ? 'none' : size(leastDiskFree)],
    ['kept for one account', `${whole(limits.maxPerAccount)} at most`],
    ['kept for', `${span(limits.maxAge)} at most`],
  ]);
}

function ageName(under: number | null, before: number): string {
  return under === null ? `over ${span(before)}` : `under ${span(under)}`;
}

function spool(of: SpoolStatus, at: number): void {
  for (const card of cards) card.show(of, at);
  write(byId('pending'), whole(of.pending));
  const oldest = of.oldestAt === null ? 'nothing is in the spool' : `oldest: ${span(at - of.oldestAt)}`;
  write(byId('oldest'), oldest);
  const ages = of.ages.map(
    ({ under, pending }, index): Bar => [ageName(under, of.ages[index - 1]?.under ?? 0), pending],
  );
  bars('ages', ages, '');
  saved(of);
  const isNamed = of.most.some(({ account }) => account !== null);
  const most = of.most.map(({ account, messages }, index): Bar => [account ?? `no. ${index + 1}`, messages]);
  bars('most', most, 'nothing is in the spool');
  write(
    byId('most-note'),
    isNamed || most.length === 0 ? '' : 'Names are not shown; http.names: true in respool.yml shows them.',
  );
  bars(
    'domains',
    of.domains.map(({ domain, messages }): Bar => [domain, messages]),
    'nothing is in the spool',
  );
  spoolFacts(of);
}

function daemonFacts(status: Status): Fact[] {
  const {
    at,
    version,
    startedAt,
    lastCopyAt,
    sessions,
    pings,
    loopLag,
    commit,
    backlog,
    copiesLost,
    standby,
  } = status;
  const peer: Fact[] =
    standby === null
      ? []
      : [
          ['role', standby.acts ? 'acts' : 'watches'],
          ['the other respool', `${standby.peer}, ${standby.isThere ? 'there' : 'away'}`],
        ];
  return [
    ...peer,
    ['sessions online', whole(sessions)],
    ['pings sent', whole(pings)],
    ['last copy', lastCopyAt === null ? 'none yet' : `${span(at - lastCopyAt)} ago`],
    ['started', `${span(at - startedAt)} ago, ${moment(startedAt)}`],
    ['waiting for the spool', size(backlog)],
    ['copies lost since the start', whole(copiesLost)],
    ['longest commit of the last minute', span(commit)],
    ['event loop held up at most', span(loopLag)],
    ['version', version],
  ];
}

export type Notice = readonly [kind: 'bad' | 'warn', text: string];

/** What stands above all else. */
export function notices(rows: readonly Notice[]): void {
  list(
    byId('notices'),
    rows,
    () => made('p'),
    (line, [kind, text]) => {
      grade(line, `notice ${kind}`);
      write(line, text);
    },
  );
}

function stateOf({ trouble, connected, alerts }: Status): readonly [kind: string, text: string] {
  if (!connected) return ['bad', 'not connected'];
  if (trouble !== null) return ['bad', 'in trouble'];
  return alerts.length > 0 ? ['warn', 'connected, with alerts'] : ['good', 'connected'];
}

/** Shows what respool says. @returns what has to be noticed */
export function show(status: Status): Notice[] {
  const { at, domain, trouble, alerts, standby } = status;
  const [kind, text] = stateOf(status);
  write(byId('domain'), domain);
  grade(byId('state'), `pill ${kind}`);
  write(byId('state'), text);
  const role = byId('role');
  role.hidden = standby === null;
  if (standby !== null) {
    write(
      role,
      `${standby.acts ? 'acts' : 'watches'}, the other respool is ${standby.isThere ? 'there' : 'away'}`,
    );
    grade(role, `pill${standby.isThere ? '' : ' warn'}`);
  }
  write(byId('updated'), `as of ${clock(at)}`);
  facts('daemon', daemonFacts(status));
  if (status.spool !== null) spool(status.spool, at);
  return [
    ...(trouble === null ? [] : [['bad', `${sentence(trouble)}. respool check says what to do.`] as const]),
    ...alerts.map(alert => ['warn', `${sentence(alertText(alert))}, since ${moment(alert.since)}.`] as const),
    ...(status.spool === null
      ? [['bad', 'The spool cannot be read now: what it knows is not up to date here.'] as const]
      : []),
  ];
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Is what is shown of now? */
export function stale(isStale: boolean): void {
  byId('main').classList.toggle('stale', isStale);
  if (!isStale) return;
  grade(byId('state'), 'pill bad');
  write(byId('state'), 'no answer');
}
