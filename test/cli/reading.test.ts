import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { LISTING } from '../../src/cli/devices.js';
import { list } from '../../src/cli/listing.js';
import { Output } from '../../src/cli/output.js';
import { serveControl } from '../../src/control/control.js';
import { controlPath } from '../../src/control/daemon-line.js';
import type { Handlers } from '../../src/control/requests.js';
import { MIGRATIONS } from '../../src/spool/migrations.js';
import { SpoolReader } from '../../src/spool/spool-reader.js';
import { Process, respool } from './process.js';
import { addAccount, addDevice, addMember, addMessage, addRoom, addSaid, Workspace } from './workspace.js';

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

/** Two accounts; the first has devices in slots 1 and 40, and messages owed in every way. */
function fill(): void {
  work.fill(db => {
    addAccount(db, 1, 'romeo@example.org');
    addAccount(db, 2, 'nurse@example.org');
    addDevice(db, 1, 1, 'phone');
    addDevice(db, 1, 40, 'laptop', 1);
    addMessage(db, { id: 3, account: 1, owed: 1, stanza_id: 'a1', received_at: 1_500 });
    addMessage(db, { id: 4, account: 2, owed: 1, type: null, received_at: 2_000 });
    addMessage(db, { id: 5, account: 1, owed: 1 + 2 + 2 ** 40, received_at: 3_000 });
    addMessage(db, { id: 6, account: 1, owed: 2 ** 40 + 2 ** 7 });
  });
}

