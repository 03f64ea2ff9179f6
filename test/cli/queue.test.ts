import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { Process, respool } from './process.js';
import {
  addAccount,
  addDevice,
  addMember,
  addMessage,
  addRoom,
  addSaid,
  setCounter,
  Workspace,
} from './workspace.js';

const HOUR = 3_600_000;

let work: Workspace;
beforeEach(() => {
  work = new Workspace();
  work.configure(1);
});
afterEach(() => work.remove());

const run = (...args: string[]) => respool([...args, '-c', work.config]);
const data = async (...args: string[]) => {
  const { code, stdout, stderr } = await run(...args, '--json');
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
};
const lines = (list: { id: number; account: string; device: string | null }[]) =>
  list.map(({ id, account, device }) => `${id} ${account.split('@')[0]} ${device}`);
const listed = async (...args: string[]) => lines(await data('queue', 'list', ...args));

/** Two accounts, three devices, a room, and messages of each kind. */
function fill(now = Date.now()): void {
  work.fill(db => {
    addAccount(db, 1, 'romeo@example.org');
    addAccount(db, 2, 'nurse@example.org');
    addDevice(db, 1, 1, 'phone');
    addDevice(db, 1, 2, 'laptop');
    addDevice(db, 2, 1, 'tablet');
    addMessage(db, { id: 1, account: 1, owed: 1 + 2 + 4, received_at: now - 30 * HOUR });
    addMessage(db, {
      id: 2,
      account: 1,
      owed: 1 + 2,
      sender: 'tybalt@elsewhere.org/x',
      received_at: now - HOUR,
    });
    addMessage(db, { id: 3, account: 2, owed: 1, type: null, received_at: now });
    addRoom(db, 1, 'room@rooms.example.org');
    addMember(db, 1, 1, 0);
    addMember(db, 1, 3, 0, [5]);
    addSaid(db, 4, 1);
    addSaid(db, 5, 1);
    setCounter(db, 'last_message_id', 5);
    setCounter(db, 'pending', 6);
  });
}

const ALL = [
  '1 romeo null',
  '1 romeo phone',
  '1 romeo laptop',
  '2 romeo null',
  '2 romeo phone',
  '3 nurse null',
];
const SAID = ['4 romeo phone', '4 nurse tablet', '5 romeo phone'];

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

