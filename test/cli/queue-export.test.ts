import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Process, respool } from './process.js';
import { ALL, data, fill, lines, run, SAID, work } from './queue-scene.js';
import { addAccount, addMessage, setCounter, Workspace } from './workspace.js';

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
