import type { Element } from '@xmpp/component';
import Database from 'better-sqlite3';
import { Presence } from '../../src/presence/presence.js';
import type { Clock } from '../../src/replay/clock.js';
import { Quarantine } from '../../src/replay/quarantine.js';
import { Replay } from '../../src/replay/replay.js';
import type { SpoolPort } from '../../src/spool/client.js';
import { MIGRATIONS } from '../../src/spool/migrations.js';
import { Spool } from '../../src/spool/spool.js';
import { sessionEndIn } from '../../src/tap/session-end.js';
import { Tap } from '../../src/tap/tap.js';
import { parseJid } from '../../src/xmpp/jid.js';
import { StreamParser } from '../../src/xmpp/parser.js';
import { QUOTAS } from '../spool/quotas.js';
import { DOMAIN, VHOST } from './stanza.js';

const DAY = 86_400_000;
/** So long respool waits for the last proofs when it stops, as the daemon does, in ms. */
const LAST_PROOFS = 1_500;
const ROOMS = { replay: true, maxAge: 7 * DAY, maxPerRoom: 1000 };
const HABITS = {
  settings: { settle: 2000, proofAfter: 3000, proofTimeout: 30_000, chunk: 100 },
  maxAge: 14 * DAY,
  sync: true,
  rooms: ROOMS,
  neverPing: () => false,
};

export interface RespoolOptions {
  clock: Clock;
  db: Database.Database;
  /** How long the spool's answers take, in ms. */
  latency: number;
  /** Takes what goes out; false while there is no stream. */
  send(stanzas: Element[]): boolean;
}

/**
 * One run of respool from tap to proof, without a socket: stanzas in, stanzas out. All that the fuzz knows of the parts
 * is in this file; they are wired as src/daemon.ts does it.
 */
export class Respool {
  readonly #clock: Clock;
  readonly #tap: Tap;
  readonly #replay: Replay;
  readonly #in = new Parser();
  readonly #out = new Parser();
  #alive = true;

  constructor({ clock, db, latency, send }: RespoolOptions) {
    this.#clock = clock;
    const own: Clock = {
      now: () => clock.now(),
      date: () => clock.date(),
      after: (ms, callback) => clock.after(ms, () => this.#alive && callback()),
    };
    this.#tap = new Tap({ hosts: new Set([VHOST]), domain: DOMAIN });
    const spool = this.#port(db, latency);
    const out = (text: string) => this.#alive && send(this.#out.parse(text));
    const quarantine = new Quarantine({
      send: out,
      confirm: () => Promise.resolve(true),
      refuse: (id, reason) => spool.tell({ do: 'refuse', id, reason, at: own.date() }),
      note: () => undefined,
    });
    this.#replay = new Replay({
      domain: DOMAIN,
      ...HABITS,
      presence: new Presence(),
      spool,
      clock: own,
      send: out,
      put: messages => quarantine.put(messages),
      isClear: () => true,
      note: () => undefined,
    });
  }

  /** The stream is there. */
  online(): void {
    this.#replay.online();
  }

  offline(): void {
    this.#replay.offline();
  }

  /** Hands in a stanza as it came on the component's stream. */
  feed(text: string): void {
    const [stanza] = this.#in.parse(text);
    if (stanza === undefined) throw new Error(`no stanza in ${text}`);
    const { kind, events } = this.#tap.read(stanza, this.#clock.now());
    if (kind === 'forged') throw new Error(`taken for forged: ${text}`);
    if (kind === 'direct') this.#direct(stanza);
    for (const event of events) this.#replay.take(event);
  }

  /** Ends it as a restart by its operator does; call kill() after it. */
  stop(): Promise<void> {
    return this.#replay.finish(LAST_PROOFS);
  }

  /** Nothing of it happens any more. */
  kill(): void {
    this.#alive = false;
  }

  #direct(stanza: Element): void {
    const from = parseJid(stanza.attrs.from);
    if (from === null || this.#replay.fromRoomArchive(stanza, from) || stanza.name !== 'iq') return;
    const { type, id = '' } = stanza.attrs;
    if (type === 'result') this.#replay.pingAnswered(from, id);
    if (type === 'error') this.#replay.pingReturned(from, id, sessionEndIn(stanza));
  }

  #port(db: Database.Database, latency: number): SpoolPort {
    const devices = { sync: HABITS.sync, forgetAfter: 30 * DAY, maxPerAccount: 10 };
    const spool = new Spool(db, {
      ...QUOTAS,
      maxPerAccount: 10_000,
      maxSize: 1 << 30,
      devices,
      rooms: ROOMS,
      history: null,
    });
    return {
      tell: command => void (this.#alive && spool.apply([command])),
      ask: question => {
        if (!this.#alive) return new Promise(() => undefined);
        const reply = spool.apply([question as never])[0] as never;
        if (latency === 0) return Promise.resolve(reply);
        return new Promise(resolve => this.#clock.after(latency, () => this.#alive && resolve(reply)));
      },
    };
  }
}

let empty: Buffer | undefined;

/** A spool in memory that no respool has used yet. */
export function emptySpool(): Database.Database {
  if (empty === undefined) {
    const db = new Database(':memory:');
    for (const step of MIGRATIONS) db.exec(step);
    empty = db.serialize();
    db.close();
  }
  const db = new Database(empty);
  db.pragma('synchronous = OFF');
  db.pragma('journal_mode = MEMORY');
  db.pragma('foreign_keys = OFF');
  return db;
}

const OPENING =
  "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams'>";

/** Reads what one side writes on the component's stream. */
class Parser {
  readonly #parser = new StreamParser();
  #stanzas: Element[] = [];

  constructor() {
    this.#parser.on('element', stanza => this.#stanzas.push(stanza));
    this.#parser.write(OPENING);
  }

  parse(text: string): Element[] {
    this.#stanzas = [];
    this.#parser.write(text);
    return this.#stanzas;
  }
}
