import { openSync } from 'node:fs';
import { cause } from '../config/cause.js';

const REMEDIES: Readonly<Record<string, string>> = {
  EEXIST: '; name another, or remove it first',
  EACCES: '; name one in a folder where the user that owns the spool may write',
};

/** A new file that is open, or null for stdout. */
export type Target = { name: string; fd: number } | null;

/**
 * Makes a new file, its owner's alone; `-` is stdout.
 * @throws Error that says why it cannot be written
 */
export function openTarget(name: string): Target {
  if (name === '-') return null;
  try {
    return { name, fd: openSync(name, 'wx', 0o600) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const remedy = code === undefined ? '' : (REMEDIES[code] ?? '');
    throw new Error(`${name} cannot be written (${cause(error)})${remedy}`);
  }
}
