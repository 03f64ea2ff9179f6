import { type AgeRow, type AgeTable, ageTable } from '../spool/age-table.js';
import { SpoolReader } from '../spool/spool-reader.js';
import type { TallyBy } from '../spool/tally.js';
import { printable } from './format.js';
import type { Output } from './output.js';
import { Progress } from './progress.js';
import { type Column, Table } from './table.js';
import { styled, type Terminal, terminal } from './terminal.js';
import { widthOf } from './width.js';

export interface AgeTableQuestion {
  spoolPath: string;
  by: TallyBy;
  /** How many of those that have most. */
  rows: number;
  /** The age of the first column, in ms. */
  first: number;
  json: boolean;
}

/** Prints what is pending, by who has most and by age. */
export async function printAgeTable(
  { spoolPath, by, rows, first, json }: AgeTableQuestion,
  out: Output,
): Promise<void> {
  const reader = SpoolReader.open(spoolPath);
  const progress = new Progress('counting', reader.stats().pending);
  try {
    const pages = function* () {
      let seen = 0;
      for (const page of reader.tallied(by)) {
        yield page;
        for (const [, , pendings] of page) seen += pendings;
        progress.at(seen);
      }
    };
    const table = ageTable(pages, { now: Date.now(), first, rows });
    progress.end();
    if (json) await out.line(JSON.stringify(asJson(table, by), null, 2));
    else await out.write(ageTableText(table, by, terminal()));
  } finally {
    progress.end();
    reader.close();
  }
}

function asJson({ bounds, rows, others, all }: AgeTable, by: TallyBy) {
  const shown = ({ total, ages }: Omit<AgeRow, 'name'>) => ({
    total,
    ages: ages.map((pending, at) => ({ younger_than: bounds[at] ?? null, pending })),
  });
  return {
    by,
    ...shown(all),
    rows: rows.map(({ name, ...row }) => ({ name, ...shown(row) })),
    others: { names: others.names, ...shown(others) },
  };
}

/** A name is cut to no less than this where the columns would not fit. */
const LEAST_NAME = 20;
const GAP = 2;
/** Fewer columns of ages say too little; a terminal that is still too narrow wraps its lines. */
const LEAST_BOUNDS = 3;
/** On a terminal, counts from here on are shortened. */
const SHORTENED = 100_000;

/** The table as text: on a terminal with as many columns as fit, the last one for all that is older; else with all. */
export function ageTableText(table: AgeTable, by: TallyBy, on: Terminal | null): string {
  const { rows, others, all } = table;
  if (all.total === 0) return 'nothing is pending\n';
  const lines: AgeRow[] = [{ name: 'TOTAL', ...all }, ...rows];
  if (others.total > 0) lines.push({ ...others, name: `(${others.names ?? 'the'} others)` });
  for (let bounds = table.bounds.length; ; bounds--) {
    const shown = lines.map(line => cellsOf(line, bounds, on));
    const titles = [by.toUpperCase(), 'TOTAL', ...table.bounds.slice(0, bounds).map(titleOf), 'OLDER'];
    if (on !== null && bounds > LEAST_BOUNDS && widthWith(titles, shown) > on.columns) continue;
    const columns = titles.map(
      (title, at): Column => (at === 0 ? { title, flexible: true } : { title, align: 'right' }),
    );
    const text = new Table(columns, on?.columns).lines(shown);
    const end = text.indexOf('\n');
    return styled('bold', text.slice(0, end), on) + text.slice(end) + NOTE;
  }
}

const NOTE = 'each column counts what is younger than its title and not in the columns before\n';

function cellsOf({ name, total, ages }: AgeRow, bounds: number, on: Terminal | null): string[] {
  const older = ages.slice(bounds).reduce((sum, one) => sum + one, 0);
  const count = (number: number) => (number === 0 ? '.' : on === null ? String(number) : short(number));
  return [printable(name), ...[total, ...ages.slice(0, bounds), older].map(count)];
}

/** @returns how wide a table with these lines is at least */
function widthWith(titles: readonly string[], lines: readonly (readonly string[])[]): number {
  const widths = titles.map((title, at) =>
    Math.max(title.length, ...lines.map(cells => widthOf(cells[at] ?? ''))),
  );
  const [name = 0, ...rest] = widths;
  return rest.reduce((sum, width) => sum + GAP + width, Math.min(name, LEAST_NAME));
}

function short(count: number): string {
  return count < SHORTENED
    ? String(count)
    : count.toLocaleString('en', { notation: 'compact' }).toLowerCase();
}

const UNITS = [
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
] as const;
/** A title has no longer number than this in front of its unit. */
const LONGEST = 999;

/** @returns an age in one unit: exactly where that is short, else rounded down: `640m`, `21h`, `14d` */
export function titleOf(age: number): string {
  const exact = UNITS.filter(([, length]) => age % length === 0 && age / length <= LONGEST).at(-1);
  const [name, length] = exact ?? UNITS.find(([, unit]) => age / unit < 100) ?? UNITS[3];
  return `${Math.floor(age / length)}${name}`;
}
