import { harmless } from '../monitor/harmless.js';
import { writeStamp } from '../xmpp/stamp.js';

const UNITS: readonly [name: string, ms: number][] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
];
const BYTES = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
const LONGEST_CELL = 60;

/** @returns a length of time in its two largest units: `13d 4h`, `2m 5s`; below a second `40ms` */
export function duration(ms: number): string {
  const at = UNITS.findIndex(([, length]) => ms >= length);
  if (at < 0) return `${Math.round(ms)}ms`;
  let rest = ms;
  const parts = UNITS.slice(at, at + 2).map(([name, length]) => {
    const number = Math.floor(rest / length);
    rest -= number * length;
    return [number, name] as const;
  });
  return parts
    .filter(([number]) => number > 0)
    .map(([number, name]) => `${number}${name}`)
    .join(' ');
}

export function bytes(number: number): string {
  const power = Math.min(BYTES.length - 1, number < 1 ? 0 : Math.floor(Math.log2(number) / 10));
  const value = number / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${BYTES[power]}`;
}

/**
 * @returns a part as a percentage, rounded down so that 100 % means all: `99.98%`; `-` where there is none
 */
export function percent(part: number | null): string {
  if (part === null) return '-';
  return `${Math.floor(part * 10_000 + 1e-6) / 100}%`;
}

/** @returns a moment in ms since 1970 as XEP-0082 writes it, in UTC; null stays null */
export function utc<T extends number | null>(at: T): T extends number ? string : null;
export function utc(at: number | null): string | null {
  return at === null ? null : writeStamp(at);
}

/** @returns a moment to the second, for a terminal */
export function moment(at: number): string {
  return writeStamp(at).replace(/\.\d+Z$/, 'Z');
}

/** Makes text of strangers harmless to a terminal, and no longer than a cell of a table may be. */
export function printable(text: string, longest = LONGEST_CELL): string {
  return harmless(text.length > longest ? `${text.slice(0, longest - 1)}…` : text);
}