describe('queue export and import', () => {
  const file = () => join(work.folder, 'queue.jsonl');

  test('another, empty spool has the same queue after it', async () => {
    fill();
    work.fill(db => {
      const sum = (...columns: string[]) =>
        columns.map(column => `coalesce(length(${column}), 0)`).join(' + ');
      const common = ['payload', 'sender', 'stanza_id', 'lang'];
      const ofMessage = sum(...common, 'recipient', 'identity', 'room', 'type');
      db.prepare(`UPDATE message SET size = ${ofMessage}`).run();
      db.prepare(`UPDATE room_message SET size = ${sum(...common, 'key')}, expires_at = 600000000`).run();
    });
    // whether a device is there now is no part of it
    const known = (devices: object[]) => devices.map(device => ({ ...device, online: null, state: null }));
    assert.equal((await run('queue', 'hold', 'juliet@example.net')).code, 0);
    const before = [await data('queue', 'list'), known(await data('devices')), await data('queue', 'hold')];
    const exported = await run('queue', 'export', file());
    assert.deepEqual([exported.code, exported.stderr], [0, '']);
    assert.match(exported.stdout, /^14 records written to /);
    assert.equal(statSync(file()).mode & 0o777, 0o600);
    const other = new Workspace();
    other.configure(1);
    other.fill(() => undefined);
    const there = async (...args: string[]) => respool([...args, '-c', other.config]);
    const imported = await there('queue', 'import', file());
    assert.deepEqual([imported.code, imported.stdout], [0, '12 records imported\n']);
    const after = [
      JSON.parse((await there('queue', 'list', '--json')).stdout),
      known(JSON.parse((await there('devices', '--json')).stdout)),
      JSON.parse((await there('queue', 'hold', '--json')).stdout),
    ];
    assert.deepEqual(after, before);
    // the very same, but for the moment of the export and the order of devices of equal age
    const again = await there('queue', 'export', '-');
    const records = (text: string) => text.split('\n').slice(1);
    assert.deepEqual(records(again.stdout), records(readFileSync(file(), 'utf8')));
    const twice = await there('queue', 'import', file());
    assert.equal(
      twice.stdout,
      '0 records imported, 8 were here already, 4 left out: they belong to rooms or devices that this spool keeps by itself\n',
    );
    assert.deepEqual(JSON.parse((await there('queue', 'list', '--json')).stdout), before[0]);
    other.remove();
  });

  test('into a spool with messages: behind them, in order; from stdin too', async () => {
    fill();
    const { stdout } = await run('queue', 'export', '-');
    const other = new Workspace();
    other.configure(1);
    other.fill(db => {
      addAccount(db, 1, 'tybalt@example.org');
      addMessage(db, { id: 7, account: 1, owed: 1 });
      setCounter(db, 'last_message_id', 7);
    });
    const importing = new Process(['queue', 'import', '-', '-c', other.config]);
    importing.child.stdin?.end(stdout);
    const { code, stderr } = await importing.ended();
    assert.equal(code, 0, stderr);
    const list = JSON.parse((await respool(['queue', 'list', '--json', '-c', other.config])).stdout);
    const moved = [...ALL, ...SAID].map(line => line.replace(/^\d+/, id => String(Number(id) + 7)));
    assert.deepEqual(lines(list), ['7 tybalt null', ...moved]);
    assert.ok(!existsSync(`${other.spool}.import-${importing.child.pid}`));
    other.remove();
  });

  test('a payload is made anew, so that nothing is in it that no server takes', async () => {
    fill();
    const { stdout } = await run('queue', 'export', '-');
    const other = new Workspace();
    other.configure(1);
    other.fill(() => undefined);
    const payload = `"payload":"<body>hush</body><foo xmlns='u' y:a='1'/>"`;
    writeFileSync(file(), stdout.replaceAll(/"payload":"[^"]*"/g, payload));
    const { code, stderr } = await respool(['queue', 'import', file(), '-c', other.config]);
    assert.equal(code, 0, stderr);
    const made = new Set(
      other
        .read<{ payload: string }>('SELECT payload FROM message UNION ALL SELECT payload FROM room_message')
        .map(row => row.payload),
    );
    assert.deepEqual([...made], ["<body>hush</body><foo xmlns='u'/>"]);
    other.remove();
  });

  test('a wrong line is named by its number, and nothing is stored', async () => {
    fill();
    const { stdout } = await run('queue', 'export', '-');
    const good = stdout.trimEnd().split('\n');
    const other = new Workspace();
    other.configure(1);
    other.fill(() => undefined);
    const bad: [lines: string[], says: RegExp][] = [
      [good.with(8, '{"record":"message","id":1}'), /queue\.jsonl:9: .+/],
      [good.with(3, '{'), /queue\.jsonl:4: no JSON object/],
      [good.with(3, '{"record":"other"}'), /queue\.jsonl:4: record: /],
      [good.slice(1), /queue\.jsonl:1: no header/],
      [good.slice(0, -1), /queue\.jsonl: the end is missing/],
      [good.toSpliced(5, 1), /queue\.jsonl:12: 11 records were written, 10 are here/],
      [
        good.with(0, good[0]?.replace('"version":1', '"version":9') ?? ''),
        /:1: format 9, but this respool reads 1/,
      ],
      [
        good.with(0, good[0]?.replace(/"last_id":\d+/, '"last_id":1') ?? ''),
        /queue\.jsonl:\d+: id \d+ is above the header's last_id, 1; export it anew/,
      ],
      [[], /the end is missing/],
      ...[
        ...[
          "</message><message from='ceo@example.org'>",
          '<body>',
          'a',
          '<!--',
          '<body>\\u0000</body>',
          '</message>',
        ],
      ].map((payload): [string[], RegExp] => [
        good.with(8, good[8]?.replace(/"payload":"[^"]*"/, `"payload":"${payload}"`) ?? ''),
        /queue\.jsonl:9: payload: \w+/,
      ]),
    ];
    for (const [content, says] of bad) {
      writeFileSync(file(), content.map(line => `${line}\n`).join(''));
      const { code, stderr } = await respool(['queue', 'import', file(), '-c', other.config]);
      assert.equal(code, 1, stderr);
      assert.match(stderr, says);
    }
    assert.equal((await respool(['queue', 'list', '-c', other.config])).stdout, 'nothing is pending\n');
    other.remove();
  });

  test('a file that cannot be read or written: 1, with its name and the reason', async () => {
    fill();
    const none = await run('queue', 'import', `${work.folder}/none`);
    assert.match(none.stderr, /^respool: \S+none cannot be read \(there is no such file\)\n$/);
    writeFileSync(file(), 'mine');
    const there = await run('queue', 'export', file());
    assert.match(
      there.stderr,
      /^respool: \S+queue\.jsonl cannot be written \(.*\); name another, or remove it first\n$/,
    );
    assert.equal(readFileSync(file(), 'utf8'), 'mine');
    const nowhere = await run('queue', 'export', `${work.folder}/none/queue`);
    assert.match(nowhere.stderr, /cannot be written \(there is no such/);
    assert.deepEqual([none.code, there.code, nowhere.code], [1, 1, 1]);
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

test("another user's spool: 1, and whose to be", { skip: process.getuid?.() !== 0 }, async () => {
  fill();
  chmodSync(work.folder, 0o755);
  chmodSync(work.config, 0o644);
  for (const args of [
    ['queue', 'list'],
    ['queue', 'show', '1'],
    ['queue', 'drop', '1', '--yes'],
    ['queue', 'export', '-'],
    ['forget', 'romeo@example.org', '--yes'],
  ]) {
    const other = new Process([...args, '-c', work.config], {}, 65_534);
    const { code, stdout, stderr } = await other.ended();
    assert.deepEqual([code, stdout], [1, ''], stderr);
    assert.match(
      stderr,
      /^respool: \S+spool\.db cannot be (opened|written) \(.*\); .*(yours to read|user that runs respool)\n$/,
      args.join(' '),
    );
  }
});
