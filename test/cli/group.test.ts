import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { groupId } from '../../src/cli/init/group.js';
import { writeNew } from '../../src/cli/init/write.js';

const folder = mkdtempSync(join(tmpdir(), 'respool-group-'));
after(() => rmSync(folder, { recursive: true }));

describe('the group of the service', () => {
  test('is found by its name', () => {
    const file = join(folder, 'group');
    writeFileSync(file, 'root:x:0:\nrespool2:x:7:\nrespool:x:64321:alice\n');
    assert.equal(groupId('respool', file), 64_321);
    assert.equal(groupId('spool', file), undefined);
  });

  test('can read what init writes for it, and others cannot', { skip: process.getuid?.() !== 0 }, () => {
    const path = join(folder, 'respool.yml');
    writeNew({ path, text: 'x', mode: 0o640, gid: 64_321, force: false });
    const { uid, gid, mode } = statSync(path);
    assert.deepEqual([uid, gid, mode & 0o777], [0, 64_321, 0o640]);
  });
});
