import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { closedFolder, NOBODY } from '../../src/cli/check/place.js';
import { checkUnit } from '../../src/cli/check/unit.js';
import { unitText } from '../../src/cli/init/unit.js';

let folder: string;
let unit: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'respool-unit-'));
  unit = join(folder, 'respool.service');
});
afterEach(() => rmSync(folder, { recursive: true }));

const levels = () => checkUnit(unit).map(({ level }) => level);
const made = () =>
  unitText({ node: '/usr/bin/node', launcher: '/usr/bin/respool', config: '/etc/r.yml', notifies: true });
const older = () =>
  made().replace('StartLimitIntervalSec=0', 'StartLimitIntervalSec=300\nStartLimitBurst=10');

const stranger = () => NOBODY;

describe('respool check looks at where the unit has it lie', () => {
  const found = () => checkUnit(unit, stranger).filter(({ level }) => level !== 'ok');
  const at = (launcher: string, home: string) =>
    writeFileSync(
      unit,
      unitText({ node: '/usr/bin/node', launcher, config: '/etc/r.yml', notifies: true }).replace(
        /ProtectHome=.*/,
        `ProtectHome=${home}`,
      ),
    );

  test('below /root or /home it is hidden by ProtectHome', () => {
    for (const launcher of ['/root/respool/bin/respool', '/home/ops/re spool/bin/respool']) {
      at(launcher, 'yes');
      const [finding] = found();
      assert.equal(finding?.level, 'error');
      assert.match(finding?.text ?? '', /and hides it from the service \(ProtectHome=yes\)/);
      assert.match(finding?.remedy ?? '', /move it to \/opt .* ProtectHome=read-only/);
    }
    at('/home/ops/respool/bin/respool', 'read-only');
    assert.doesNotMatch(JSON.stringify(found()), /ProtectHome=yes/);
  });

  test('a folder that the user of the service cannot enter is named', () => {
    chmodSync(folder, 0o755);
    const closed = join(folder, 'closed');
    mkdirSync(join(closed, 'bin'), { recursive: true });
    at(join(closed, 'bin/respool'), 'yes');
    assert.deepEqual(found(), []);
    chmodSync(closed, 0o700);
    const [finding] = found();
    assert.equal(finding?.level, 'error');
    assert.match(finding?.text ?? '', new RegExp(`the user respool cannot enter ${closed}$`));
  });
});

test('a folder is closed to others, open to its owner and its group, and to root', () => {
  const closed = join(folder, 'closed');
  mkdirSync(closed);
  chmodSync(folder, 0o755);
  if (process.geteuid?.() === 0) chownSync(closed, 4321, 8765);
  const { uid, gid } = statSync(closed);
  const at = (mode: number, user: { uid: number; gid: number }) => {
    chmodSync(closed, mode);
    return closedFolder(join(closed, 'file'), user);
  };
  assert.equal(at(0o700, { uid, gid }), null);
  assert.equal(at(0o700, { uid: uid + 1, gid }), closed);
  assert.equal(at(0o750, { uid: uid + 1, gid }), null);
  assert.equal(at(0o750, NOBODY), closed);
  assert.equal(at(0o751, NOBODY), null);
  assert.equal(at(0o700, { uid: 0, gid: 0 }), null);
  assert.equal(closedFolder('/nowhere/at/all', NOBODY), null);
});

describe('respool check looks at the unit of systemd', () => {
  test('says nothing where there is none', () => assert.deepEqual(levels(), []));

  test('has nothing against the one that init makes', () => {
    writeFileSync(unit, made());
    assert.deepEqual(levels(), ['ok']);
  });

  test('warns of an older one, which gives up, and says what to set', () => {
    writeFileSync(unit, older());
    const [finding] = checkUnit(unit);
    assert.equal(finding?.level, 'warning');
    assert.match(finding?.text ?? '', /gives up .*StartLimitIntervalSec=300/);
    assert.match(finding?.remedy ?? '', /StartLimitIntervalSec=0/);
  });

  test('takes the word of a drop-in, which comes last', () => {
    writeFileSync(unit, older());
    mkdirSync(`${unit}.d`);
    writeFileSync(join(`${unit}.d`, 'for-ever.conf'), '[Unit]\nStartLimitIntervalSec=0\n');
    assert.deepEqual(levels(), ['ok']);
  });

  test('an error where systemd would wait in vain to hear that it is ready', () => {
    writeFileSync(unit, made().replace('NotifyAccess=all', 'NotifyAccess=main'));
    assert.deepEqual(levels(), ['ok', 'error']);
    writeFileSync(
      unit,
      made().replace('NotifyAccess=all', 'NotifyAccess=main').replace('Type=notify', 'Type=exec'),
    );
    assert.deepEqual(levels(), ['ok']);
  });

  test('warns of one that never starts it again', () => {
    writeFileSync(unit, made().replace('Restart=on-failure', 'Restart=no'));
    assert.deepEqual(levels(), ['warning']);
  });
});
