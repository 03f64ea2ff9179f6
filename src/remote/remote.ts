import { randomUUID } from 'node:crypto';
import type { Change } from '../presence/change.js';
import type { Directory } from '../presence/directory.js';
import type { Clock } from '../replay/clock.js';
import type { Quarantine } from '../replay/quarantine.js';
import { rulingOn } from '../rules/ruling.js';
import type { SpoolPort } from '../spool/client.js';
import type { RemoteMessage, RetryPolicy, Taken } from '../spool/content.js';
import type { Message } from '../tap/message.js';
import { type Jid, parseJid } from '../xmpp/jid.js';
import { RemoteDomain, type Surroundings } from './domain.js';
import { Watched } from './watched.js';

/** To so many domains the login of one account may lend its voice at once. */
const MOST_LENT = 1_000;

export interface RemoteSettings extends RetryPolicy {
  /** A message that came back lives so long, in ms. */
  maxAge: number;
}

export interface RemoteOptions {
  settings: RemoteSettings;
  directory: Directory;
  spool: SpoolPort;
  clock: Clock;
  /** Puts stanzas on the stream; false while there is none. */
  send(text: string): boolean;
  /** Puts messages there. */
  put: Quarantine['put'];
  /** Domains that are tried at the same time, 1000 unless told otherwise. */
  mostDomains?: number;
  /** Whether this session is to get no answer to a ping that went out in its name. */
  neverPing(jid: Jid): boolean;
  /** Another server has taken these, sent again. */
  arrived?(messages: readonly Taken[]): void;
  /** One line worth an operator's knowing. */
  note(line: string): void;
}

/** Sends again, in their writers' names, messages to other servers that could not be reached. */
export class Remote {
  readonly #options: RemoteOptions;
  readonly #around: Surroundings;
  /** Those for which something is kept. */
  readonly #domains: Watched;
  /** Those to which nobody can speak, for none of their writers is online. */
  readonly #voiceless = new Set<string>();
  #isThere = false;
  #isWatching = false;

  constructor(options: RemoteOptions) {
    this.#options = options;
    const { clock, spool, send, put, note, settings } = options;
    this.#domains = new Watched(spool, domain => new RemoteDomain(domain, this.#around), options.mostDomains);
    this.#around = {
      clock,
      spool,
      send,
      put,
      note,
      minWait: settings.minWait,
      maxWait: settings.maxWait,
      nextId: randomUUID,
      arrived: messages => options.arrived?.(messages),
      voiceOf: (senders, attempt) => this.#voiceOf(senders, attempt),
      voiceless: (domain, is) => {
        if (is) this.#voiceless.add(domain);
        else this.#voiceless.delete(domain);
      },
      done: domain => {
        this.#domains.remove(domain);
        this.#voiceless.delete(domain);
      },
      yields: domain => {
        const yields = this.#domains.yields(domain);
        if (yields) this.#voiceless.delete(domain);
        return yields;
      },
    };
  }

  /** The stream is there: what is kept is tried again. */
  online(): void {
    this.#isThere = true;
    if (!this.#isWatching) this.#domains.addAll();
  }

  /** How many domains are tried at the moment. */
  get tried(): number {
    return this.#domains.size;
  }

  /** From now on another respool sends again what came back: this one knows of it by what it sees. */
  watch(): void {
    this.#isWatching = true;
    this.#end();
  }

  /** From now on this one does. */
  act(): void {
    this.#isWatching = false;
    if (this.#isThere) this.#domains.addAll();
  }

  /** Something that is kept is on hold no more. */
  released(): void {
    if (this.#isThere && !this.#isWatching) this.#domains.addAll();
  }

  /** The stream is gone. */
  offline(): void {
    this.#isThere = false;
    this.#end();
  }

  #end(): void {
    this.#domains.clear();
    this.#voiceless.clear();
  }

  /** The spool was away, and what it was asked meanwhile is not answered. */
  spoolRecovered(): void {
    this.offline();
    this.online();
  }

  handle(event: Change): void {
    const { spool, clock, settings } = this.#options;
    switch (event.kind) {
      case 'remote-sent':
        return this.#sent(event.message);
      case 'remote-bounced': {
        const { sender, recipient, id, identity, verdict } = event;
        const bounce = {
          sender: sender.full,
          account: sender.bare,
          recipientAccount: recipient.bare,
          stanzaId: id ?? null,
          identity,
          verdict,
        };
        const { retryUnknown, minWait, maxWait } = settings;
        spool.tell({
          do: 'remote-bounced',
          bounce,
          policy: { retryUnknown, minWait, maxWait },
          at: clock.date(),
        });
        if (verdict === 'refused') return;
        if (this.#isThere && !this.#isWatching)
          this.#domains.add(recipient.domain)?.bounced(verdict !== 'busy');
        return;
      }
      case 'remote-receipt':
        return spool.tell({
          do: 'remote-receipt',
          account: event.account,
          from: event.from,
          stanzaId: event.id,
          at: clock.date(),
        });
      case 'remote-answered':
        return this.#domains.get(event.domain)?.answered(event.id, event.reached);
      case 'remote-heard':
        spool.tell({ do: 'remote-heard', domain: event.domain, at: clock.date() });
        return this.#domains.get(event.domain)?.heard();
      case 'available':
      case 'discovered':
        if (this.#voiceless.size > 0) void this.#lendVoice(event.session.jid.bare);
        return;
      default:
        return;
    }
  }

  #sent(message: Message): void {
    const ruling = rulingOn(message.element, message.recipient);
    if (ruling === null) return;
    const life = Math.min(ruling.life, this.#options.settings.maxAge);
    const at = this.#options.clock.date();
    const { from = '', to = '', type = null, id = null, 'xml:lang': lang = null } = message.element.attrs;
    const remembered: RemoteMessage = {
      account: message.sender.bare,
      domain: message.recipient.domain,
      recipientAccount: message.recipient.bare,
      identity: message.identity,
      content: message.content,
      originId: message.originId ?? null,
      refersTo: ruling.refersTo,
      from,
      to,
      type,
      stanzaId: id,
      lang,
      payload: message.payloadAsSent(),
      receivedAt: at,
      stamp: at,
      expiresAt: at + life,
    };
    this.#options.spool.tell({ do: 'remote-sent', message: remembered });
  }

  /** An account is online: it may be the one that some domains wait for. */
  async #lendVoice(account: string): Promise<void> {
    const domains = await this.#options.spool.ask({
      ask: 'remote-domains',
      account,
      after: '',
      limit: MOST_LENT,
    });
    for (const domain of domains ?? []) {
      if (this.#voiceless.has(domain)) this.#domains.get(domain)?.voiceFound();
    }
  }

  #voiceOf(senders: readonly string[], attempt: number): Jid | null {
    const { directory, neverPing } = this.#options;
    const online: Jid[] = [];
    for (const sender of senders) {
      const jid = parseJid(sender);
      if (jid === null) continue;
      const own = directory.get(jid);
      const all = own === undefined ? directory.of(jid.bare) : [own, ...directory.of(jid.bare)];
      const session = all.find(one => !neverPing(one.jid)); // the answer comes to it
      if (session !== undefined) online.push(session.jid);
    }
    return online[attempt % online.length] ?? null;
  }
}
