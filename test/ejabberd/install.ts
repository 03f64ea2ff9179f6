import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { maskMissing } from './dormant.js';

const SCRIPT = '/usr/sbin/ejabberdctl';
const INSTALL = 'apt-get update && apt-get install -y --no-install-recommends ejabberd';

/** Where Debian has ejabberd, and as whom it runs. */
export interface Installed {
  /** The folder with ejabberd's own libraries. */
  libraries: string;
  /** The user that the package made, or undefined: we are not root, and stay who we are. */
  user: { uid: number; gid: number } | undefined;
}

/**
 * Installs Debian's ejabberd where it is missing, which needs root; its own service is not started, now or later.
 * @throws Error with the one command to run, where we are not root or it fails
 */
export function ensureEjabberd(note: (line: string) => void = () => undefined): Installed {
  if (!existsSync(SCRIPT)) {
    if (process.getuid?.() !== 0) throw new Error(`ejabberd is missing; as root: ${INSTALL}`);
    note('installing ejabberd (Debian package), with its services masked, so that none starts');
    maskMissing();
    apt('update');
    apt('install', '-y', '--no-install-recommends', 'ejabberd');
    must('update-rc.d', 'ejabberd', 'disable'); // for a boot without systemd
  }
  return installed();
}

/** Installs Debian's slixmpp, for its own Python, where it is missing; which needs root. */
export function ensureSlixmpp(): void {
  const { status } = spawnSync('/usr/bin/python3', ['-c', 'import slixmpp']);
  if (status !== 0) ensure('python3-slixmpp');
}

/** Installs those of Debian's packages whose command, of the same name, is missing; which needs root. */
export function ensureCommands(...packages: string[]): void {
  const missing = packages.filter(name => !existsSync(`/usr/bin/${name}`));
  if (missing.length > 0) ensure(...missing);
}

/** @throws Error with the one command to run, where we are not root or it fails */
function ensure(...packages: string[]): void {
  if (process.getuid?.() !== 0) {
    const names = packages.join(' ');
    throw new Error(`missing: ${names}; as root: apt-get install -y --no-install-recommends ${names}`);
  }
  apt('update');
  apt('install', '-y', '--no-install-recommends', ...packages);
}

function apt(...args: string[]): void {
  must('apt-get', '-q', ...args);
}

/** RUNLEVEL=1: without systemd, init scripts are not started by their packages. */
function must(program: string, ...args: string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const { status, stdout, stderr } = spawnSync(program, args, { env, encoding: 'utf8' });
  if (status !== 0)
    throw new Error(`${program} ${args.join(' ')} failed:\n${`${stdout}${stderr}`.slice(-2000)}`);
}

function installed(): Installed {
  const libraries = /^ERL_LIBS='(.+)'$/m.exec(readFileSync(SCRIPT, 'utf8'))?.[1];
  if (libraries === undefined) throw new Error(`${SCRIPT} is not that of Debian's package`);
  if (process.getuid?.() !== 0) return { libraries, user: undefined };
  const [uid, gid] =
    /^ejabberd:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'))?.slice(1) ?? [];
  if (uid === undefined || gid === undefined) throw new Error('there is no user ejabberd');
  return { libraries, user: { uid: Number(uid), gid: Number(gid) } };
}
