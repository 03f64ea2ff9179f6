import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ALL, data, fill, HOUR, listed, run, SAID, work } from './queue-scene.js';
import { addAccount, addDevice, addMessage } from './workspace.js';

describe('queue list', () => {
  test('knows names however they are spelt', async () => {
    work.fill(db => {
      addAccount(db, 1, 'strasse@example.org');
      addDevice(db, 1, 1, 'VIII');
      addMessage(db, { id: 1, account: 1, owed: 2, sender: 'Weiß@Elsewhere.org/Ⅷ' });
    });
    const asked = ['STRAßE@Example.org', '--device', 'Ⅷ', '--from', 'weiss@ELSEWHERE.org/VIII'];
    assert.deepEqual(await listed(...asked), ['1 strasse VIII']);
  });

  test('filters by device, sender, room, time and type', async () => {
    fill();
    const cases: [args: string[], expected: string[]][] = [
      [[], [...ALL, ...SAID]],
      [['--device', 'laptop'], ['1 romeo laptop']],
      [
        ['--device', 'phone'],
        ['1 romeo phone', '2 romeo phone', '4 romeo phone', '5 romeo phone'],
      ],
      [
        ['--from', 'TYBALT@elsewhere.org'],
        ['2 romeo null', '2 romeo phone'],
      ],
      [
        ['--from', 'tybalt@elsewhere.org/x'],
        ['2 romeo null', '2 romeo phone'],
      ],
      [['--from', 'tybalt@elsewhere.org/y'], []],
      [
        ['--from', 'elsewhere.org'],
        ['2 romeo null', '2 romeo phone'],
      ],
      [['--from', 'where.org'], []],
      [['--from', 'room@rooms.example.org'], SAID],
      [['--room', 'room@rooms.example.org'], SAID],
      [['--type', 'groupchat'], SAID],
      [['--type', 'normal'], ['3 nurse null']],
      [
        ['--since', '2h', '--until', '10m ago'],
        ['2 romeo null', '2 romeo phone'],
      ],
      [['--since', '2020-01-01', '--until', new Date(Date.now() - 2 * HOUR).toISOString()], ALL.slice(0, 3)],
      [['nurse@example.org'], ['3 nurse null', '4 nurse tablet']],
      [['romeo@example.org', '--type', 'groupchat', '--limit', '1'], ['4 romeo phone']],
      [['--after', '3'], SAID],
    ];
    for (const [args, expected] of cases) assert.deepEqual(await listed(...args), expected, args.join(' '));
    assert.equal(
      (await run('queue', 'list', '--from', 'where.org')).stdout,
      'nothing that fits is pending\n',
    );
  });

  test('goes on page by page, leaving nothing out', async () => {
    fill();
    const seen: string[] = [];
    let more: string[] = [];
    for (let pages = 0; pages < 10; pages++) {
      seen.push(...(await listed('--limit', '4', ...more)));
      const { stdout } = await run('queue', 'list', '--limit', '4', ...more);
      const [, next] = /there are more \(--after (\d+)\)/.exec(stdout) ?? [];
      if (next === undefined) break;
      more = ['--after', next];
    }
    assert.deepEqual([...new Set(seen)], [...ALL, ...SAID]);
  });

  test('wrong arguments end with 2', async () => {
    const cases: [args: string[], says: RegExp][] = [
      [['list', '--since', 'evening'], /--since .*duration \(2h\)/],
      [['list', '--since', '2026-13-45'], /--since/],
      [['list', '--type', 'headline'], /--type .*chat, normal, groupchat/],
      [['list', '--from', '@'], /--from .*JID/],
      [['list', '--room', 'rooms.example.org'], /--room .*room@/],
      [['list', '--after', 'x'], /--after .*whole number/],
      [['show', 'romeo@example.org'], /whole number/],
      [['show'], /missing required argument 'ID'/],
      [['replay', 'example.org'], /no account and no id/],
      [['drop', '--yes'], /say what to drop/],
      [['tail', '--kind', 'seen'], /There is: stored, replayed, proved/],
      [['import'], /missing required argument 'FILE'/],
    ];
    fill();
    await Promise.all(
      cases.map(async ([args, says]) => {
        const { code, stderr, stdout } = await run('queue', ...args);
        assert.equal(code, 2, `${args.join(' ')}: ${stderr}`);
        assert.match(stderr, says);
        assert.equal(stdout, '');
      }),
    );
  });
});

describe('queue show', () => {
  test('the headers, to whom it is owed and why; no body unless it is asked for', async () => {
    fill();
    const { stdout, code } = await run('queue', 'show', '1');
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^id +1\nfrom +juliet@example\.org\/balcony\nto .*\ntype +chat\nreceived .* \(1d 6h ago\)\nexpires/,
    );
    assert.match(
      stdout,
      /owed to +romeo@example\.org \(any device\)\n +the daemon is not running.*\n.*romeo@example\.org\/phone/,
    );
    assert.doesNotMatch(stdout, /hush/);
    assert.match((await run('queue', 'show', '1', '--body')).stdout, /\n\nhush\n$/);
    const shown = await data('queue', 'show', '5');
    assert.equal(shown.payload, undefined);
    assert.deepEqual(
      [shown.type, shown.room, shown.pending.length],
      ['groupchat', 'room@rooms.example.org', 1],
    );
    assert.equal(shown.pending[0].reason, 'daemon-not-running');
  });

  test('show tells of what could not be sent why', async () => {
    fill();
    work.fill(db => {
      db.exec(
        `INSERT INTO undelivered VALUES (1, 'romeo@example.org', 'x@y/z', 'chat', 'i', 0, 1000, 'refused')`,
      );
      db.exec(`INSERT INTO refusal VALUES (9, 1, 'policy-violation, "too big"')`);
    });
    const { code, stdout } = await run('queue', 'show', '9');
    assert.equal(code, 0);
    assert.match(stdout, /^for +romeo@example.org$/m);
    assert.match(stdout, /^refused .*: it cannot be sent, policy-violation, "too big"$/m);
    const { pending, reason } = await data('queue', 'show', '9');
    assert.deepEqual([pending, reason], [[], 'policy-violation, "too big"']);
    const [line] = await data('queue', 'undelivered');
    assert.deepEqual([line.id, line.outcome, line.reason], [9, 'refused', reason]);
  });

  test('what is not pending: 1, and where to look', async () => {
    fill();
    const { code, stderr } = await run('queue', 'show', '77');
    assert.equal(code, 1);
    assert.match(stderr, /^respool: 77 is not pending: .*respool trace 77 .*\n$/);
  });
});

describe('what needs the daemon', () => {
  test('says so where none runs: 1', async () => {
    fill();
    for (const args of [['replay', 'romeo@example.org'], ['replay', '1'], ['tail'], ['tail', '--json']]) {
      const { code, stdout, stderr } = await run('queue', ...args);
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(
        stderr,
        /^respool: the daemon is not running on \S+spool\.db; start it: systemctl start respool \(or respool run\)\n$/,
      );
    }
  });
});
