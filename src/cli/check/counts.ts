import type { Finding, Level } from './finding.js';

const WORDS: readonly [level: Level, one: string, more: string][] = [
  ['ok', 'ok', 'ok'],
  ['warning', 'warning', 'warnings'],
  ['error', 'error', 'errors'],
  ['skipped', 'skipped', 'skipped'],
];

/** @returns how many findings there are of each level, such as `9 ok, 1 warning, 2 skipped` */
export function countsOf(findings: readonly Finding[]): string {
  return WORDS.flatMap(([level, one, more]) => {
    const count = findings.filter(finding => finding.level === level).length;
    return count === 0 ? [] : [`${count} ${count === 1 ? one : more}`];
  }).join(', ');
}
