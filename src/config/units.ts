const DURATION = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)$/;
const MILLISECONDS: Record<string, number> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

const SIZE = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b$/i;
const POWERS = ['', 'k', 'm', 'g', 't'];

/**
 * Reads a length of time with its unit, such as `2s`, `500ms` or `14d`.
 * @returns it in whole ms, or undefined where the text is none
 */
export function parseDuration(text: string): number | undefined {
  const [, number, unit] = DURATION.exec(text) ?? [];
  const factor = MILLISECONDS[unit ?? ''];
  return factor === undefined ? undefined : Math.round(Number(number) * factor);
}

/**
 * Reads a size with its unit, such as `4GiB` (powers of 1024) or `500MB` (powers of 1000).
 * @returns it in whole bytes, or undefined where the text is none
 */
export function parseSize(text: string): number | undefined {
  const [, number, prefix, binary] = SIZE.exec(text) ?? [];
  if (number === undefined || prefix === undefined || (prefix === '' && binary !== '')) return undefined;
  const base = binary === '' ? 1000 : 1024;
  return Math.round(Number(number) * base ** POWERS.indexOf(prefix.toLowerCase()));
}
