import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

/** How long systemd may take to answer, in ms. */
const TIMEOUT = 5_000;

/** Is systemd the parent of this process? It treats only a child of its own properly as the main process of a service. */
export function isAdopted({ MANAGERPID }: NodeJS.ProcessEnv = process.env, parent = process.ppid): boolean {
  return parent === Number(MANAGERPID || 1);
}

/** @returns the unit that this process runs in, by the cgroup that systemd has made for it; null: none */
export function unitOf(cgroups: string): string | null {
  return /^0::.*\/([^/]+\.service)(?:\/[^/]*)?$/m.exec(cgroups)?.[1] ?? null;
}

/**
 * Asks systemd which process it takes for the main one of the unit that this process runs in.
 * @returns null where that is not known: no unit, an older systemd, nobody to ask
 */
export async function mainProcess(env: NodeJS.ProcessEnv = process.env): Promise<number | null> {
  if (!env.NOTIFY_SOCKET) return null;
  try {
    const unit = unitOf(readFileSync('/proc/self/cgroup', 'utf8'));
    if (unit === null) return null;
    const options = { timeout: TIMEOUT, env: { PATH: env.PATH } };
    const { stdout } = await promisify(execFile)(
      'systemctl',
      ['show', '--property=MainPID', '--value', '--', unit],
      options,
    );
    const pid = Number(stdout.trim());
    return Number.isInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null; // it cannot be asked, so nothing may rest on it
  }
}
