import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onExit } from '../ejabberd/exit.js';

/** Room for the spool with its -wal, at its ceiling. */
const SIZE = '128m';
/** It is filled by large blocks, then by small ones to the last. */
const BLOCKS = [Buffer.alloc(1 << 20), Buffer.alloc(4096)];

/** A small file system in memory for the spool, which can be filled up. Only root can mount one. */
export class Disk {
  readonly folder = mkdtempSync(join(tmpdir(), 'respool-disk-'));
  /** False where none could be mounted: then the folder is an ordinary one, and is never full. */
  readonly isSmall: boolean;
  readonly #ballast = join(this.folder, 'ballast');
  readonly #forget = onExit(() => this.#remove());

  constructor() {
    this.isSmall = mounts(this.folder);
  }

  /** Leaves no room. */
  fill(): void {
    const file = openSync(this.#ballast, 'a');
    try {
      for (const block of BLOCKS) fillWith(file, block);
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(this.#ballast, { force: true });
  }

  /** Everything on it has to be closed by then. */
  dispose(): void {
    this.#forget();
    this.#remove();
  }

  #remove(): void {
    if (this.isSmall) execFileSync('umount', ['--lazy', this.folder]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function fillWith(file: number, block: Buffer): void {
  try {
    for (;;) writeSync(file, block);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

function mounts(folder: string): boolean {
  try {
    const options = ['-t', 'tmpfs', '-o', `size=${SIZE},mode=0700`, 'respool-faults', folder];
    execFileSync('mount', options, { stdio: 'ignore' });
    return true;
  } catch {
    return false; // not root, or a container that forbids it
  }
}
