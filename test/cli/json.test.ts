import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { topicText } from '../../src/cli/manual/topics.js';
import { serveControl } from '../../src/control/control.js';
import { controlPath } from '../../src/control/daemon-line.js';
import type { Handlers, Item } from '../../src/control/requests.js';
import { HistoryLog } from '../../src/spool/history/history-log.js';
import { historyFolder } from '../../src/spool/history/segments.js';
import { within } from '../wait.js';
import { Process, respool } from './process.js';
import { addMessage, setCounter, Workspace } from './workspace.js';

/** What `respool help json` promises: by each command its keys, with the words that stand for their types. */
const PROMISED = new Map(
  topicText('json')
    .split('\n## respool ')
    .slice(1)
    .map(part => [
      part.slice(0, part.indexOf('\n')),
      new Map(
        [...part.matchAll(/^\| `([^`]+)` \| ([^|]+?) \|/gm)].map(([, key = '', type = '']) => [key, type]),
      ),
    ]),
);
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const IS: Record<string, (value: unknown) => boolean> = {
  text: value => typeof value === 'string' && value !== '',
  number: value => typeof value === 'number',
  'yes or no': value => typeof value === 'boolean',
  time: value => typeof value === 'string' && TIME.test(value),
};

/** Every value in it by its path, as the manual writes it. */
function* leaves(value: unknown, path = ''): Generator<[path: string, value: unknown]> {
  if (Array.isArray(value)) for (const one of value) yield* leaves(one, `${path}[]`);
  else if (value === null || typeof value !== 'object') yield [path, value];
  else
    for (const [key, one] of Object.entries(value)) yield* leaves(one, path === '' ? key : `${path}.${key}`);
}

/** Fails where an object has a key that is not promised, lacks one that is, or has a value of another type. */
function keeps(command: string, value: unknown): void {
  const promised = PROMISED.get(command);
  assert.ok(promised !== undefined && promised.size > 0, command);
  const seen = new Set<string>();
  for (const [path, one] of leaves(value)) {
    const key = [path, path.replace(/^(delivery|series)\.\w+/, '$1.*')].find(name => promised.has(name));
    assert.ok(key !== undefined, `${command}: ${path} is not in the manual`);
    seen.add(key);
    const type = promised.get(key) ?? '';
    const [kind = '', ...or] = type.split(/ or (?=null|left out)/);
    assert.ok(IS[kind] !== undefined, `${command}: ${type}`);
    assert.ok(
      IS[kind](one) || (one === null && or.includes('null')),
      `${command}: ${path} is ${one}, not ${type}`,
    );
  }
  const missing = [...promised].filter(([key, type]) => !seen.has(key) && !type.endsWith('left out'));
  assert.deepEqual(missing, [], command);
}

let work: Workspace;
beforeEach(() => {
  work = Workspace.ofRomeo(db => {
    addMessage(db, { id: 3, account: 1, owed: 1 + 2, stanza_id: 'a1', received_at: Date.now() - 1_000 });
    addMessage(db, { id: 4, account: 1, owed: 1, type: null });
    for (const name of ['started_at', 'last_copy_at', 'alert.oldest', 'domain.example.org'])
      setCounter(db, name, 1);
  });
});
afterEach(() => work.remove());

async function data(...args: string[]) {
  const { code, stdout, stderr } = await respool([...args, '--json', '-c', work.config]);
  assert.ok(code === 0 || ['check', 'status'].includes(args[0] ?? ''), stderr);
  return JSON.parse(stdout);
}

describe('what --json prints is what the manual promises', () => {
  test('queue list', async () => {
    for (const one of await data('queue', 'list')) keeps('queue list', one);
  });

  test('queue show, with and without the body', async () => {
    const [bare, whole] = [await data('queue', 'show', '3'), await data('queue', 'show', '3', '--body')];
    keeps('queue show ID', bare);
    keeps('queue show ID', whole);
    assert.deepEqual([bare.payload, typeof whole.payload], [undefined, 'string']);
  });

  test('queue drop, and what was dropped in queue undelivered', async () => {
    keeps('queue drop', await data('queue', 'drop', '4', '--yes'));
    const [line] = await data('queue', 'undelivered');
    keeps('queue undelivered', line);
  });

  test('trace', async () => {
    const log = new HistoryLog(historyFolder(work.spool), { keep: 60_000, maxSize: 1 << 20 });
    const [from, to] = ['juliet@example.org/balcony', 'romeo@example.org'];
    log.add({ is: 'stored', id: 3, at: 1, account: to, from, to, type: 'chat', stanzaId: 'a1' });
    const happening = { is: 'happening', id: 3, at: 2 } as const;
    log.add({ ...happening, kind: 'proved', jid: `${to}/desk`, by: 'respool' });
    log.add({ ...happening, kind: 'bounced', jid: null, by: null });
    log.write();
    const [life, ...others] = await data('trace', to);
    keeps('trace', life);
    assert.deepEqual(others, []);
  });

  test('queue backup', async () => {
    keeps('queue backup', await data('queue', 'backup', join(work.folder, 'copy.db')));
  });

  test('salvage', async () => {
    const { stdout } = await respool(['salvage', work.spool, join(work.folder, 'saved.db'), '--json']);
    keeps('salvage DAMAGED NEW', JSON.parse(stdout));
  });

  test('queue hold, release and what is on hold', async () => {
    keeps('queue hold JID', await data('queue', 'hold', 'romeo@example.org'));
    for (const one of await data('queue', 'hold')) keeps('queue hold', one);
    keeps('queue hold JID', await data('queue', 'release', 'romeo@example.org'));
    assert.deepEqual(await data('queue', 'hold'), []);
  });

  test('devices', async () => {
    const [device] = await data('devices');
    keeps('devices', device);
  });

  test('stats', async () => keeps('stats', await data('stats')));

  test('status', async () => keeps('status', await data('status')));

  test('stats --table', async () =>
    keeps('stats --table', await data('stats', '--table', '--by', 'account')));

  test('check', async () => {
    for (const finding of await data('check', '--no-ejabberd')) keeps('check', finding);
  });

  test('queue tail', async () => {
    const event: Item<'tail'> = {
      ...{ at: 0, kind: 'proved', id: 7, account: 'romeo@example.org', device: 'phone', type: 'chat' },
      ...{ from: 'juliet@example.org', to: 'romeo@example.org', stanzaId: null, by: 'respool' },
    };
    const end = await serveControl(controlPath(work.spool), {
      tail(_, give) {
        give(event);
        return () => undefined;
      },
    } as Partial<Handlers> as Handlers);
    const following = new Process(['queue', 'tail', '--json', '-c', work.config]);
    try {
      const [line] = await within('it prints an event', once(following.child.stdout as Readable, 'data'));
      keeps('queue tail', JSON.parse(line));
    } finally {
      following.child.kill('SIGINT');
      await following.ended();
      await end();
    }
  });
});