describe('queue list', () => {
  test('--json: one object for each pending, oldest first, with these keys', async () => {
    fill();
    const list = await data('queue', 'list');
    assert.deepEqual(list[0], {
      id: 3,
      account: 'romeo@example.org',
      device: null,
      from: 'juliet@example.org/balcony',
      to: 'to@example.org',
      type: 'chat',
      stanza_id: 'a1',
      received_at: '1970-01-01T00:00:01.500Z',
      expires_at: '2100-01-01T00:00:00.000Z',
      size: 17,
      on_hold: false,
    });
    assert.equal(list[1].type, 'normal');
    const who = list.map((pending: { id: number; device: string | null }) => [pending.id, pending.device]);
    // slot 7 is nobody's any more
    assert.deepEqual(who, [
      [3, null],
      [4, null],
      [5, null],
      [5, 'phone'],
      [5, 'laptop'],
      [6, 'laptop'],
    ]);
  });

  test('of one account, however it is written; of an unknown one nothing', async () => {
    fill();
    const ids = (await data('queue', 'list', 'NURSE@Example.org')).map(({ id }: { id: number }) => id);
    assert.deepEqual(ids, [4]);
    assert.deepEqual(await data('queue', 'list', 'tybalt@example.org'), []);
    const { stdout } = await run('queue', 'list', 'tybalt@example.org');
    assert.equal(stdout, 'nothing is pending for tybalt@example.org\n');
  });

  test('what was said in rooms is in it too, in the order of arrival, for each device that lacks it', async () => {
    work.fill(db => {
      addAccount(db, 1, 'romeo@example.org');
      addAccount(db, 2, 'juliet@example.org');
      addDevice(db, 1, 1, 'phone');
      addDevice(db, 2, 1, 'tablet');
      addRoom(db, 1, 'room@rooms.example.org');
      addMember(db, 1, 1, 2, [1_100]);
      addMember(db, 1, 2, 0);
      addMessage(db, { id: 1, account: 1, owed: 1 });
      addMessage(db, { id: 3, account: 1, owed: 2 });
      for (const id of [2, 4]) addSaid(db, id, 1);
      for (let id = 1_000; id < 1_300; id++) addSaid(db, id, 1);
    });
    const all: Record<string, unknown>[] = await data('queue', 'list');
    const who = all.map(({ id, account, device }) => `${id} ${String(account).split('@')[0]} ${device}`);
    const early = ['1 romeo null', '2 juliet tablet', '3 romeo phone', '4 romeo phone', '4 juliet tablet'];
    assert.deepEqual(who.slice(0, 5), early);
    assert.equal(new Set(who).size, 5 + 600 - 1);
    assert.equal(who.length, 5 + 600 - 1);
    assert.deepEqual([all[1]?.type, all[1]?.to], ['groupchat', 'room@rooms.example.org']);
    const hers = await data('queue', 'list', 'juliet@example.org');
    assert.equal(hers.length, 302);
    const pending = (await data('devices')).map((device: { pending: number }) => device.pending);
    assert.deepEqual(pending, [302, 1 + 1 + 299]);
  });

  test('--limit takes the oldest, and says that there are more only if there are', async () => {
    fill();
    assert.equal((await data('queue', 'list', '--limit', '4')).length, 4);
    assert.match(
      (await run('queue', 'list', '--limit', '5')).stdout,
      /\n5 pending shown, 85 B; there are more \(--after 5\)\n$/,
    );
    assert.match((await run('queue', 'list', '--limit', '6')).stdout, /\n6 pending, 102 B\n$/);
  });

  test('as a table that lines up, without a body', async () => {
    fill();
    const { stdout } = await run('queue', 'list');
    const lines = stdout.split('\n');
    assert.match(lines[0] ?? '', /^ID {2}ACCOUNT +DEVICE +FROM +TYPE +RECEIVED +EXPIRES +SIZE$/);
    const column = lines[0]?.indexOf('DEVICE') ?? -1;
    assert.deepEqual(
      lines.slice(1, 7).map(line => line.slice(column).split(' ')[0]),
      ['(any)', '(any)', '(any)', 'phone', 'laptop', 'laptop'],
    );
    assert.doesNotMatch(stdout, /hush/);
  });

  test('what strangers wrote cannot command the terminal', async () => {
    work.fill(db => {
      addAccount(db, 1, 'romeo@example.org');
      addMessage(db, { id: 1, account: 1, owed: 1, sender: 'x@y/\u001b]0;pwn\u0007\u202e\u009b' });
    });
    const { stdout } = await run('queue', 'list');
    assert.ok(stdout.includes('x@y/\\u{1b}]0;pwn\\u{7}\\u{202e}\\u{9b}'), stdout);
  });

  test('a long list comes whole, and a reader that goes away is no error', async () => {
    const count = 3_210;
    work.fill(db => {
      addAccount(db, 1, 'romeo@example.org');
      for (let id = 1; id <= count; id++) addMessage(db, { id, account: 1, owed: 1 });
    });
    const list = await data('queue', 'list');
    assert.deepEqual([list.length, list[0].id, list.at(-1).id], [count, 1, count]);
    for (const extra of [[], ['--json']]) {
      const process = new Process(['queue', 'list', ...extra, '-c', work.config]);
      process.child.stdout?.once('data', () => process.child.stdout?.destroy());
      const { code, stderr } = await process.ended();
      assert.deepEqual([code, stderr], [0, '']);
    }
  });
});

describe('a spool that is', () => {
  test('empty: said in words, or as an empty array', async () => {
    work.fill(() => undefined);
    assert.equal((await run('queue', 'list')).stdout, 'nothing is pending\n');
    assert.equal((await run('queue', 'list', '--json')).stdout, '[]\n');
    assert.equal((await run('devices')).stdout, 'no device is known yet\n');
    assert.match(
      (await run('stats')).stdout,
      /^daemon +not running\nlast started +never\n.*oldest pending +none\n/s,
    );
  });

  test('not a spool, newer or older: 1, and what to do', async () => {
    writeFileSync(work.spool, 'This is a text file, and it is long enough to be looked at.'.repeat(20));
    const damaged = await run('stats');
    assert.equal(damaged.code, 1);
    assert.match(damaged.stderr, /^respool: \S+spool\.db is damaged .*move it/);
    writeFileSync(work.spool, '');
    work.fill(db => db.pragma(`user_version = ${MIGRATIONS.length + 1}`));
    assert.match((await run('stats')).stderr, /newer respool/);
    writeFileSync(work.spool, '');
    work.fill(db => db.pragma('user_version = 0'));
    assert.match((await run('stats')).stderr, /older respool .*respool run brings it up to date/);
  });
});

