import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../config/units.js';

/** XEP-0082: a date, or a date and a time with its zone. */
const STAMP = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/;

/**
 * Reads a moment: a length of time ago (`2h`, `2h ago`), or as XEP-0082 writes it (`2026-11-25T08:00:00Z`, or the
 * day alone, in UTC).
 * @returns it in ms since 1970, or undefined where the text is none
 */
function parseMoment(text: string, now: number): number | undefined {
  const ago = parseDuration(text.replace(/\s+ago$/, ''));
  if (ago !== undefined) return now - ago;
  const at = STAMP.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

/**
 * Reads a moment of a command line.
 * @throws InvalidArgumentError where it is none
 */
export function readMoment(text: string): number {
  const at = parseMoment(text, Date.now());
  if (at !== undefined) return at;
  throw new InvalidArgumentError(
    'It has to be a duration (2h), a day (2026-11-25) or a time (2026-11-25T08:00:00Z).',
  );
}
