import type { Session } from './session.js';
import { delay, type Stanza, VHOST } from './stanza.js';

/** A message in mod_offline or in the archive, since a moment by the clock, in ms. */
export interface Kept {
  stanza: Stanza;
  at: number;
}

/** What the server has of a user: sessions, what mod_offline keeps, the archive. */
export class Account {
  readonly jid: string;
  /** By resource; the one that bound it last. */
  readonly sessions = new Map<string, Session>();
  offline: Kept[] = [];
  readonly archive: Kept[] = [];

  constructor(jid: string) {
    this.jid = jid;
  }

  get available(): Session[] {
    return [...this.sessions.values()].filter(session => session.isAvailable);
  }

  /** Who gets a message to the bare JID: all with the highest priority that is not negative. */
  get best(): Session[] {
    const highest = Math.max(0, ...this.available.map(({ priority }) => priority ?? -1));
    return this.available.filter(({ priority }) => priority === highest);
  }

  /** Empties mod_offline. @returns what is to be routed again. @param date turns a moment into a date */
  takeOffline(date: (at: number) => number): Stanza[] {
    const kept = this.offline;
    this.offline = [];
    return kept.map(({ stanza, at }) => {
      const payload = withDelay(stanza.payload, date(at), 'Offline storage');
      const way = stanza.way === 'live' ? 'flood' : (stanza.way ?? 'flood');
      return { ...stanza, payload, way, since: at };
    });
  }
}

const CARBON = /<(sent|received) .*<\/\1>/;
const STAMPED = new RegExp(`<delay [^>]*from='${VHOST}'`);

/** The stamp of the vhost is added where there is none of it yet. */
export function withDelay(payload: string, date: number, reason: string): string {
  return STAMPED.test(payload.replace(CARBON, '')) ? payload : `${delay(VHOST, date, reason)}${payload}`;
}
