import { readFileSync } from 'node:fs';
import type { Element } from '@xmpp/component';
import type Database from 'better-sqlite3';
import { Presence } from '../src/presence/presence.js';
import { Quarantine } from '../src/replay/quarantine.js';
import { Replay } from '../src/replay/replay.js';
import type { SpoolPort } from '../src/spool/client.js';
import type { Command } from '../src/spool/command.js';
import { Spool } from '../src/spool/spool.js';
import { Tap } from '../src/tap/tap.js';
import { parseJid } from '../src/xmpp/jid.js';
import { matcherOf } from '../src/xmpp/jid-pattern.js';
import { StreamParser } from '../src/xmpp/parser.js';
import { FakeClock } from './fake-clock.js';
import { emptySpool } from './spool/empty.js';
import { QUOTAS } from './spool/quotas.js';

/**
 * What becomes of a ping to a full JID: the client answers, nobody does, or the server returns it; or its copy waits to be
 * read (`readLast`), for respool is busy.
 */
export type Fate = 'answered' | 'silent' | 'returned' | 'unread';

export interface WayOptions {
  hosts?: string[];
  sync?: boolean;
  settle?: number;
  maxPerAccount?: number;
  maxDevices?: number;
  /** Sessions that get no ping; see xmpp/jid-pattern.ts. */
  neverPing?: string[];
  /** The date at the beginning. */
  start?: number;
  maxPerRoom?: number;
  /** In place of the spool, for what it costs to tell it something. */
  tell?: (command: Command) => void;
  /** A spool in a file, in place of one in memory. */
  db?: Database.Database;
  /** The one that was killed before this one: its spool is gone on with. */
  after?: Way;
  /** How long the spool's answers take, in ms. */
  latency?: number;
  /** How long the disk takes for what is committed before the answer, in ms. */
  commit?: number;
  /** Another respool on the same server: both are shown what the server copies, on one clock. */
  beside?: Way;
  /** What becomes of a ping now. */
  fate?: (jid: string, now: number) => Fate;
}

/** A replayed message as it went out. */
export interface Sent {
  to: string;
  id: string | undefined;
  body: string | null;
  stanza: Element;
}

/** Of a respool, and of one beside it. */
const DOMAINS = ['respool.alpha.test', 'respool-b.alpha.test'] as const;
/** How long a ping takes, in ms. */
const TRAVEL = 5;

/** The way of a stanza from tap to proof on a fake clock, with a spool in memory and no socket. */
export class Way {
  readonly domain: string;
  readonly clock: FakeClock;
  readonly db: Database.Database;
  readonly spool: Spool;
  readonly presence = new Presence();
  readonly sessions = this.presence.directory;
  readonly tap: Tap;
  readonly replay: Replay;
  /** What was replayed, in order. */
  readonly replayed: Sent[] = [];
  /** Queries to the archives of rooms, unanswered. */
  readonly queries: Element[] = [];
  /** With how many messages had been replayed before. */
  readonly pings: { to: string; at: number; id: string; after: number }[] = [];
  readonly notes: string[] = [];
  /** Those of sessions that have gone to sleep. */
  readonly asleep: string[] = [];
  readonly kinds: string[] = [];
  fate: (jid: string, now: number) => Fate;
  /** Whether the server keeps from its sessions what this one sends, and returns it to him. */
  filters: (from: string) => boolean = () => false;
  /** His process copies that so long after, in ms: it may be busy. */
  returnsAfter = 0;
  /** Whether a message to who is gone goes to another session of his. */
  reroutes = false;
  /** When the server has read what was sent, which is asked for while messages go out one by one; see Quarantine. */
  confirms: () => Promise<boolean> = () => Promise.resolve(true);
  readonly #quarantine: Quarantine;
  /** Those that are shown the same. */
  readonly #others: Way[] = [];

