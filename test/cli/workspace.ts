import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openSpool } from '../../src/spool/open-for-writing.js';
import { emptyFile } from '../spool/empty.js';

/** A folder with a config and a spool for one test. */
export class Workspace {
  readonly folder = mkdtempSync(join(tmpdir(), 'respool-cli-'));
  readonly config = join(this.folder, 'respool.yml');
  readonly spool = join(this.folder, 'spool.db');

  configure(port: number, more = 'http: false\n'): void {
    const component = `{port: ${port}, domain: respool.example.org, secret: secret}`;
    writeFileSync(this.config, `component: ${component}\nspool: {path: spool.db, max_size: 1MiB}\n${more}`, {
      mode: 0o600,
    });
  }

  /** With a config, and a spool that knows romeo's phone: account 1, slot 1. */
  static ofRomeo(more: (db: Database.Database) => void): Workspace {
    const work = new Workspace();
    work.configure(1);
    work.fill(db => {
      addAccount(db, 1, 'romeo@example.org');
      addDevice(db, 1, 1, 'phone');
      more(db);
    });
    return work;
  }

  /** Makes a spool as a daemon leaves it. */
  fill(write: (db: Database.Database) => void): void {
    if (!existsSync(this.spool)) emptyFile(this.spool);
    const db = openSpool(this.spool);
    db.transaction(write)(db);
    db.close();
  }

  read<Row>(sql: string): Row[] {
    const db = new Database(this.spool, { readonly: true });
    try {
      return db.prepare<[], Row>(sql).all();
    } finally {
      db.close();
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

export interface SeedMessage {
  id: number;
  account: number;
  owed: number;
  sender?: string;
  type?: string | null;
  stanza_id?: string | null;
  received_at?: number;
  expires_at?: number;
}

export function addAccount(db: Database.Database, id: number, jid: string): void {
  db.prepare('INSERT INTO account (id, jid, has_messages) VALUES (?, ?, 1)').run(id, jid);
}

export function addDevice(
  db: Database.Database,
  account: number,
  slot: number,
  resource: string,
  mute = 0,
): void {
  db.prepare(`
    INSERT INTO device (account, slot, resource, first_seen, last_seen, online, priority, mute)
    VALUES (?, ?, ?, 1000, 2000, 1, 5, ?)`).run(account, slot, resource, mute);
}

export function addMessage(db: Database.Database, message: SeedMessage): void {
  db.prepare(`
    INSERT INTO message (id, account, owed, sent, pushed, identity, sender, recipient, type, stanza_id, payload, received_at, stamp,
      expires_at, size)
    VALUES (@id, @account, @owed, 0, 0, @id, @sender, 'to@example.org', @type, @stanza_id, '<body>hush</body>', @received_at,
      @received_at, @expires_at, 17)`).run({
    sender: 'juliet@example.org/balcony',
    type: 'chat',
    stanza_id: null,
    received_at: 0,
    expires_at: 4_102_444_800_000,
    ...message,
  });
}

export function setCounter(db: Database.Database, name: string, value: number): void {
  db.prepare('INSERT INTO counter VALUES (?, ?)').run(name, value);
}

export function addRoom(db: Database.Database, id: number, jid: string): void {
  db.prepare('INSERT INTO room (id, jid) VALUES (?, ?)').run(id, jid);
}

/** A device that has had all of a room up to `cursor`, and what is `proved` after it. */
export function addMember(
  db: Database.Database,
  room: number,
  device: number,
  cursor: number,
  proved: number[] = [],
): void {
  const member = db
    .prepare('INSERT INTO room_member (room, device, cursor) VALUES (?, ?, ?) RETURNING id')
    .pluck()
    .get(room, device, cursor);
  for (const id of proved) db.prepare('INSERT INTO room_proved VALUES (?, ?)').run(member, id);
}

export function addSaid(db: Database.Database, id: number, room: number): void {
  db.prepare(`
    INSERT INTO room_message (id, room, key, sender, payload, received_at, stamp, expires_at, size)
    VALUES (?, ?, ?, 'room@rooms.example.org/nick', '<body>hush</body>', 0, 0, 4102444800000, 9)`).run(
    id,
    room,
    id,
  );
}
