import type { Element } from '@xmpp/component';
import { type Jid, parseJid } from '../xmpp/jid.js';
import { type Incoming, readIncoming } from './copy.js';
import type { TapEvent } from './event.js';
import { Message } from './message.js';
import { Pretended } from './pretended.js';
import { readIq } from './read-iq.js';
import { readMessage } from './read-message.js';
import { readPresence } from './read-presence.js';
import { Rumours } from './remote.js';
import { Removals } from './removals.js';
import { type Copied, Scope } from './scope.js';

export interface TapOptions {
  /** The vhosts served, in normal form. */
  hosts: ReadonlySet<string>;
  /** The component's own domain, in normal form. */
  domain: string;
  /** That of the other respool, in normal form; null: there is none. */
  peer?: string | null;
}

/** What a stanza was, and what it means. */
export interface Tapped {
  kind: Incoming['kind'];
  /** The name of the stanza that was copied. */
  copied: string;
  events: TapEvent[];
}

/** Reads copies into events, one stanza at a time, by the facts seen on a real ejabberd. */
export class Tap {
  readonly #scope: Scope;
  readonly #rumours = new Rumours();
  readonly #pretended = new Pretended();
  readonly #removals = new Removals();

  constructor(options: TapOptions) {
    this.#scope = new Scope(options);
  }

  /**
   * @param incoming a stanza that came to the component
   * @param now the time of its arrival, in ms
   * @throws Error where the stanza cannot be read; the message says why
   */
  read(incoming: Element, now: number): Tapped {
    const scope = this.#scope;
    const what = readIncoming(incoming, scope.hosts);
    if (what.kind !== 'copy' && what.kind !== 'push') return { kind: what.kind, copied: '', events: [] };
    const { kind, stanza, vhost } = what;
    const from = parseJid(stanza.attrs.from);
    const to = parseJid(stanza.attrs.to) ?? (stanza.attrs.to === undefined ? from : null);
    if (from === null || to === null) throw new Error(`no valid JID in ${from === null ? 'from' : 'to'}`);
    if (kind === 'push') {
      if (this.#pretended.has(incoming)) return { kind: 'forged', copied: '', events: [] };
      const events = storedEvents(new Message(stanza, from, to), vhost, scope.isSession(from));
      return { kind, copied: stanza.name, events };
    }
    if (to.full === scope.domain && scope.isSession(from)) this.#pretended.add(stanza);
    const events = this.#copied(stanza, from, to, vhost);
    if (stanza.attrs.type !== 'error' && scope.isRemote(from) && this.#rumours.isNews(from.domain, now)) {
      events.push({ kind: 'remote-heard', domain: from.domain });
    }
    return { kind, copied: stanza.name, events };
  }

  #copied(stanza: Element, from: Jid, to: Jid, vhost: string): TapEvent[] {
    const copy = { stanza, from, to, vhost };
    switch (stanza.name) {
      case 'message':
        return readMessage(copy, this.#scope);
      case 'presence':
        return readPresence(copy, this.#scope);
      case 'iq':
        return this.#iq(copy);
      default:
        throw new Error(`unknown stanza <${stanza.name}/>`);
    }
  }

  #iq(copy: Copied<Element>): TapEvent[] {
    this.#removals.asked(copy);
    const events = readIq(copy, this.#scope);
    const removed = this.#removals.answered(copy, this.#scope);
    if (removed !== undefined) events.push({ kind: 'removed', account: removed });
    return events;
  }
}

/** mod_offline stored a message; a replay that found its session gone is no news. */
function storedEvents(message: Message, vhost: string, fromLocal: boolean): TapEvent[] {
  const type = message.element.attrs.type ?? 'normal';
  if ((type !== 'chat' && type !== 'normal') || message.isReplayBy(vhost)) return [];
  return [{ kind: 'stored', message, fromLocal }];
}