test('devices: each with what it lacks', async () => {
  fill();
  const list = await data('devices', 'romeo@example.org');
  assert.deepEqual(list, [
    {
      account: 'romeo@example.org',
      device: 'phone',
      online: true,
      state: 'unknown',
      known_at: '1970-01-01T00:00:02.000Z',
      priority: 5,
      answers_pings: true,
      pings: 'unknown',
      probation: false,
      first_seen: '1970-01-01T00:00:01.000Z',
      last_seen: '1970-01-01T00:00:02.000Z',
      carbons: false,
      mam: false,
      proofs: 0,
      proof_ms: null,
      pending: 1,
      on_hold: false,
    },
    {
      account: 'romeo@example.org',
      device: 'laptop',
      online: true,
      state: 'unknown',
      known_at: '1970-01-01T00:00:02.000Z',
      priority: 5,
      answers_pings: false,
      pings: 'unanswered',
      probation: false,
      first_seen: '1970-01-01T00:00:01.000Z',
      last_seen: '1970-01-01T00:00:02.000Z',
      carbons: false,
      mam: false,
      proofs: 0,
      proof_ms: null,
      pending: 2,
      on_hold: false,
    },
  ]);
  const { stdout } = await run('devices');
  assert.match(stdout, /laptop +was online +\d+d( \d+h)? ago +unanswered .* 0 +2\n2 devices\n$/);
  assert.equal(
    (await run('devices', 'nurse@example.org')).stdout,
    'no device of nurse@example.org is known\n',
  );
});

test('devices: what the daemon knows of their sessions, where one runs, with how old it is', async () => {
  fill();
  const asked: unknown[] = [];
  const session = { account: 'romeo@example.org', priority: 5, settlingFor: null, replaying: false };
  const end = await serveControl(controlPath(work.spool), {
    async sessions({ accounts }: { accounts: string[] }) {
      asked.push(accounts);
      const phone = { ...session, resource: 'phone', line: 'answers', heardFor: 3_000, unansweredFor: null };
      const laptop = { ...session, resource: 'laptop', line: 'asleep', heardFor: 9, unansweredFor: 600_000 };
      return [phone, laptop];
    },
  } as unknown as Handlers);
  try {
    const { stdout } = await run('devices');
    assert.match(stdout, /phone +online +3s ago +unknown /);
    assert.match(stdout, /laptop +asleep +10m ago +unanswered /);
    const list: Record<string, unknown>[] = await data('devices', 'romeo@example.org');
    assert.deepEqual(
      list.map(({ device, online, state }) => [device, online, state]),
      [
        ['phone', true, 'online'],
        ['laptop', true, 'asleep'],
      ],
    );
    assert.deepEqual(asked, [['romeo@example.org'], ['romeo@example.org']]);
  } finally {
    await end();
  }
});

test('devices --ask: what came of asking, in the place of what is believed', async () => {
  fill();
  const asked: unknown[] = [];
  const session = {
    account: 'romeo@example.org',
    priority: 5,
    settlingFor: null,
    replaying: false,
    line: 'answers',
  };
  const end = await serveControl(controlPath(work.spool), {
    sessions: async () => [],
    async ask(takes: unknown) {
      asked.push(takes);
      const phone = {
        ...session,
        resource: 'phone',
        heardFor: 3_000,
        unansweredFor: null,
        asked: 'answered',
        took: 41,
      };
      return [phone, { ...phone, resource: 'laptop', asked: 'silent', took: null }];
    },
  } as unknown as Handlers);
  try {
    const { stdout } = await run('devices', 'romeo@example.org', '--ask', '--wait', '2s');
    assert.match(
      stdout,
      /phone +answered .*\n.* laptop +no answer .*\n2 devices, 1 of 2 sessions answered\n$/,
    );
    const list: Record<string, unknown>[] = await data('devices', 'romeo@example.org', '--ask');
    assert.deepEqual(
      list.map(one => [one.device, one.asked, one.answer_ms]),
      [
        ['phone', 'answered', 41],
        ['laptop', 'silent', null],
      ],
    );
    const accounts = ['romeo@example.org'];
    assert.deepEqual(asked, [
      { accounts, within: 2_000 },
      { accounts, within: 10_000 },
    ]);
  } finally {
    await end();
  }
});

