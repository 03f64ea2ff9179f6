import { spawnSync } from 'node:child_process';

/** Since this version systemd-notify waits until systemd has heard it; before, the message could be lost. */
const SINCE = 246;

/** Is there a systemd-notify that can be relied on? */
export function canNotify(program = 'systemd-notify'): boolean {
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8', timeout: 5_000 });
  return Number(/^systemd (\d+)/.exec(stdout ?? '')?.[1] ?? 0) >= SINCE;
}
