import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { HistoryLog } from '../../../src/spool/history/history-log.js';
import { readLine } from '../../../src/spool/history/lines.js';
import { Lives } from '../../../src/spool/history/lives.js';
import { wholeLines } from '../../../src/spool/history/reading.js';
import { segmentsIn } from '../../../src/spool/history/segments.js';
import { Journal } from '../../../src/spool/journal.js';
import type { MessageRecord } from '../../../src/spool/record.js';
import { Spool } from '../../../src/spool/spool.js';
import { emptySpool } from '../empty.js';
import { LIMITS, message, newPath } from '../opened.js';

const RECORD: MessageRecord = {
  ...{ record: 'message', account: 'bob@example.org', from: 'alice@example.org/pc', to: 'bob@example.org' },
  ...{ owed: { account: true, devices: [] }, sent: false, pushed: 0, room: null, type: 'chat', lang: null },
  ...{ payload: '<body>x</body>', received_at: 1, stamp: 1, expires_at: 99, counts: true, cause: 0 },
  ...{ had: false, held_until: 0, id: 1, identity: 'there', stanza_id: 'there', means: null },
};

test('the history says what has come from the other respool, and what is not in this spool any more', async t => {
  const folder = `${newPath()}.history`;
  const history = new HistoryLog(folder, { keep: 86_400_000, maxSize: 1 << 30 });
  t.after(() => rmSync(folder, { recursive: true }));
  const db = emptySpool();
  const spool = new Spool(db, LIMITS, new Journal(db, history));
  spool.apply([
    { do: 'store', message: message(1) },
    { ask: 'reserve', ids: 10 },
    { ask: 'restore', records: [RECORD], offset: 1 },
    { ask: 'clear', before: { upTo: 11, keepFrom: 2, keepTo: 11 }, limit: 10 },
  ]);
  history.write();
  history.close();
  const lives = new Lives(10);
  for (const segment of segmentsIn(folder)) {
    for await (const lines of wholeLines(segment)) {
      for (const line of lines) {
        const read = readLine(line.toString());
        if (read !== null) lives.add(read);
      }
    }
  }
  assert.deepEqual(
    lives.all().map(({ stored, steps }) => [stored?.stanzaId, ...steps.map(({ event }) => event)]),
    [['id 1', 'cleared'], ['there']],
  );
});
