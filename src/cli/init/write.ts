import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** A file cannot be written; the message says why and what to do. */
class WriteError extends Error {}

export interface NewFile {
  path: string;
  text: string;
  mode: number;
  /** Whose group may read it, besides its owner; undefined: the one of this user. */
  gid?: number | undefined;
  /** Replaces what is there. */
  force: boolean;
  /** The option by which the command is told another file. */
  option?: string;
}

const CONFIG = '-c';

/**
 * Writes a whole file or nothing: under another name, to the disk, and then in its place. Its folder is made, but not
 * that folder's folder.
 * @throws WriteError
 */
export function writeNew({ path, text, mode, gid, force, option }: NewFile): void {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.new`;
  try {
    makeFolder(dirname(path));
    const file = openSync(temporary, 'wx', mode);
    try {
      if (gid !== undefined) fchownSync(file, 0, gid);
      fchmodSync(file, mode); // whatever the umask says
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    if (force) renameSync(temporary, path);
    else linkSync(temporary, path); // fails where there is one, in one step with the look
  } catch (error) {
    throw new WriteError(describe(path, error as NodeJS.ErrnoException, option), { cause: error });
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** @throws WriteError where the file is there and is not to be replaced */
export function refuseExisting(path: string, force: boolean): void {
  if (!force && existsSync(path)) throw new WriteError(describe(path, { code: 'EEXIST' }));
}

function makeFolder(folder: string): void {
  if (!existsSync(folder)) mkdirSync(folder, 0o755);
}

function describe(path: string, { code, message }: Partial<NodeJS.ErrnoException>, option = CONFIG): string {
  const folder = dirname(path);
  switch (code) {
    case 'EEXIST':
      return `${path} is there already and stays as it is; --force replaces it${option === CONFIG ? ' (with a new secret)' : ''}, ${option} FILE writes another`;
    case 'ENOENT':
      return `the folder ${folder} cannot be made, for the one above it is not there either; mkdir -p ${folder}`;
    case 'EACCES':
    case 'EPERM':
      return `${path} cannot be written (permission denied); run this as root, or name another file with ${option} FILE`;
    case 'ENOTDIR':
      return `${path} cannot be written: a part of ${folder} is no folder`;
    case 'EISDIR':
      return `${path} is a folder; name a file`;
    default:
      return `${path} cannot be written (${message})`;
  }
}
