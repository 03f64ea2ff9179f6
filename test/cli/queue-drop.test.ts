import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { ALL, data, fill, listed, run, SAID, work } from './queue-scene.js';
import { addAccount, addMessage } from './workspace.js';

describe('queue drop', () => {
  const undelivered = () =>
    work.read<{ account: string; outcome: string }>('SELECT account, outcome FROM undelivered ORDER BY id');
  const counter = (name: string) =>
    work.read<{ value: number }>(`SELECT value FROM counter WHERE name = '${name}'`)[0]?.value ?? 0;

  test('without --yes, and nobody to ask, nothing is done: 2', async () => {
    fill();
    const { code, stderr } = await run('queue', 'drop', '--from', 'elsewhere.org');
    assert.equal(code, 2);
    assert.match(stderr, /Drop 2 pending \(34 B\)\? .* add --yes\n$/);
    assert.deepEqual(await listed(), [...ALL, ...SAID]);
  });

  test('a message, what is owed to a device, what was said in a room: gone, counted, and to be looked up', async () => {
    fill();
    assert.equal(
      (await run('queue', 'drop', '--from', 'elsewhere.org', '--yes')).stdout,
      '2 pending dropped\n',
    );
    assert.deepEqual(await data('queue', 'drop', '--device', 'laptop', '--yes'), { dropped: 1 });
    assert.deepEqual(await listed('--type', 'chat'), ['1 romeo null', '1 romeo phone']);
    assert.deepEqual(await data('queue', 'drop', '4', '--yes'), { dropped: 2 });
    assert.deepEqual(await listed('--room', 'room@rooms.example.org'), ['5 romeo phone']);
    assert.deepEqual(undelivered(), [
      { account: 'romeo@example.org', outcome: 'dropped' },
      { account: 'romeo@example.org/laptop', outcome: 'dropped' },
      { account: 'romeo@example.org/phone', outcome: 'dropped' },
      { account: 'nurse@example.org/tablet', outcome: 'dropped' },
    ]);
    const lost = await data('queue', 'undelivered');
    assert.deepEqual(lost.map(({ account }: { account: string }) => account).reverse(), [
      'romeo@example.org',
      'romeo@example.org/laptop',
      'romeo@example.org/phone',
      'nurse@example.org/tablet',
    ]);
    assert.deepEqual([lost[3].from, lost[3].outcome], ['tybalt@elsewhere.org/x', 'dropped']);
    assert.equal((await data('queue', 'undelivered', 'romeo@example.org', '--limit', '2')).length, 2);
    assert.match(
      (await run('queue', 'undelivered', 'nurse@example.org')).stdout,
      /^LEFT .*\n.* dropped .*\n1 undelivered\n$/,
    );
    assert.deepEqual([counter('dropped'), counter('pending')], [4, 3]);
    assert.equal(
      (await run('queue', 'drop', '--all', '--limit', '1', '--yes')).stdout,
      '1 pending dropped\n',
    );
    assert.deepEqual(await listed(), ['1 romeo phone', '3 nurse null', '5 romeo phone']);
    assert.deepEqual(await data('queue', 'drop', '--all', '--yes'), { dropped: 3 });
    assert.deepEqual(await listed(), []);
    assert.equal(counter('pending'), 0);
    assert.equal((await run('queue', 'drop', '--all', '--yes')).stdout, 'nothing that fits is pending\n');
  });

  test('many, in pieces', async () => {
    work.fill(db => {
      addAccount(db, 1, 'romeo@example.org');
      for (let id = 1; id <= 2_300; id++) addMessage(db, { id, account: 1, owed: 1 });
    });
    assert.deepEqual(await data('queue', 'drop', 'romeo@example.org', '--yes'), { dropped: 2_300 });
    assert.deepEqual(work.read('SELECT * FROM account'), []);
  });
});

describe('respool forget', () => {
  test('removes messages, devices, memberships and old lines; what it wrote to others stays', async () => {
    fill();
    work.fill(db => {
      addMessage(db, { id: 6, account: 2, owed: 1, sender: 'romeo@example.org/phone' });
      const line = db.prepare(
        "INSERT INTO undelivered VALUES (NULL, ?, 'x@y', 'chat', NULL, 0, 0, 'expired')",
      );
      for (const account of ['romeo@example.org', 'romeo@example.org/phone', 'romeo@example.organ'])
        line.run(account);
    });
    const { code, stdout } = await run('forget', 'ROMEO@example.org', '--yes');
    assert.equal(
      stdout,
      'romeo@example.org is forgotten: 2 messages, 2 devices, 1 room membership, 2 undelivered lines\n',
    );
    assert.equal(code, 0);
    assert.deepEqual(await listed(), ['3 nurse null', '4 nurse tablet', '6 nurse null']);
    assert.deepEqual(work.read('SELECT jid FROM account'), [{ jid: 'nurse@example.org' }]);
    assert.deepEqual(work.read('SELECT account FROM undelivered'), [{ account: 'romeo@example.organ' }]);
    const again = await run('forget', 'romeo@example.org', '--yes');
    assert.deepEqual([again.code, again.stdout], [1, 'nothing is known of romeo@example.org\n']);
  });

  test('an account of which there are only lines about what it did not get is known', async () => {
    work.fill(db => {
      db.prepare(
        "INSERT INTO undelivered VALUES (NULL, 'romeo@example.org', 'x@y', 'chat', NULL, 0, 0, 'expired')",
      ).run();
    });
    const { code, stdout } = await run('forget', 'romeo@example.org', '--yes');
    const gone = '0 messages, 0 devices, 0 room memberships, 1 undelivered line';
    assert.deepEqual([code, stdout], [0, `romeo@example.org is forgotten: ${gone}\n`]);
  });

  test('what it got is not to be found in the file any more', async () => {
    work.fill(db => {
      addAccount(db, 1, 'romeo@example.org');
      for (let id = 1; id <= 20; id++)
        addMessage(db, { id, account: 1, owed: 1, sender: `secretary${id}@example.org` });
    });
    assert.ok(readFileSync(work.spool).includes('secretary7'));
    await run('forget', 'romeo@example.org', '--yes');
    assert.ok(!readFileSync(work.spool).includes('secretary'));
  });

  test('asks first: 2 where nobody is there to answer', async () => {
    fill();
    const { code, stderr } = await run('forget', 'romeo@example.org');
    assert.equal(code, 2);
    assert.match(stderr, /Forget romeo@example\.org, with 2 messages and 2 devices\? .* add --yes/);
    assert.equal((await run('forget', 'romeo')).code, 2);
  });
});
