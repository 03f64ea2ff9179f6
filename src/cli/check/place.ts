import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** A user of the system. */
export interface User {
  uid: number;
  gid: number;
}

/** Somebody who owns nothing, and is in no group. */
export const NOBODY: User = { uid: -1, gid: -1 };

/** @returns null where /etc/passwd has no such user */
export function userNamed(name: string, file = '/etc/passwd'): User | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return null; // users are elsewhere
  }
  const [, , uid, gid] =
    text
      .split('\n')
      .map(line => line.split(':'))
      .find(([one]) => one === name) ?? [];
  return uid === undefined || gid === undefined ? null : { uid: Number(uid), gid: Number(gid) };
}

/** @returns the outermost folder on the way to a file that a user may not enter; null: there is none, or it is not known */
export function closedFolder(path: string, { uid, gid }: User): string | null {
  if (uid === 0) return null;
  const folders = [];
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder))
    folders.unshift(folder);
  for (const folder of folders) {
    try {
      const { mode, uid: owner, gid: group } = statSync(folder);
      const mask = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
      if ((mode & mask) === 0) return folder;
    } catch {
      return null; // there is no such folder, or this user may not look
    }
  }
  return null;
}
