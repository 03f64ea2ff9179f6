import type { Element } from '@xmpp/component';
import { Presence } from '../../src/presence/presence.js';
import { Remote } from '../../src/remote/remote.js';
import { Quarantine } from '../../src/replay/quarantine.js';
import type { SpoolPort } from '../../src/spool/client.js';
import type { Question } from '../../src/spool/question.js';
import { Spool, type SpoolLimits } from '../../src/spool/spool.js';
import { Tap } from '../../src/tap/tap.js';
import { matcherOf } from '../../src/xmpp/jid-pattern.js';
import { serialize } from '../../src/xmpp/serialize.js';
import { FakeClock } from '../fake-clock.js';
import { emptySpool } from '../spool/empty.js';
import { QUOTAS } from '../spool/quotas.js';
import { parse, parseAll } from '../way.js';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
const HOST = 'alpha.test';
const COMPONENT = 'respool.alpha.test';
const ERRORS = "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'";
/** How long another server takes to answer, in ms. */
const TRAVEL = 50;
/** The first attempt begins one to two minutes after the bounce, as chance has it: it has been answered after so long, in ms. */
export const FIRST_ATTEMPT = 2 * MINUTE + 20 * TRAVEL;

/** What becomes of what is sent to another server: it is taken, nothing answers, or ejabberd says that it is not there. */
export type Fate = 'up' | 'silent' | 'down' | 'unknown';

export const ERROR: Record<string, string> = {
  down: `<error type='wait'><remote-server-timeout ${ERRORS}/></error>`,
  unknown: `<error type='cancel'><remote-server-not-found ${ERRORS}/></error>`,
  busy: `<error type='wait'><resource-constraint ${ERRORS}/></error>`,
  refused: `<error type='cancel'><service-unavailable ${ERRORS}/></error>`,
};

/** Retries to other servers on a fake clock, with a spool in memory and no socket. */
export class Outside {
  readonly clock = new FakeClock();
  readonly db = emptySpool();
  readonly spool: Spool;
  readonly presence = new Presence();
  readonly #limits: SpoolLimits;
  readonly tap = new Tap({ hosts: new Set([HOST]), domain: COMPONENT });
  readonly remote: Remote;
  /** Retries, in order. */
  readonly sent: { to: string; id: string | undefined; text: string; at: number }[] = [];
  /** Pings, in order, by domain. */
  readonly pings: { to: string; from: string; at: number }[] = [];
  /** The most messages that were in memory at once, for one answer of the spool. */
  mostTaken = 0;
  /** Pings that are not answered yet, and the most there were at once. */
  underWay = 0;
  mostUnderWay = 0;
  fate: (to: string) => Fate = () => 'up';
  /** What a server that is up says to a message, if anything. */
  reply: (to: string) => keyof typeof ERROR | null = () => null;

