import { delay, type Stanza } from './stanza.js';

/** mod_muc_room's usual `history_size`. */
const HISTORY = 20;
const USER = 'http://jabber.org/protocol/muc#user';

interface Said {
  stanza: Omit<Stanza, 'to'>;
  at: number;
}

/** A room as ejabberd's: it knows its occupants by their full JIDs. */
export class Room {
  readonly jid: string;
  readonly #deliver: (stanza: Stanza) => void;
  readonly #date: (at: number) => number;
  /** Nick by full JID. */
  readonly #occupants = new Map<string, string>();
  readonly #history: Said[] = [];
  #ids = 1_795_408_994_564_016;

  constructor(jid: string, deliver: (stanza: Stanza) => void, date: (at: number) => number) {
    this.jid = jid;
    this.#deliver = deliver;
    this.#date = date;
  }

  has(jid: string): boolean {
    return this.#occupants.has(jid);
  }

  /** Lets a session in; one that is in already gets all the same once more. @param most of the history, null: as usual */
  join(jid: string, nick: string, most: number | null, now: number): void {
    const isNew = !this.has(jid);
    this.#occupants.set(jid, nick);
    for (const [other, as] of this.#occupants) if (other !== jid) this.#tell(jid, as, other);
    this.#tell(jid, nick, jid, undefined, "<status code='110'/>");
    const count = Math.min(HISTORY, most ?? HISTORY);
    for (const { stanza, at } of count === 0 ? [] : this.#history.slice(-count)) {
      const payload = `${delay(this.jid, this.#date(at))}${stanza.payload}`;
      this.#deliver({ ...stanza, to: jid, payload, way: 'history', since: now });
    }
    const subject = { name: 'message', type: 'groupchat', payload: '<subject/>' } as const;
    this.#deliver({ ...subject, from: this.jid, to: jid });
    if (isNew) for (const other of this.#occupants.keys()) if (other !== jid) this.#tell(other, nick, jid);
  }

  /** A session is out, on purpose or because it has ended. @param isThere it can be told */
  leave(jid: string, isThere: boolean): void {
    const nick = this.#occupants.get(jid);
    if (nick === undefined) return;
    this.#occupants.delete(jid);
    if (isThere) this.#tell(jid, nick, jid, 'unavailable', "<status code='110'/>");
    for (const other of this.#occupants.keys()) this.#tell(other, nick, jid, 'unavailable');
  }

  say(by: string, { id, payload, token }: Stanza, now: number): void {
    const nick = this.#occupants.get(by);
    if (nick === undefined) return;
    const stamped = `<stanza-id by='${this.jid}' id='${++this.#ids}' xmlns='urn:xmpp:sid:0'/>${payload}`;
    const said = {
      name: 'message',
      type: 'groupchat',
      from: `${this.jid}/${nick}`,
      payload: stamped,
    } as const;
    const stanza = {
      ...said,
      ...(id === undefined ? {} : { id }),
      ...(token === undefined ? {} : { token }),
    };
    this.#history.push({ stanza, at: now });
    for (const to of [...this.#occupants.keys()]) this.#deliver({ ...stanza, to, way: 'room', since: now });
  }

  #tell(to: string, nick: string, jid: string, type?: string, status = ''): void {
    const role = type === undefined ? 'participant' : 'none';
    const item = status === '' ? `<item role='${role}'/>` : `<item jid='${jid}' role='${role}'/>`;
    const payload = `<x xmlns='${USER}'>${item}${status}</x>`;
    const presence = { name: 'presence', from: `${this.jid}/${nick}`, to, payload } as const;
    this.#deliver(type === undefined ? presence : { ...presence, type });
  }
}
