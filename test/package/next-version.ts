import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Makes of a .deb one with the same files and a later version: with `-next` behind it. */
export function nextVersion(deb: string, target: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'respool-next-'));
  try {
    execFileSync('dpkg-deb', ['-R', deb, folder]);
    change(join(folder, 'DEBIAN/control'), text => text.replace(/^(Version: .*)$/m, '$1-next'));
    change(join(folder, 'usr/lib/respool/package.json'), text =>
      text.replace(/("version": "[^"]+)/, '$1-next'),
    );
    execFileSync('dpkg-deb', ['--root-owner-group', '-Zgzip', '-z1', '--build', folder, target]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function change(file: string, how: (text: string) => string): void {
  writeFileSync(file, how(readFileSync(file, 'utf8')));
}
