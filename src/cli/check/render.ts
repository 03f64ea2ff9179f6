import { printable } from '../format.js';
import { wrap } from '../wrap.js';
import type { Finding, Level } from './finding.js';

/** How the output is shown: in a terminal so wide, or as one line a finding. */
export interface Look {
  columns: number | undefined;
  colour: boolean;
}

const LEVEL = 7;
const SUBJECT = 10;
const INDENT = LEVEL + SUBJECT + 4;
/** Longer lines are hard to read. */
const WIDEST = 120;
/** In a narrower terminal the text begins under the level. */
const NARROW = 60;
const COLOURS: Record<Level, string> = {
  ok: '\x1b[32m',
  skipped: '\x1b[36m',
  warning: '\x1b[33m',
  error: '\x1b[31m',
};

/** Writes a finding: what is so, what it means, what to do. */
export function render({ check, level, text, means, remedy }: Finding, { columns, colour }: Look): string {
  const name = colour
    ? `${COLOURS[level]}${level}\x1b[0m${' '.repeat(LEVEL - level.length)}`
    : level.padEnd(LEVEL);
  const head = `${name}  ${check.padEnd(SUBJECT)}  `;
  const parts = [text, means, remedy === undefined ? undefined : `To do: ${remedy}`].filter(
    part => part !== undefined,
  );
  if (columns === undefined) return head + parts.map(shown).join('; ');
  const indent = columns < NARROW ? 2 : INDENT;
  const lines = parts.flatMap(part => wrap(shown(part), Math.min(columns, WIDEST) - indent));
  if (columns < NARROW) lines.unshift('');
  return (head + lines.join(`\n${' '.repeat(indent)}`)).replace(/ +$/gm, '');
}

/** A finding quotes what servers and files say: no control character of theirs reaches the terminal. */
function shown(text: string): string {
  return text
    .split(' ')
    .map(word => printable(word, Number.POSITIVE_INFINITY))
    .join(' ');
}
