import { spawnSync } from 'node:child_process';

/** A step of the packaging has failed; the message says which and why. */
export class PackageError extends Error {}

/**
 * Runs a program to its end.
 * @param cwd where
 * @returns what it wrote to stdout
 * @throws PackageError with what it said, where it is missing or fails
 */
export function run(cwd: string, program: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (error !== undefined) throw new PackageError(`${program} cannot be run: ${error.message}`);
  if (status === 0) return stdout;
  throw new PackageError(`${program} ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
}