test('devices: a line fits a terminal of 80 columns, whatever the names', async () => {
  const account = `${'long'.repeat(20)}@${'x'.repeat(40)}.example.org`;
  work.fill(db => {
    addAccount(db, 1, account);
    addDevice(db, 1, 1, 'resource'.repeat(9), 1);
    addDevice(db, 1, 2, 'phone');
    db.exec('UPDATE device SET probation = 1, proofs = 123456, proof_ms = 12345');
  });
  const reader = SpoolReader.open(work.spool);
  const now = Date.now();
  let text = '';
  const stream = new Writable({
    write(chunk, _, done) {
      text += chunk;
      done();
    },
  });
  const known = { state: 'unknown', at: now - 86_340_000 } as const;
  const rows = [...reader.devices()].map(device => {
    return {
      device: { ...device, pending: 1_234_567 },
      known,
      pings: 'unanswered' as const,
      answer: undefined,
      now,
    };
  });
  reader.close();
  await list(rows, { ...LISTING, width: 80, total: String }, false, new Output(stream));
  const lines = text.split('\n');
  assert.match(lines[0] ?? '', /^ACCOUNT +DEVICE +STATE +SEEN +PINGS .*PENDING$/);
  assert.deepEqual(
    lines.filter(line => line.length > 80),
    [],
  );
  assert.match(lines[2] ?? '', /\(once\) phone +was online +23h 59m ago +unanswered /);
});

test('devices: as the spool has them where the daemon cannot answer, with the reason', async () => {
  fill();
  const end = await serveControl(controlPath(work.spool), {} as Handlers);
  try {
    const { code, stdout } = await run('devices');
    assert.equal(code, 0);
    assert.match(stdout, /phone +was online .*\n2 devices\nthe daemon was not asked: \S/s);
  } finally {
    await end();
  }
});

test('devices: one that devices.never_ping names is not asked, and one on probation was seen once', async () => {
  fill();
  work.fill(db => db.exec("UPDATE device SET probation = 1 WHERE resource = 'laptop'"));
  work.configure(1, 'http: false\ndevices: {never_ping: ["*/lap*"]}\n');
  const { stdout } = await run('devices');
  assert.match(stdout, /\(once\) laptop +was online .* ago +not sent /);
  assert.match(stdout, /phone +was online .* ago +unknown /);
});

test('devices forget works without a daemon', async () => {
  fill();
  const unasked = await run('devices', 'forget', 'romeo@example.org', 'phone');
  assert.deepEqual([unasked.code, (await data('devices')).length], [2, 2]);
  assert.match(unasked.stderr, /Forget romeo@example\.org\/phone\? It is owed .* add --yes\n/);
  const { code, stdout } = await run('devices', 'forget', 'romeo@example.org', 'phone', '--yes');
  assert.deepEqual([code, stdout], [0, 'romeo@example.org/phone is forgotten, and owed nothing\n']);
  const list: { device: string }[] = await data('devices');
  assert.deepEqual(
    list.map(({ device }) => device),
    ['laptop'],
  );
  assert.equal((await run('devices', 'forget', 'romeo@example.org', 'phone')).code, 1);
  assert.equal((await run('devices', 'forget', 'nobody', 'phone')).code, 2);
});

test('devices come whole over many pages', async () => {
  work.fill(db => {
    for (let id = 1; id <= 400; id++) {
      addAccount(db, id, `user${id}@example.org`);
      for (let slot = 1; slot <= 3; slot++) addDevice(db, id, slot, `device${slot}`);
    }
  });
  const list: { account: string; device: string }[] = await data('devices');
  assert.equal(new Set(list.map(({ account, device }) => `${account}/${device}`)).size, 1200);
  assert.equal(list.length, 1200);
});