  constructor(options: WayOptions = {}) {
    const {
      hosts = ['alpha.test', 'mam.test'],
      sync = true,
      settle = 2000,
      maxPerAccount = 10_000,
    } = options;
    this.fate = options.fate ?? (() => 'answered');
    const { beside } = options;
    this.domain = DOMAINS[beside === undefined ? 0 : 1];
    if (beside !== undefined) {
      this.#others.push(beside);
      beside.#others.push(this);
    }
    this.clock = beside?.clock ?? new FakeClock(options.start);
    this.db = options.after?.db ?? options.db ?? emptySpool();
    const devices = { sync, forgetAfter: 30 * 86_400_000, maxPerAccount: options.maxDevices ?? 10 };
    const rooms = { replay: true, maxAge: 7 * 86_400_000, maxPerRoom: options.maxPerRoom ?? 1000 };
    this.spool = new Spool(this.db, {
      ...QUOTAS,
      maxPerAccount,
      maxSize: 1 << 30,
      devices,
      rooms,
      history: null,
    });
    const spool = this.spool;
    const port: SpoolPort = {
      tell: options.tell ?? (command => void spool.apply([asWritten(command)])),
      ask: question => {
        const reply = spool.apply([question as never])[0] as never;
        const latency = question.ask === 'fill' ? (options.commit ?? options.latency) : options.latency;
        if (latency === undefined) return Promise.resolve(reply);
        return new Promise(resolve => this.clock.after(latency, () => resolve(reply)));
      },
    };
    this.tap = new Tap({
      hosts: new Set(hosts),
      domain: this.domain,
      peer: DOMAINS[beside === undefined ? 1 : 0],
    });
    this.#quarantine = new Quarantine({
      send: text => this.#send(text),
      confirm: () => this.confirms(),
      refuse: (id, reason) => port.tell({ do: 'refuse', id, reason, at: this.clock.date() }),
      note: line => this.notes.push(line),
    });
    this.replay = new Replay({
      domain: this.domain,
      settings: { settle, proofAfter: 3000, proofTimeout: 30_000, chunk: 100 },
      maxAge: 14 * 86_400_000,
      sync,
      rooms,
      neverPing: matcherOf(new Set(options.neverPing)),
      presence: this.presence,
      spool: port,
      clock: this.clock,
      send: text => this.#send(text),
      put: messages => this.#quarantine.put(messages),
      isClear: () => true,
      note: line => this.notes.push(line),
      noteAsleep: line => this.asleep.push(line),
    });
  }

  /** The stream ends, for the server does not take something that was sent. */
  isAccused(): void {
    this.#quarantine.lost({ condition: 'policy-violation', said: 'policy-violation' });
    this.replay.offline();
  }

  /** Hands in a stanza as it came on the component's stream. */
  feed(text: string): void {
    const tapped = this.tap.read(parse(text), this.clock.now());
    this.kinds.push(tapped.kind);
    for (const event of tapped.events) this.replay.take(event);
  }

  /** Hands in a stanza for the component itself, as of a room's archive. */
  direct(text: string): void {
    const stanza = parse(text);
    const from = parseJid(stanza.attrs.from);
    if (from !== null) this.replay.fromRoomArchive(stanza, from);
  }

  /** Hands in a copy of mod_service_log. */
  copy(stanza: string, vhost = 'alpha.test'): void {
    const inner = stanza.replace(/^<(\w+)/, "<$1 xmlns='jabber:client'");
    for (const way of [this, ...this.#others]) {
      way.feed(
        `<message from='${vhost}' to='${way.domain}' id='1'><forwarded xmlns='urn:xmpp:forward:0'>${inner}</forwarded></message>`,
      );
    }
  }

  /** A client answers the last ping that went to it. */
  answerLast(jid: string): void {
    const ping = this.pings.findLast(({ to }) => to === jid);
    if (ping !== undefined)
      this.copy(`<iq from='${jid}' to='${this.domain}' type='result' id='${ping.id}'/>`);
  }

  /** Of the last ping that went to a client the copy is read, and its answer. */
  readLast(jid: string): void {
    const ping = this.pings.findLast(({ to }) => to === jid);
    if (ping !== undefined) this.copy(pingOf(this.domain, jid, ping.id));
    this.answerLast(jid);
  }

  /** The server returns the last ping that went to a client. */
  returnLast(jid: string): void {
    const ping = this.pings.findLast(({ to }) => to === jid);
    const from = parseJid(jid);
    if (ping !== undefined && from !== null) this.replay.pingReturned(from, ping.id, 'missing');
  }

  /** Plays a transcript: those of its stanzas that are `wanted`, at their times; a note calls `onNote`. */
  async play(
    name: string,
    onNote: (note: string) => void = () => undefined,
    wanted: (stanza: string) => boolean = () => true,
  ): Promise<void> {
    const start = this.clock.now();
    for (const entry of transcript(name)) {
      if (entry.at === undefined) continue;
      await this.clock.goTo(start + entry.at);
      if (entry.note !== undefined) onNote(entry.note);
      if (entry.stanza !== undefined && wanted(entry.stanza)) this.feed(entry.stanza);
    }
  }

  /** Rows in the spool, as readable lines: account, owed, sender, id. */
  stored(): { account: string; owed: number; id: string | null }[] {
    return this.db
      .prepare(
        'SELECT jid AS account, owed, stanza_id AS id FROM message JOIN account ON account.id = account ORDER BY message.id',
      )
      .all() as { account: string; owed: number; id: string | null }[];
  }

  counter(name: string): number {
    return (
      (this.db.prepare('SELECT value FROM counter WHERE name = ?').pluck().get(name) as number | undefined) ??
      0
    );
  }

  #send(text: string): boolean {
    for (const stanza of parseAll(text)) {
      const to = stanza.attrs.to ?? '';
      if (stanza.getChild('query', 'urn:xmpp:mam:2') !== undefined) {
        this.queries.push(stanza);
        continue;
      }
      if (stanza.name === 'iq') {
        this.#ping(to, stanza.attrs.id ?? '');
        continue;
      }
      const carbon = ['sent', 'received']
        .map(kind => stanza.getChild(kind, 'urn:xmpp:carbons:2'))
        .find(Boolean);
      const original = carbon?.getChild('forwarded', 'urn:xmpp:forward:0')?.getChild('message') ?? stanza;
      this.replayed.push({ to, id: original.attrs.id, body: original.getChildText('body'), stanza });
      const fate = this.fate(to, this.clock.now());
      if (fate === 'returned' && this.reroutes) this.clock.after(TRAVEL, () => this.copy(stanza.toString()));
      if (fate === 'returned' || fate === 'unread') continue;
      if (!this.filters(stanza.attrs.from ?? '')) this.copy(stanza.toString());
      else this.clock.after(this.returnsAfter, () => this.copy(returned(stanza)));
    }
    return true;
  }

  #ping(to: string, id: string): void {
    this.pings.push({ to, at: this.clock.now(), id, after: this.replayed.length });
    const fate = this.fate(to, this.clock.now());
    if (fate === 'unread') return;
    if (fate !== 'returned') this.copy(pingOf(this.domain, to, id));
    if (fate === 'silent') return;
    this.clock.after(TRAVEL, () => {
      const jid = parseJid(to);
      if (fate === 'returned' && jid !== null) this.replay.pingReturned(jid, id, 'missing');
      else this.copy(`<iq from='${to}' to='${this.domain}' type='result' id='${id}'/>`, jid?.domain);
    });
  }
}

