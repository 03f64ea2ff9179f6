import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { maskMissing } from '../ejabberd/dormant.js';

const SERVICE = '[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n';
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'respool-root-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** As a package brings its unit. */
function bring(unit: string): void {
  mkdirSync(join(root, 'lib/systemd/system'), { recursive: true });
  writeFileSync(join(root, 'lib/systemd/system', unit), SERVICE);
}

/** What systemd says of a unit of this root. */
function state(unit: string): string {
  const { stdout } = spawnSync('systemctl', [`--root=${root}`, 'is-enabled', unit], { encoding: 'utf8' });
  return stdout.trim();
}

test('a service that is installed later is masked, though its package enables it', () => {
  assert.deepEqual(maskMissing(root), ['ejabberd.service', 'epmd.service', 'epmd.socket']);
  bring('ejabberd.service');
  for (const action of ['unmask', 'enable']) {
    // as the package's own script does it
    const { status, stderr } = spawnSync('deb-systemd-helper', [action, 'ejabberd.service'], {
      env: { ...process.env, DPKG_ROOT: root, DPKG_MAINTSCRIPT_PACKAGE: 'ejabberd' },
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
  }
  assert.ok(readdirSync(join(root, 'etc/systemd/system/multi-user.target.wants')).length > 0);
  assert.equal(state('ejabberd.service'), 'masked');
});

test('a service that is there already stays as it is', () => {
  bring('epmd.service');
  assert.deepEqual(maskMissing(root), ['ejabberd.service', 'epmd.socket']);
  assert.equal(state('epmd.service'), 'disabled');
});

test('what is masked already stays so', () => {
  maskMissing(root);
  assert.deepEqual(maskMissing(root), []);
  assert.equal(state('epmd.socket'), 'masked');
});
