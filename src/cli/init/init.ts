import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { variableOf } from '../../config/environment.js';
import { KEYS } from '../../config/schema.js';
import { closedFolder, NOBODY } from '../check/place.js';
import type { Output } from '../output.js';
import { UsageError } from '../usage.js';
import { canNotify } from './can-notify.js';
import { groupId } from './group.js';
import { configText } from './template.js';
import { PACKAGED_UNIT, type UnitOptions, unitName, unitText } from './unit.js';
import { refuseExisting, writeNew } from './write.js';

export interface InitOptions {
  file: string;
  domain: string;
  /** Where ejabberd is; undefined: on this machine. */
  host: string | undefined;
  port: number | undefined;
  hosts: string[] | undefined;
  /** The domain of the other respool, on another machine; undefined: there is none. */
  standby: string | undefined;
  /** Where the unit for systemd goes; undefined: there is to be none. */
  unit: string | undefined;
  force: boolean;
  /** bin/respool */
  launcher: string;
}

/** Random bytes of a secret. */
const SECRET = 24;
/** The user that runs respool, and its group. */
const SERVICE = 'respool';
/** Where its spool is. */
const STATE = '/var/lib/respool';
const DEFAULT_HOST = '127.0.0.1';

/** Writes the config, and the unit where it is wanted, and says what is to be done next. */
export async function init(options: InitOptions, out: Output): Promise<void> {
  const { force } = options;
  const file = resolve(options.file);
  const unit = options.unit === undefined ? undefined : resolve(options.unit);
  const secret = randomBytes(SECRET).toString('base64url');
  const set = new Map<string, unknown>([
    ['component.domain', options.domain],
    ['component.secret', secret],
  ]);
  if (options.host !== undefined) set.set('component.host', options.host);
  if (options.port !== undefined) set.set('component.port', options.port);
  if (options.hosts !== undefined) set.set('hosts', options.hosts);
  if (options.standby !== undefined) set.set('standby.peer', options.standby);
  for (const [key, value] of set) refuseWrong(key, value);
  const parent = options.domain.slice(options.domain.indexOf('.') + 1);
  if (options.hosts === undefined && !options.domain.includes('.')) {
    throw new UsageError(`"${options.domain}" has no first label to leave out; name the vhosts with --hosts`);
  }
  if (options.standby === options.domain) {
    throw new UsageError(`--standby names the other respool, and ${options.domain} is this one`);
  }
  const text = configText({ set, derived: new Map([['hosts', [parent]]]) });
  for (const path of [file, ...(unit === undefined ? [] : [unit])]) refuseExisting(path, force);
  // root's, so that the service cannot change it; and readable by the service's group alone, where there is one already
  const gid = process.geteuid?.() === 0 ? groupId(SERVICE) : undefined;
  writeNew({ path: file, text, mode: gid === undefined ? 0o600 : 0o640, gid, force });
  const readers = gid === undefined ? 'only its owner' : `only root and the group ${SERVICE}`;
  const written = [`${file} is written; it holds a new secret, and ${readers} can read it.`];
  if (unit !== undefined) {
    const program: UnitOptions = {
      launcher: options.launcher,
      node: process.execPath,
      config: file,
      notifies: canNotify(),
    };
    writeNew({ path: unit, text: unitText(program), mode: 0o644, force });
    written.push(`${unit} is written.`);
    written.push(...whatIsClosed([options.launcher, process.execPath]));
  }
  await out.write(
    [...written, '', ...nextSteps({ ...options, file, unit }, secret, gid !== undefined), ''].join('\n'),
  );
  if (process.env.RESPOOL_SECRET) {
    await out.line(
      `\nMind that ${variableOf('component.secret')} is set in this environment and wins over the file.`,
    );
  }
}

/** The service is a user of its own, who has to get to what he runs. */
function whatIsClosed(paths: readonly string[]): string[] {
  const folders = new Set(paths.flatMap(path => closedFolder(path, NOBODY) ?? []));
  return [...folders].map(
    folder =>
      `Mind that ${folder} is closed to the user ${SERVICE}: move what lies there, to /opt for example, and run this again.`,
  );
}

function refuseWrong(key: string, value: unknown): void {
  const kind = KEYS.get(key)?.kind;
  if (kind === undefined || kind.read(value) !== undefined) return;
  throw new UsageError(`${JSON.stringify(value)} cannot be ${key}: it takes ${kind.allowed}`);
}

/** @param isReady the service's user is there already, and can read the config */
function nextSteps(options: InitOptions, secret: string, isReady: boolean): string[] {
  const { file, domain, unit, launcher } = options;
  const respool = launcher.startsWith('/usr/') ? 'respool' : launcher;
  const named = file === '/etc/respool/respool.yml' ? '' : ` -c ${file}`;
  const isPackaged = existsSync(PACKAGED_UNIT);
  const name = unit !== undefined ? unitName(unit) : isPackaged ? SERVICE : null;
  return [
    '1. Into ejabberd.yml: the listener to your listen:, the module to your modules:',
    '',
    ...ejabberdYaml(options, secret)
      .trimEnd()
      .split('\n')
      .map(line => `    ${line}`),
    '',
    '2. Have ejabberd take it over; no user is disconnected:',
    '',
    '    ejabberdctl reload_config',
    '',
    `3. ${isReady ? 'L' : 'Have respool run as a user of its own, l'}ook whether all is right, and start it:`,
    '',
    ...(isReady
      ? []
      : ['    useradd --system --home-dir /var/lib/respool --shell /usr/sbin/nologin respool']),
    ...(existsSync(STATE) ? [] : [`    install -d -o respool -g respool -m 0700 ${STATE}`]),
    ...(isReady ? [] : [`    chown root:${SERVICE} ${file}`, `    chmod 0640 ${file}`]),
    `    ${respool} check${named}`, // as root it reads ejabberd.yml too, and all else as the spool's owner
    ...(name !== null
      ? [...(unit === undefined ? [] : ['    systemctl daemon-reload']), `    systemctl enable --now ${name}`]
      : [`    runuser -u respool -- ${respool} run${named}`]),
    '',
    `If a vhost other than those under hosts: in ${file} is to be served, add it there.`,
    `The name ${domain} needs no DNS entry.`,
    ...(options.standby === undefined ? [] : otherMachine(domain, options.standby)),
  ];
}

/** What is to be done for the other one of two. */
function otherMachine(domain: string, peer: string): string[] {
  return [
    '',
    `On the machine of ${peer}, the same with the names changed:`,
    '',
    `    respool init --domain ${peer} --standby ${domain} --host … --port …`,
    '',
    `ejabberd needs a listener for each of the two, with ports that differ; the loggers: are the same.`,
    'How the two work together: respool help standby',
  ];
}

/** What belongs into ejabberd.yml, as YAML. */
export function ejabberdYaml(
  { domain, host = DEFAULT_HOST, port, standby }: Pick<InitOptions, 'domain' | 'host' | 'port' | 'standby'>,
  secret: string,
): string {
  const loggers = standby === undefined ? [domain] : [domain, standby];
  const ip = isIP(host) ? host : host === 'localhost' ? DEFAULT_HOST : '::';
  return `\
listen:
  - port: ${port ?? KEYS.get('component.port')?.fallback}
    ip: "${ip}"
    module: ejabberd_service
    check_from: false            # lets respool send in the name of the original sender
    hosts:
      ${domain}: {password: "${secret}"}
modules:
  mod_service_log:
    loggers: [${loggers.join(', ')}]
`;
}
