import type { Element } from '@xmpp/component';
import type { InheritedSession } from '../presence/inherited-session.js';
import type { Clock } from '../replay/clock.js';
import type { SpoolPort } from '../spool/client.js';
import type { HandedTo } from '../spool/content.js';
import { describe } from '../xmpp/describe.js';
import type { Jid } from '../xmpp/jid.js';
import { Answering } from './answering.js';
import { Exchange } from './exchange.js';
import { fill, type Known, settle, settleRooms } from './filling.js';
import type { Source } from './giving.js';
import { Heartbeat } from './heartbeat.js';
import { type News, Newswire } from './news.js';
import { type Other, type Role, roleOf } from './role.js';
import type { Word } from './words.js';

/** Does what one of two respools does alone. */
export interface Actor {
  /** From now on this one does it. */
  act(): void;
  /** From now on the other one does. */
  watch(): void;
}

export interface StandbyOptions extends Actor {
  clock: Clock;
  /** The component's own domain, in normal form. */
  domain: string;
  /** That of the other respool. */
  peer: string;
  /** Puts stanzas on the stream; false while there is none. */
  send(text: string): boolean;
  spool: SpoolPort;
  /** What the other one is given. */
  source: Source;
  /** The other one is to say what it knows. */
  awaitBooks(): void;
  /** It has said it, or is gone. */
  booksAreHere(): void;
  /** These sessions are believed online by the other one. */
  inherit(sessions: readonly InheritedSession[]): void;
  /** These sessions are believed to have these messages. */
  hold(held: readonly HandedTo[]): void;
  /** The other one was shown this. */
  hear(news: News): void;
  /** How much is pending; null: that is not known now. */
  pending(): number | null;
  /** Nothing is asked for any more. */
  close(): void;
  /** One line worth an operator's knowing. */
  note(line: string): void;
}

/** What sessions had without proof when it came here is looked at so often, in ms, and so many times at most. */
const LOOK = 250;
const LOOKS = 40;

/** How this respool stands with the other one, for those who show it. */
export interface StandbyState {
  role: Role;
  other: Other;
  /** It has what the other one knew before it came. */
  isFilled: boolean;
  /** How much is pending here, and there; null: that is not known. */
  pending: number | null;
  pendingThere: number | null;
  /** How much later the other one's clock is, in ms; null: it has not said. */
  clockAhead: number | null;
}

/**
 * Two respools on one server, each with all copies and a spool of its own: decides which of them acts, by what they say
 * to each other.
 */
export class Standby {
  readonly #options: StandbyOptions;
  readonly #heartbeat: Heartbeat;
  readonly #exchange: Exchange;
  readonly #answering: Answering;
  readonly #newswire: Newswire;
  #role: Role = 'watches';
  #other: Other = { is: 'unknown' };
  #isFilled = false;
  #isFilling = false;
  /** Since when nothing was missed here, in ms since 1970; null: since ever, for the other one has told the rest. */
  #since: number | null = null;
  #said: { word: Word; at: number } | null = null;

