import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isInHome, PACKAGED_UNIT, UNIT_FILE } from '../init/unit.js';
import { type Finding, findingsOn } from './finding.js';
import { closedFolder, type User, userNamed } from './place.js';

const { ok, warning, error } = findingsOn('unit');

/**
 * The settings that are looked at; if one stands there twice, the last counts (systemd.unit(5), systemd.service(5),
 * systemd.exec(5)).
 */
const SETTING =
  /^\s*(StartLimitInterval|StartLimitIntervalSec|Restart|ProtectHome|ExecStart|User|Type|NotifyAccess)\s*=\s*(.*?)\s*$/gm;
/** Under which settings of ProtectHome= a service sees nothing of homes. */
const HIDES = /^(yes|true|on|1|tmpfs)$/i;

type Settings = ReadonlyMap<string, string>;

/**
 * Looks whether systemd would start respool again however often it fails (an older `respool init` wrote a unit that
 * gives up after ten failures in five minutes), and whether it can start it where it lies.
 * @param file of the unit; its drop-ins are read too
 * @param users whom User= may name
 * @returns nothing where there is no unit that this user can read
 */
export function checkUnit(
  file: string = unitInUse(),
  users: (name: string) => User | null = userNamed,
): Finding[] {
  const unit = read(file);
  if (unit === null) return [];
  const settings = new Map<string, string>();
  const folder = file === PACKAGED_UNIT ? UNIT_FILE : file; // drop-ins of an admin are never in /usr
  for (const [, name = '', value = ''] of [unit, ...dropIns(`${folder}.d`)].join('\n').matchAll(SETTING)) {
    settings.set(name.replace(/Sec$/, ''), value);
  }
  return [again(file, settings), ...hears(file, settings), ...where(file, settings, users)];
}

function unitInUse(): string {
  return existsSync(UNIT_FILE) ? UNIT_FILE : PACKAGED_UNIT;
}

function again(file: string, settings: Settings): Finding {
  const set = settings.get('StartLimitInterval') ?? '';
  if (/^[1-9]/.test(set)) {
    return warning(`${file} gives up where respool fails often (StartLimitIntervalSec=${set})`, {
      means: 'then respool stays down until somebody starts it, and the copies of that time are lost',
      remedy: 'set StartLimitIntervalSec=0 in its [Unit], then: systemctl daemon-reload',
    });
  }
  if (!['on-failure', 'always', 'on-abnormal'].includes(settings.get('Restart') ?? 'no')) {
    return warning(`${file} does not start respool again when it has failed`, {
      means: 'then it stays down until somebody starts it, and the copies of that time are lost',
      remedy: 'set Restart=on-failure in its [Service], then: systemctl daemon-reload',
    });
  }
  return ok(`${file} starts respool again however often it fails`);
}

/** respool tells systemd how it is by another process, systemd-notify. */
function hears(file: string, settings: Settings): Finding[] {
  const access = settings.get('NotifyAccess') ?? 'main';
  if (!/^notify/.test(settings.get('Type') ?? '') || access === 'all') return [];
  return [
    error(
      `${file} is of Type=${settings.get('Type')}, and systemd does not hear respool (NotifyAccess=${access})`,
      {
        means: 'systemd waits in vain for it to be ready, and ends it after TimeoutStartSec',
        remedy: 'set NotifyAccess=all in its [Service], then: systemctl daemon-reload',
      },
    ),
  ];
}

/** What it runs and reads, and whether the service gets there. */
function where(file: string, settings: Settings, users: (name: string) => User | null): Finding[] {
  const paths = (settings.get('ExecStart') ?? '').match(/(?:^|(?<=[\s"'@:+!-]))\/[^\s"']+/g) ?? [];
  const hidden = paths.find(isInHome);
  const protects = settings.get('ProtectHome') ?? 'no';
  if (hidden !== undefined && HIDES.test(protects)) {
    return [
      error(`${file} needs ${hidden}, and hides it from the service (ProtectHome=${protects})`, {
        means: 'systemd cannot start respool',
        remedy:
          'move it to /opt and correct ExecStart=, or set ProtectHome=read-only; then: systemctl daemon-reload',
      }),
    ];
  }
  const name = settings.get('User') ?? 'root';
  const user = users(name);
  if (user === null) return [];
  return paths.flatMap(path => {
    const closed = closedFolder(path, user);
    if (closed === null) return [];
    return [
      error(`${file} needs ${path}, and the user ${name} cannot enter ${closed}`, {
        means: 'systemd cannot start respool',
        remedy: `move it, to /opt for example, and correct ExecStart=; or let others into that folder: chmod o+x ${closed}`,
      }),
    ];
  });
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
