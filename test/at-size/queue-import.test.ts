import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { Process, respool } from '../cli/process.js';
import { Workspace } from '../cli/workspace.js';

let work: Workspace;
let file: string;
beforeEach(() => {
  work = new Workspace();
  work.configure(1);
  work.fill(() => undefined);
  file = join(work.folder, 'queue.jsonl');
});
afterEach(() => work.remove());

test('a large file is read without keeping it in memory', async () => {
  const header = { record: 'respool-queue', version: 1, exported_at: 0, last_id: 60_000 };
  const common = { from: 'room@rooms.example.org/nick', stanza_id: null, lang: null, stamp: 0 };
  const payload = `<body>${'x'.repeat(2_000)}</body>`;
  const times = { received_at: 0, expires_at: 1 };
  const said = { record: 'said', room: 'room@rooms.example.org', payload, ...common, ...times };
  const all = [header, ...[...Array(60_000).keys()].map(at => ({ ...said, id: at + 1, key: `${at}` }))];
  writeFileSync(file, `${all.map(record => JSON.stringify(record)).join('\n')}\n`);
  const small = { NODE_OPTIONS: '--max-old-space-size=64' };
  const { code, stderr } = await new Process(['queue', 'import', file, '-c', work.config], small).ended();
  assert.equal(code, 1);
  assert.match(stderr, /queue\.jsonl: the end is missing/);
});

test('by a daemon, however long the records of the members of a room are', async () => {
  const [account, resource] = ['romeo@example.org', 'phone'];
  const counts = { mute: false, carbons: false, mam: false, proofs: 0, proof_ms: null };
  const times = { first_seen: Date.now(), last_seen: Date.now() };
  const rooms = [...Array(30).keys()].map(at => `room${at}@rooms.example.org`);
  const proved = [...Array(20_000).keys()].map(at => 30_000_000 + at);
  const records = [
    { record: 'device', account, resource, priority: 0, ...counts, ...times },
    ...rooms.map(jid => ({ record: 'room', jid, last_id: null, heard_at: 0 })),
    ...rooms.map(room => ({ record: 'member', room, account, resource, nick: null, cursor: 0, proved })),
  ];
  const header = { record: 'respool-queue', version: 1, exported_at: 0, last_id: 40_000_000 };
  const all = [header, ...records, { record: 'end', records: records.length }];
  writeFileSync(file, `${all.map(record => JSON.stringify(record)).join('\n')}\n`);
  const daemon = new Process(['run', '-c', work.config]);
  try {
    await daemon.said(/serving/);
    const { code, stdout, stderr } = await respool(['queue', 'import', file, '-c', work.config]);
    assert.deepEqual([code, stdout, stderr], [0, '61 records imported\n', '']);
  } finally {
    daemon.child.kill('SIGTERM');
    await daemon.ended();
  }
});
