import { isDeepStrictEqual } from 'node:util';

/** Keys that take effect at SIGHUP. All others need a restart. */
const LIVE = /^(spool\.max_\w+|(replay|devices|rooms|log|history)\.\w+)$/;

/** Does a key take effect when the config is read again (SIGHUP)? */
export function isLive(key: string): boolean {
  return LIVE.test(key);
}

export interface Changes {
  /** Keys that take effect at once. */
  live: string[];
  /** Keys that need a restart. */
  restart: string[];
}

/** The keys in which one reading of the config differs from another. */
export function changesBetween(
  before: ReadonlyMap<string, unknown>,
  after: ReadonlyMap<string, unknown>,
): Changes {
  const changed = [...after.keys()].filter(key => !isDeepStrictEqual(before.get(key), after.get(key)));
  return { live: changed.filter(isLive), restart: changed.filter(key => !isLive(key)) };
}
