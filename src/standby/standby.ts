import type { Element } from '@xmpp/component';
import type { Clock } from '../replay/clock.js';
import type { Jid } from '../xmpp/jid.js';
import { Heartbeat } from './heartbeat.js';
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
  /** How much is pending; null: that is not known now. */
  pending(): number | null;
  /** Nothing is asked for any more. */
  close(): void;
  /** One line worth an operator's knowing. */
  note(line: string): void;
}

/** How this respool stands with the other one, for those who show it. */
export interface StandbyState {
  role: Role;
  other: Other;
  /** What the other one has pending, and how much later its clock is, in ms; null: it has not said. */
  pending: number | null;
  clockAhead: number | null;
}

/**
 * Two respools on one server, each with all copies and a spool of its own: decides which of them acts, by what they say
 * to each other.
 */
export class Standby {
  readonly #options: StandbyOptions;
  readonly #heartbeat: Heartbeat;
  #role: Role = 'watches';
  #other: Other = { is: 'unknown' };
  #isFilled = false;
  #said: { word: Word; at: number } | null = null;

  constructor(options: StandbyOptions) {
    this.#options = options;
    const { clock, domain, peer, send } = options;
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
      pending: said?.word.pending ?? null,
      clockAhead: said === null ? null : said.word.at - said.at,
    };
  }

  /** The stream is there. */
  online(): void {
    this.#heartbeat.start();
  }

  /** It is not: the other one is to act. */
  offline(): void {
    this.#heartbeat.stop();
    this.#other = { is: 'unknown' };
    this.#isFilled = false;
    this.#become('watches', 'it is not connected');
  }

  stop(): void {
    this.#heartbeat.stop();
    this.#options.close();
  }

  /** Takes a stanza for the component itself that is of the other respool. */
  take(stanza: Element, from: Jid): boolean {
    return stanza.name === 'iq' && from.full === this.#options.peer && this.#heartbeat.take(stanza);
  }

  #word(): Word {
    const { clock, pending } = this.#options;
    return { role: this.#role, isFilled: this.#isFilled, pending: pending(), at: clock.date() };
  }

  #heard(word: Word): void {
    const { clock, peer, note } = this.#options;
    if (this.#other.is !== 'there') note(`${peer} is there, and ${word.role}`);
    this.#other = { is: 'there', role: word.role, isFilled: word.isFilled };
    this.#said = { word, at: clock.date() };
    this.#decide(`${peer} ${word.role}`);
  }

  #gone(why: string): void {
    const { peer, note } = this.#options;
    if (this.#other.is === 'gone') return;
    note(`${peer} is gone: ${why}`);
    this.#other = { is: 'gone' };
    this.#isFilled = true; // there is nobody to have it from
    this.#decide(`${peer} is gone`);
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
