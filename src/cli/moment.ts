import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../config/units.js';

const DAY = 86_400_000;
/** A date, or a date and a time as XEP-0082 writes them; a space in place of the T and no zone are taken too. */
const STAMP = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?)?$/;
const TIME_OF_DAY = /^\d\d:\d\d(?::\d\d)?$/;

/**
 * Reads a moment: a length of time ago (`2h`, `2h ago`), a day (`2026-11-25`, `yesterday`), a time (`2026-11-25T08:00`),
 * or a time of day (`18:00`: the last one). Without a zone it is in UTC, as all that respool prints.
 * @returns it in ms since 1970, or undefined where the text is none
 */
function parseMoment(text: string, now: number): number | undefined {
  const ago = parseDuration(text.replace(/\s+ago$/, ''));
  if (ago !== undefined) return now - ago;
  const today = now - (now % DAY);
  if (text === 'today') return today;
  if (text === 'yesterday') return today - DAY;
  if (TIME_OF_DAY.test(text)) {
    const at = dateOf(new Date(today).toISOString().slice(0, 10), text, 'Z');
    return at !== undefined && at > now ? at - DAY : at;
  }
  const [, day, time = '00:00', zone = 'Z'] = STAMP.exec(text) ?? [];
  return day === undefined ? undefined : dateOf(day, time, zone);
}

function dateOf(day: string, time: string, zone: string): number | undefined {
  const at = Date.parse(`${day}T${time}${zone}`);
  return Number.isNaN(at) ? undefined : at;
}

/**
 * Reads a moment of a command line.
 * @throws InvalidArgumentError where it is none
 */
export function readMoment(text: string, now = Date.now()): number {
  const at = parseMoment(text, now);
  if (at !== undefined) return at;
  throw new InvalidArgumentError(
    'It has to be a duration (2h), a day (2026-11-25, yesterday) or a time in UTC (2026-11-25T08:00, 18:00).',
  );
}
