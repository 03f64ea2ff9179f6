import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Ended, Process, respool } from '../cli/process.js';
import { addMessage, Workspace } from '../cli/workspace.js';

let work: Workspace;
before(() => {
  work = Workspace.ofRomeo(db => {
    for (const id of [1, 2, 3]) addMessage(db, { id, account: 1, owed: 1 + 2 });
  });
});
after(() => work.remove());

/** Without its numbers: ages and the room on the disk may change between the two. */
const numberless = ({ stdout, ...rest }: Ended) => ({ ...rest, stdout: stdout.replace(/\d+/g, '0') });

describe('as a process a command says what it says in a thread, and ends', () => {
  const cases: [args: string[], code: number][] = [
    [['--help'], 0],
    [['queue', 'list', '--limit', '2'], 0],
    [['queue', 'show', '1', '--body', '--json'], 0],
    [['queue', 'undelivered'], 0],
    [['queue', 'tail'], 1],
    [['devices', '--json'], 0],
    [['stats', '--json'], 0],
    [['check', '--no-ejabberd', '--wait', '0s'], 1],
    [['queue', 'drop', '--all'], 2],
    [['queue', 'lst'], 2],
  ];
  for (const [args, code] of cases) {
    test(`respool ${args.join(' ')}: ${code}`, async () => {
      const line = [...args, '-c', work.config];
      const [ended, told] = await Promise.all([new Process(line).ended(), respool(line)]);
      assert.deepEqual(numberless(ended), numberless(told));
      assert.equal(ended.code, code);
    });
  }
});

test('as processes: what changes the spool, one after the other', async () => {
  const ended = async (...args: string[]) => {
    const { code, stdout, stderr } = await new Process([...args, '-c', work.config]).ended();
    return [code, stdout, stderr];
  };
  assert.deepEqual(await ended('queue', 'drop', '2', '--yes'), [0, '2 pending dropped\n', '']);
  const forgotten = 'romeo@example.org/phone is forgotten, and owed nothing\n';
  assert.deepEqual(await ended('devices', 'forget', 'romeo@example.org', 'phone', '--yes'), [
    0,
    forgotten,
    '',
  ]);
  const [code, stdout] = await ended('forget', 'romeo@example.org', '--yes');
  assert.deepEqual(
    [code, stdout],
    [0, 'romeo@example.org is forgotten: 2 messages, 0 devices, 0 room memberships, 1 undelivered line\n'],
  );
});