  constructor(options: StandbyOptions) {
    this.#options = options;
    const { clock, domain, peer, send } = options;
    this.#exchange = new Exchange({ clock, domain, peer, send });
    this.#newswire = new Newswire({ domain, peer, send, take: news => options.hear(news) });
    this.#answering = new Answering({
      ...options,
      acts: () => this.#role === 'acts',
      given: () => {
        this.#since = null;
      },
    });
    this.#heartbeat = new Heartbeat({
      ...{ clock, domain, peer, send },
      word: () => this.#word(),
      heard: word => this.#heard(word),
      gone: why => this.#gone(why),
    });
  }

  get state(): StandbyState {
    const said = this.#said;
    return {
      role: this.#role,
      other: this.#other,
      isFilled: this.#isFilled,
      pending: this.#options.pending(),
      pendingThere: said?.word.pending ?? null,
      clockAhead: said === null ? null : said.word.at - said.at,
    };
  }

  /** The stream is there. */
  online(): void {
    this.#since = this.#options.clock.date();
    this.#options.awaitBooks();
    this.#heartbeat.start();
  }

  /** It is not: the other one is to act. */
  offline(): void {
    this.#heartbeat.stop();
    this.#exchange.stop();
    this.#answering.stop();
    this.#other = { is: 'unknown' };
    this.#isFilled = false;
    this.#become('watches', 'it is not connected');
  }

  stop(): void {
    this.#heartbeat.stop();
    this.#exchange.stop();
    this.#options.close();
  }

  /** Takes a stanza for the component itself that is of the other respool. */
  take(stanza: Element, from: Jid): boolean {
    if (from.full !== this.#options.peer) return false;
    if (stanza.name === 'message') return this.#newswire.take(stanza);
    if (stanza.name !== 'iq') return false;
    return this.#exchange.take(stanza) || this.#heartbeat.take(stanza) || this.#answering.take(stanza);
  }

  /** Tells the other one what it cannot see. */
  tell(news: News): void {
    if (this.#other.is === 'there') this.#newswire.tell(news);
  }

  #moment(): Promise<void> {
    return new Promise(resolve => void this.#options.clock.after(LOOK, resolve));
  }

  async #fill(other: Known): Promise<void> {
    const { clock, spool, source, inherit, hold, peer, note } = this.#options;
    const options = { exchange: this.#exchange, clock, spool, queue: () => source.queue(), inherit, hold };
    this.#isFilling = true;
    try {
      let unsettled = await fill(options, other);
      this.#isFilled = true;
      this.#since = null;
      note(`all that ${peer} has is here now`);
      for (let n = 0; n < LOOKS && unsettled.held.length > 0 && this.#role === 'watches'; n++) {
        await this.#moment();
        unsettled = await settle(options, unsettled);
      }
      if (this.#role === 'watches') await settleRooms(options, unsettled);
    } catch (error) {
      const why = describe(error);
      note(
        this.#isFilled
          ? `${peer}: ${why}`
          : `what ${peer} has could not be copied here: ${why}; trying again`,
      );
    } finally {
      this.#isFilling = false;
      if (this.#isFilled) this.#options.booksAreHere();
    }
  }

  #word(): Word {
    const { clock, pending } = this.#options;
    return {
      role: this.#role,
      isFilled: this.#isFilled,
      since: this.#since,
      pending: pending(),
      at: clock.date(),
    };
  }

  #heard(word: Word): void {
    const { clock, peer, note } = this.#options;
    if (this.#other.is !== 'there') note(`${peer} is there, and ${word.role}`);
    this.#other = { is: 'there', role: word.role, isFilled: word.isFilled };
    this.#said = { word, at: clock.date() };
    this.#decide(`${peer} ${word.role}`);
    if (this.#role === 'acts')
      this.#filled(); // the other one fills itself from here
    else if (word.role === 'acts' && !this.#isFilled && !this.#isFilling)
      void this.#fill({ since: word.since, clockAhead: word.at - clock.date() });
  }

  #gone(why: string): void {
    const { peer, note } = this.#options;
    if (this.#other.is === 'gone') return;
    note(`${peer} is gone: ${why}`);
    this.#other = { is: 'gone' };
    this.#filled(); // there is nobody to have it from
    this.#decide(`${peer} is gone`);
  }

  #filled(): void {
    this.#isFilled = true;
    if (!this.#isFilling) this.#options.booksAreHere(); // else some of what the other one said is still read
  }

  #decide(why: string): void {
    const { domain, peer } = this.#options;
    const standing = { role: this.#role, isFilled: this.#isFilled, other: this.#other };
    this.#become(roleOf({ ...standing, isFirst: domain < peer }), why);
  }

  #become(role: Role, why: string): void {
    if (role === this.#role) return;
    const { act, watch, note } = this.#options;
    this.#role = role;
    note(role === 'acts' ? `this respool acts now, for ${why}` : `this respool watches now, for ${why}`);
    if (role === 'acts') act();
    else watch();
    this.#heartbeat.tell();
  }
}
