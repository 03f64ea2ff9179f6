import { lstatSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { rememberWho } from '../control/who.js';

/** To whom a spool belongs. */
interface Owner {
  uid: number;
  gid: number;
}

/**
 * To whom a spool belongs: to whoever may put files beside it, so to the owner of its folder; where that is root, to the
 * owner of the file.
 * @returns null where there is neither
 */
function ownerOf(spoolPath: string): Owner | null {
  const folder = statSync(dirname(spoolPath), { throwIfNoEntry: false });
  if (folder === undefined) return null;
  if (folder.uid !== 0) return folder;
  const file = lstatSync(spoolPath, { throwIfNoEntry: false });
  return file === undefined || file.isSymbolicLink() ? folder : file;
}

/**
 * If this process runs as root, it becomes the spool's owner, for good, before it opens anything there. The service could
 * not open what root makes, and a link that the service has laid could lead root to any file.
 */
export function actAsOwner(spoolPath: string): void {
  if (process.geteuid?.() !== 0) return;
  const owner = ownerOf(spoolPath);
  if (owner === null || owner.uid === 0) return;
  rememberWho(); // for the log
  process.setgroups?.([owner.gid]);
  process.setgid?.(owner.gid);
  process.setuid?.(owner.uid);
}

/** Why the daemon is not to be run by this user on this spool, and what to do; null where it may. */
export function whyNotRun(spoolPath: string): string | null {
  const owner = process.geteuid?.() === 0 ? ownerOf(spoolPath) : null;
  if (owner === null || owner.uid === 0) return null;
  const name = nameOf(owner.uid);
  const user = name ?? `user ${owner.uid}`;
  const how =
    name === null
      ? `setpriv --reuid ${owner.uid} --regid ${owner.gid} --clear-groups`
      : `runuser -u ${name} --`;
  return (
    `root does not run respool on ${spoolPath}, which belongs to ${user}: what root makes there the service could not ` +
    `open; start the service (systemctl start respool), or run it as that user: ${how} respool run`
  );
}

function nameOf(uid: number): string | null {
  const users = readFileSync('/etc/passwd', 'utf8').split('\n');
  return users.map(line => line.split(':')).find(([, , id]) => id === String(uid))?.[0] ?? null;
}
