import { readdirSync, readFileSync } from 'node:fs';
import { UNIT_FILE } from '../init/unit.js';
import { type Finding, findingsOn } from './finding.js';

const { ok, warning } = findingsOn('unit');

/** What a unit says of its end, the last word of each counts (systemd.unit(5), systemd.service(5)). */
const SETTING = /^\s*(StartLimitInterval|StartLimitIntervalSec|Restart)\s*=\s*(.*?)\s*$/gm;

/**
 * Looks whether systemd would start respool again however often it fails: an older `respool init` wrote a unit that
 * gives up after ten failures in five minutes.
 * @param file of the unit; its drop-ins (FILE.d/*.conf) are read too
 * @returns nothing where there is no unit that this user can read
 */
export function checkUnit(file: string = UNIT_FILE): Finding[] {
  const unit = read(file);
  if (unit === null) return [];
  const settings = new Map<string, string>();
  for (const [, name = '', value = ''] of [unit, ...dropIns(`${file}.d`)].join('\n').matchAll(SETTING)) {
    settings.set(name.replace(/Sec$/, ''), value);
  }
  const set = settings.get('StartLimitInterval') ?? '';
  if (/^[1-9]/.test(set)) {
    return [
      warning(`${file} gives up where respool fails often (StartLimitIntervalSec=${set})`, {
        means: 'then respool stays down until somebody starts it, and the copies of that time are lost',
        remedy: 'set StartLimitIntervalSec=0 in its [Unit], then: systemctl daemon-reload',
      }),
    ];
  }
  if (!['on-failure', 'always', 'on-abnormal'].includes(settings.get('Restart') ?? 'no')) {
    return [
      warning(`${file} does not start respool again when it has failed`, {
        means: 'then it stays down until somebody starts it, and the copies of that time are lost',
        remedy: 'set Restart=on-failure in its [Service], then: systemctl daemon-reload',
      }),
    ];
  }
  return [ok(`${file} starts respool again however often it fails`)];
}

function dropIns(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter(name => name.endsWith('.conf'));
    return names.sort().map(name => read(`${folder}/${name}`) ?? '');
  } catch {
    return []; // there are none, or not for this user
  }
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null; // there is none, or not for this user
  }
}