  /** @param neverPing sessions that get no ping; see xmpp/jid-pattern.ts */
  constructor({ maxPerAccount = 100_000, neverPing = [] as string[], mostDomains = 1_000 } = {}) {
    const devices = { sync: false, forgetAfter: 30 * DAY, maxPerAccount: 10 };
    const rooms = { replay: true, maxAge: DAY, maxPerRoom: 10 };
    this.#limits = { ...QUOTAS, maxPerAccount, maxSize: 1 << 30, devices, rooms, history: null };
    this.spool = new Spool(this.db, this.#limits);
    const port: SpoolPort = {
      tell: command => void this.spool.apply([command]),
      ask: question => {
        const [reply] = this.spool.apply([question as Question]);
        if (question.ask === 'remote-take') this.mostTaken = Math.max(this.mostTaken, (reply as []).length);
        return Promise.resolve(reply as never);
      },
    };
    const send = (text: string) => parseAll(text).every(stanza => this.#send(stanza));
    const quarantine = new Quarantine({
      send,
      confirm: () => Promise.resolve(true),
      refuse: (id, reason) => port.tell({ do: 'refuse', id, reason, at: this.clock.date() }),
      note: () => undefined,
    });
    this.remote = new Remote({
      settings: { maxAge: 2 * DAY, retryUnknown: 10 * MINUTE, minWait: MINUTE, maxWait: HOUR },
      directory: this.presence.directory,
      spool: port,
      clock: this.clock,
      send,
      put: messages => quarantine.put(messages),
      neverPing: matcherOf(new Set(neverPing)),
      mostDomains,
      note: () => undefined,
    });
    this.remote.online();
  }

  /** A copy of mod_service_log. */
  copy(stanza: string): void {
    const inner = stanza.replace(/^<(\w+) (?!xmlns)/, "<$1 xmlns='jabber:client' ");
    const text = `<message from='${HOST}' to='${COMPONENT}'><forwarded xmlns='urn:xmpp:forward:0'>${inner}</forwarded></message>`;
    const now = this.clock.now();
    for (const event of this.tap.read(parse(text), now).events) {
      for (const change of this.presence.take(event, now)) this.remote.handle(change);
    }
  }

  login(jid: string): void {
    this.copy(`<presence from='${jid}' to='${jid.split('/')[0]}'/>`);
  }

  logout(jid: string): void {
    this.copy(`<presence from='${jid}' to='${jid.split('/')[0]}' type='unavailable'/>`);
  }

  /** A local user writes. */
  write(
    to: string,
    body: string,
    { from = 'alice@alpha.test/pc', id = body as string | null, inside = '' } = {},
  ): void {
    this.copy(messageOf(from, to, body, id, inside));
  }

  /** It comes back, as ejabberd returns it. */
  bounce(
    to: string,
    body: string,
    error = 'down',
    { from = 'alice@alpha.test/pc', id = body as string | null, inside = '' } = {},
  ): void {
    const content = `<body>${body}</body>${inside}`;
    this.copy(
      `<message from='${to}' to='${from}' type='error'${id === null ? '' : ` id='${id}'`}>${ERROR[error]}${content}</message>`,
    );
  }

  /** A message that has come back. */
  lose(to: string, body: string, error = 'down'): void {
    this.write(to, body);
    this.bounce(to, body, error);
  }

  kept(): string[] {
    return this.db
      .prepare('SELECT stanza_id FROM remote_message WHERE state > 0 ORDER BY id')
      .pluck()
      .all() as string[];
  }

  rows(): number {
    return this.db.prepare('SELECT count(*) FROM remote_message').pluck().get() as number;
  }

  counter(name: string): number {
    return (
      (this.db.prepare('SELECT value FROM counter WHERE name = ?').pluck().get(name) as number | undefined) ??
      0
    );
  }

  /** The spool is to be no larger from now on. */
  hold(changes: { maxSize: number }): void {
    this.spool.limit({ ...this.#limits, ...changes });
    this.sweep();
  }

  sweep(): void {
    this.spool.apply([{ do: 'sweep', at: this.clock.date() }]);
  }

  #send(stanza: Element): boolean {
    const text = serialize(stanza);
    const { to = '', from = '', id } = stanza.attrs;
    const at = this.clock.now();
    const domain = to.slice(to.indexOf('@') + 1).split('/')[0] ?? '';
    const fate = this.fate(domain);
    if (stanza.name === 'iq') {
      this.pings.push({ to, from, at });
      this.underWay++;
      this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
      if (fate === 'silent') return true;
      this.clock.after(TRAVEL, () => {
        this.underWay--;
        const answer = fate === 'up' ? "type='result'" : "type='error'";
        this.copy(`<iq from='${to}' to='${from}' ${answer} id='${id}'>${ERROR[fate] ?? ''}</iq>`);
      });
      return true;
    }
    this.sent.push({ to, id, text, at });
    const error = fate === 'up' ? this.reply(to) : fate;
    const body = stanza.getChildText('body') ?? '';
    if (error !== null && error !== 'silent') {
      this.clock.after(TRAVEL - 1, () => this.bounce(to, body, error, { from, id: id ?? null, inside: '' }));
    }
    return true;
  }
}

function messageOf(from: string, to: string, body: string, id: string | null, inside: string): string {
  return `<message from='${from}' to='${to}' type='chat'${id === null ? '' : ` id='${id}'`}><body>${body}</body>${inside}</message>`;
}
