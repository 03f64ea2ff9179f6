import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** For tests that need it. */
export const NEEDS_PROMTOOL = {
  skip: spawnSync('promtool', ['--version']).status === 0 ? false : 'promtool is not installed',
};

/** Runs promtool in a folder with these files. */
export function promtool(args: readonly string[], files: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'respool-promtool-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: folder, encoding: 'utf8' });
    return { status, said: stdout + stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
