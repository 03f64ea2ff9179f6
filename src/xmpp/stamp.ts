/** What XEP-0082 can write: the years 0001 to 9999, in ms since 1970. */
export const EARLIEST = -62_135_596_800_000;
export const LATEST = 253_402_300_799_999;

const STAMP =
  /^(?!0000)(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(\.\d+)?(?:Z|([+-])(0\d|1[0-4]):([0-5]\d))$/;
const MINUTE = 60_000;

/**
 * Reads a DateTime of XEP-0082, section 3.2: a day that the calendar has, with a time zone.
 * @returns ms since 1970, or undefined where it is none
 */
export function parseStamp(text: string | undefined): number | undefined {
  const [, year, month, day, hour, minute, second, fraction = '', sign, hours = 0, minutes = 0] =
    STAMP.exec(text ?? '') ?? [];
  if (year === undefined) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return undefined;
  date.setUTCHours(Number(hour), Number(minute), Number(second), Math.floor(Number(`0${fraction}`) * 1000));
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -MINUTE : MINUTE);
  const at = date.getTime() - offset;
  return at < EARLIEST || at > LATEST ? undefined : at;
}

/** The nearest moment that can be written. */
export function writable(at: number): number {
  return Math.min(LATEST, Math.max(EARLIEST, at));
}

/** Writes a moment as XEP-0082 does, in UTC and to the ms; one that it cannot write as the nearest. */
export function writeStamp(at: number): string {
  return new Date(writable(at)).toISOString();
}

/** A stamp is believed from this long before a moment up to that moment, in ms; else that moment holds. */
export function believed(stamp: number | undefined, at: number, maxAge: number): number {
  return stamp !== undefined && stamp <= at && stamp >= at - maxAge ? stamp : at;
}