export interface TranscriptEntry {
  at?: number;
  note?: string;
  stanza?: string;
}

/** The lines of a transcript, by the number its file name begins with. */
export function transcript(name: string): TranscriptEntry[] {
  const file = new URL(`../../test/transcripts/${name}.jsonl`, import.meta.url);
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter(line => line !== '').map(line => JSON.parse(line) as TranscriptEntry);
}

function pingOf(from: string, to: string, id: string): string {
  return `<iq from='${from}' to='${to}' type='get' id='${id}'><ping xmlns='urn:xmpp:ping'/></iq>`;
}

/** A message as ejabberd returns it to its sender, whom the recipient blocks: seen on 23.01. */
function returned(stanza: Element): string {
  const { from, to } = stanza.attrs;
  Object.assign(stanza.attrs, { from: to, to: from, type: 'error' });
  const condition = "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>";
  return stanza.toString().replace('</message>', `<error type='cancel'>${condition}</error></message>`);
}

/** Parses one stanza as a component's stream would. */
export function parse(text: string): Element {
  const [stanza] = parseAll(text);
  if (stanza === undefined) throw new Error(`no stanza in ${text}`);
  return stanza;
}

/** A command as it comes to the spool's thread, which it is written out for. */
function asWritten(command: Command): Command {
  return JSON.parse(JSON.stringify(command)) as Command;
}

/** Parses stanzas, as many as there are. */
export function parseAll(text: string): Element[] {
  const stanzas: Element[] = [];
  const parser = new StreamParser();
  parser.on('element', stanza => stanzas.push(stanza));
  parser.write(
    `<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams'>${text}`,
  );
  return stanzas;
}
