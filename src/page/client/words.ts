/** How numbers, sizes, times and names are written on the page. */

export const whole = (count: number) => count.toLocaleString('en');

/** In four characters at most, or little more: for an axis. */
export const short = (count: number) => count.toLocaleString('en', { notation: 'compact' });

/** A part of a whole, with as many digits as tell it from all of it. */
export function percent(part: number | null): string {
  if (part === null) return '–';
  if (part === 1) return '100 %';
  const digits = part > 0.999 ? 3 : part > 0.99 ? 2 : 1;
  const cut = Math.floor(part * 100 * 10 ** digits) / 10 ** digits; // 99.9996 % is not 100 %
  return `${cut.toFixed(digits)} %`;
}

const SIZES = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export function size(bytes: number): string {
  const power = Math.min(SIZES.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const value = bytes / 1024 ** power;
  return `${value.toFixed(power === 0 || value >= 100 ? 0 : 1)} ${SIZES[power]}`;
}

const SPANS: readonly [unit: string, ms: number][] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
];

/** A span of time in its two largest units, on one line: `2 d 3 h`. */
export function span(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))}\u00a0ms`;
  const first = SPANS.findIndex(([, length]) => ms >= length);
  let left = ms;
  const parts = SPANS.slice(first, first + 2).map(([unit, length]) => {
    const count = Math.floor(left / length);
    left -= count * length;
    return count === 0 ? '' : `${count}\u00a0${unit}`;
  });
  return parts.filter(part => part !== '').join('\u00a0');
}

const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const MINUTE = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

/** Dates in ms since 1970, in the time zone of who looks. */
export const clock = (at: number) => CLOCK.format(at);
export const minute = (at: number) => MINUTE.format(at);
export const day = (at: number) => DAY.format(at);
export const moment = (at: number) => `${DAY.format(at)} ${MINUTE.format(at)}`;

/** Why ejabberd had not delivered something, with what that means. */
export const CAUSES: Readonly<Record<string, readonly [name: string, meaning: string]>> = {
  session: ['dead session', 'it died before it proved the message'],
  purge: ['purge', 'the offline queue did not bring it'],
  full: ['full queue', 'the offline queue had no room'],
  device: ['other device', 'another device had got or written it'],
  room: ['room', 'it was said while the device was out'],
  server: ['other server', 'it could not be reached'],
};

/** What a crossed alert says. */
export function alertText({ name, threshold }: { name: string; threshold: number | null }): string {
  const than = (show: (value: number) => string) => (threshold === null ? 'its limit' : show(threshold));
  switch (name) {
    case 'pending':
      return `more is pending than ${than(whole)}`;
    case 'oldest':
      return `the oldest message in the spool is older than ${than(span)}`;
    case 'success_rate':
      return `less than ${than(percent)} of what was due in the last hour was delivered`;
    case 'disk_free':
      return `less than ${than(size)} is free on the disk of the spool`;
    case 'disconnected_for':
      return `not connected to ejabberd for more than ${than(span)}`;
    default:
      return `alert: ${name}`;
  }
}
