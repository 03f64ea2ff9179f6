import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
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
const made = () => unitText({ node: '/usr/bin/node', launcher: '/usr/bin/respool', config: '/etc/r.yml' });
const older = () =>
  made().replace('StartLimitIntervalSec=0', 'StartLimitIntervalSec=300\nStartLimitBurst=10');

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

  test('warns of one that never starts it again', () => {
    writeFileSync(unit, made().replace('Restart=on-failure', 'Restart=no'));
    assert.deepEqual(levels(), ['warning']);
  });
});
