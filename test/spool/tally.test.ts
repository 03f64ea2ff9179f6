import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openSpool } from '../../src/spool/open-for-writing.js';
import { SpoolReader } from '../../src/spool/spool-reader.js';
import { TALLIES, type TallyBy } from '../../src/spool/tally.js';
import { accountOf, domainOf } from '../../src/xmpp/jid.js';
import { addAccount, addDevice, addMember, addMessage, addRoom, addSaid } from '../cli/workspace.js';
import { emptyFile } from './empty.js';
import { newPath } from './opened.js';

const MESSAGES = 12_000;

/** A spool with all kinds of what is pending, more of each than is read at once. */
function mixed(): string {
  const path = emptyFile(newPath());
  const db = openSpool(path);
  db.transaction(() => {
    for (let n = 1; n <= 7; n++) {
      addAccount(db, n, `user${n}@${n > 4 ? 'example.net' : 'example.org'}`);
      for (let slot = 1; slot <= n % 4; slot++) addDevice(db, n, slot, `device${slot}`);
    }
    for (let id = 1; id <= MESSAGES; id++) {
      const account = (id % 7) + 1;
      const owed = id % 16; // some of it to slots that are no device's, or to nobody
      const sender =
        ['juliet@example.org/balcony', 'Juliet@Example.org/x', 'rooms.example.org', 'a@b/c/d'][id % 4] ?? '';
      addMessage(db, { id, account, owed, sender, received_at: id * 1_000 });
    }
    addRoom(db, 1, 'garden@rooms.example.org');
    addMember(db, 1, 1, 0);
    addMember(db, 1, 3, MESSAGES + 900, [MESSAGES + 902]);
    for (let id = MESSAGES + 1; id <= 2 * MESSAGES; id++) addSaid(db, id, 1);
    const remote = db.prepare(`
      INSERT INTO remote_message (id, account, domain, recipient_account, identity, content, sender, recipient, payload,
        received_at, stamp, expires_at, size, state)
      VALUES (@id, @account, @domain, @to, @id, @id, @account || '/pc', @to, '', @id, @id, 9e12, 1, @state)`);
    for (let id = 2 * MESSAGES + 1; id <= 3 * MESSAGES; id++) {
      const domain = `far${id % 3}.example`;
      remote.run({ id, account: `user${id % 9}@example.org`, domain, to: `eve@${domain}`, state: id % 3 });
    }
  })();
  db.close();
  return path;
}

describe('what is counted', () => {
  const reader = SpoolReader.open(mixed());

  /** By name and moment, as `queue list` would have it. */
  function listed(by: TallyBy): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { account, from, to, receivedAt } of reader.pendings()) {
      const isRemote = to.endsWith('.example');
      const domain = domainOf(isRemote ? to : account);
      const name = { domain, account, sender: accountOf(from) }[by];
      counts.set(`${name} ${receivedAt}`, (counts.get(`${name} ${receivedAt}`) ?? 0) + 1);
    }
    return counts;
  }

  for (const by of TALLIES) {
    test(`by ${by}: the very pendings that are listed, neither more nor less`, () => {
      const counts = new Map<string, number>();
      for (const page of reader.tallied(by)) {
        assert.ok(page.length <= 1_000);
        for (const [name, receivedAt, pendings] of page) {
          if (pendings === 0) continue;
          counts.set(`${name} ${receivedAt}`, (counts.get(`${name} ${receivedAt}`) ?? 0) + pendings);
        }
      }
      const expected = listed(by);
      assert.ok(expected.size > 10_000);
      assert.deepEqual(counts, expected);
    });
  }

  test('a reader that pauses between two pages keeps no transaction open', () => {
    const pages = reader.tallied('account');
    pages.next();
    reader.stats(); // in a transaction of its own
    pages.return(undefined);
  });
});
