import { spawnSync } from 'node:child_process';

/** @returns for a test's `skip`: false where a program is installed, else why it is left out */
export function hasProgram(name: string): string | false {
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0 ? false : `${name} is not installed`;
}

/** What a program says of a text that it is given: all that it writes. */
export function findings(program: string, args: readonly string[], input: string): string {
  const { stdout, stderr } = spawnSync(program, args, { input, encoding: 'utf8' });
  return stdout + stderr;
}

/** What a program writes to stdout; fails where it says something is wrong. */
export function said(program: string, args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (stderr !== '') throw new Error(stderr);
  return stdout;
}
