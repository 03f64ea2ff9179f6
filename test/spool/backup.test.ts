import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { describe, test } from 'node:test';
import Database from 'better-sqlite3';
import { backUp, copyBeforeMigration, copyName } from '../../src/spool/backup.js';
import { MIGRATIONS } from '../../src/spool/migrations.js';
import { APPLICATION_ID } from '../../src/spool/open.js';
import { openSpool } from '../../src/spool/open-for-writing.js';
import { Spool } from '../../src/spool/spool.js';
import { SpoolReader } from '../../src/spool/spool-reader.js';
import { addAccount, addMessage } from '../cli/workspace.js';
import { emptyFile } from './empty.js';
import { LIMITS, message, newPath, opened } from './opened.js';

const NEWEST = MIGRATIONS.length;
const pendings = (path: string) => {
  const reader = SpoolReader.open(path);
  try {
    return [...reader.pendings()].map(({ stanzaId }) => stanzaId);
  } finally {
    reader.close();
  }
};
/** Copies beside a spool. */
const copies = (path: string) =>
  readdirSync(dirname(path)).filter(name => name.startsWith(`${basename(path)}.before-`));

/** A spool of the schema before the newest, with a message. */
function older(): string {
  const path = newPath();
  const old = new Database(path);
  for (const step of MIGRATIONS.slice(0, NEWEST - 1)) old.exec(step);
  old.pragma(`application_id = ${APPLICATION_ID}`);
  old.pragma(`user_version = ${NEWEST - 1}`);
  old.pragma('journal_mode = WAL');
  addAccount(old, 1, 'bob@example.org');
  addMessage(old, { id: 1, account: 1, owed: 1, stanza_id: 'id 1' });
  old.close();
  return path;
}

describe('a backup', () => {
  test('is the spool as it was when it began, while it is written on, and needs no file beside it', async () => {
    const { db, store } = opened({ maxPerAccount: 1e6, maxPerSender: 1e6 });
    store(...Array.from({ length: 3_000 }, (_, id) => message(id + 1, { payload: 'x'.repeat(2_000) })));
    const file = newPath();
    writeFileSync(file, '', { mode: 0o600 });
    const parts: number[] = [];
    let written = 3_000;
    await backUp(db.name, file, part => {
      parts.push(part);
      store(message(++written));
    });
    assert.ok(parts.length > 1 && written > 3_001, 'written meanwhile');
    assert.ok(parts.every((part, at) => part <= 1 && part >= (parts[at - 1] ?? 0)));
    assert.equal(pendings(file).length, 3_000);
    assert.equal(pendings(db.name).length, written);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.deepEqual([existsSync(`${file}-wal`), existsSync(`${file}-journal`)], [false, false]);
    assert.equal(new Database(file, { readonly: true }).pragma('journal_mode', { simple: true }), 'delete');
    const again = new Spool(openSpool(file), LIMITS); // a daemon goes on with it
    again.apply([{ do: 'store', message: message(9_999) }]);
  });
});

describe('before a migration', () => {
  test('the spool is copied, for its owner alone, what was in its -wal too, and only the newest copy stays', () => {
    const path = older();
    for (const other of [copyName(path, 3), `${path}.before-schema-x`]) writeFileSync(other, 'older');
    const lines: string[] = [];
    openSpool(path, line => lines.push(line)).close();
    const copy = copyName(path, NEWEST);
    assert.deepEqual(copies(path).sort(), [basename(copy), `${basename(path)}.before-schema-x`].sort());
    assert.equal(statSync(copy).mode & 0o777, 0o600);
    assert.match(
      lines.join('\n'),
      new RegExp(
        `^its schema goes from ${NEWEST - 1} to ${NEWEST}; the spool \\(1 MiB\\) is copied to .*before-schema-${NEWEST} first$`,
      ),
    );
    const db = new Database(copy, { readonly: true });
    assert.equal(db.pragma('user_version', { simple: true }), NEWEST - 1);
    assert.equal(db.prepare('SELECT count(*) FROM message').pluck().get(), 1);
    db.close();
    assert.deepEqual(pendings(path), ['id 1']);
    openSpool(path, assert.fail).close(); // it is not copied again
  });

  test('a new spool, and one that needs none, are not', () => {
    const path = emptyFile(newPath());
    openSpool(path, assert.fail).close();
    const made = newPath();
    openSpool(made, assert.fail).close();
    assert.deepEqual([...copies(path), ...copies(made)], []);
  });

  test('where the disk has no room, it is said, the old copy stays, and the migration goes on', () => {
    const path = older();
    writeFileSync(copyName(path, 3), 'older');
    const db = new Database(path);
    const lines: string[] = [];
    copyBeforeMigration(
      db,
      { path, from: 3, to: NEWEST },
      line => lines.push(line),
      () => 9 << 20,
    );
    db.close();
    assert.match(
      lines.join('\n'),
      /^its schema .*, without a copy of the spool: a copy needs \d+ MiB of free disk, and only 9 MiB are free$/,
    );
    assert.equal(readFileSync(copyName(path, 3), 'utf8'), 'older');
  });

  test('what somebody has laid in its place is not followed', () => {
    const path = older();
    const copy = copyName(path, NEWEST);
    writeFileSync(`${copy}.new`, 'of a copy that was cut off');
    openSpool(path).close();
    assert.deepEqual([existsSync(`${copy}.new`), statSync(copy).size > 4096], [false, true]);
  });

  test('while somebody reads what is not in the file yet, it is refused for now', () => {
    const path = older();
    const writer = new Database(path);
    writer.pragma('journal_mode = WAL');
    const reader = new Database(path, { readonly: true });
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM message').get();
    writer.exec("INSERT INTO counter VALUES ('x', 1)");
    writer.pragma('busy_timeout = 50');
    assert.throws(
      () => copyBeforeMigration(writer, { path, from: 3, to: NEWEST }, assert.fail),
      /is read by another process/,
    );
    reader.close();
    writer.close();
  });
});
