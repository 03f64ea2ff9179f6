import { HOST } from './names.js';

/** When the messages of a filled spool came: long before the run, but within their life. */
export const RECEIVED_AT = Date.now() - 3_600_000;
const TEXT =
  'The train is late again, can you pick up some bread on your way home? I will call you in ten minutes.';

/** The text of a filled spool's message, for SQL and for comparison. */
export function textOf(number: number): string {
  return `${TEXT} (${number})`;
}

/** A message of a filled spool by its number. */
export function pending(number: number): { from: string; id: string; text: string; stamp: string } {
  return {
    from: `writer${number % 1000}@${HOST}/desk.A1b2`,
    id: `pending-${number}`,
    text: textOf(number),
    stamp: new Date(RECEIVED_AT).toISOString(),
  };
}
