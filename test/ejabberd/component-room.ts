import type { Element } from '@xmpp/component';
import { writeInPayload } from '../../src/xmpp/payload.js';
import { Stream } from '../../src/xmpp/stream.js';
import { nextEvent } from '../wait.js';
import type { Ejabberd } from './server.js';
import { SECRET } from './server.js';

const USER = 'http://jabber.org/protocol/muc#user';

/** In which form a moderator's word is sent (XEP-0425): as today, or as before and by ejabberd up to 24.02. */
export type Form = 'today' | 'before';

interface Said {
  /** The room's id of it, in µs since 1970; null for what the room itself says. */
  id: number | null;
  from: string;
  attributes: string;
  inside: string;
  at: number;
}

/**
 * A room at another component of a server: one as ejabberd has it from 26.03 on and without an archive, which says its ids
 * in live copies alone, and which moderates (XEP-0425), as Debian's ejabberd 23.01 does not.
 */
export class ComponentRoom {
  readonly jid: string;
  readonly #stream: Stream;
  /** Nick by full JID. */
  readonly #occupants = new Map<string, string>();
  readonly #history: Said[] = [];
  #lastId = 0;

  private constructor(stream: Stream, jid: string) {
    this.#stream = stream;
    this.jid = jid;
    stream.on('stanza', stanza => this.#take(stanza));
  }

  /** @param domain the other component of the server */
  static async open({ ip: host, otherPort: port }: Ejabberd, domain: string): Promise<ComponentRoom> {
    const stream = new Stream({ host, port, domain, secret: SECRET });
    const online = nextEvent(stream, 'online');
    stream.start();
    await online;
    return new ComponentRoom(stream, `garden@${domain}`);
  }

  close(): void {
    this.#stream.stop();
  }

  /** The room's id of the message that has this id of its writer. */
  idOf(id: string): number | null {
    return this.#history.find(({ attributes }) => attributes.includes(`'${id}'`))?.id ?? null;
  }

  /** A moderator takes a message back. */
  moderate(id: number, form: Form): void {
    const [retract, moderate] = ['urn:xmpp:message-retract', 'urn:xmpp:message-moderate'];
    const inside =
      form === 'today'
        ? `<retract xmlns='${retract}:1' id='${id}'><moderated xmlns='${moderate}:1' by='${this.jid}/mod'/></retract>`
        : `<apply-to xmlns='urn:xmpp:fasten:0' id='${id}'><moderated xmlns='${moderate}:0' by='${this.jid}/mod'>` +
          `<retract xmlns='${retract}:0'/></moderated></apply-to>`;
    const target = this.#history.findIndex(said => said.id === id);
    if (target >= 0) this.#history.splice(target, 1);
    this.#say({ id: null, from: this.jid, attributes: '', inside, at: Date.now() });
  }

  #take(stanza: Element): void {
    const { from = '', to = '', type } = stanza.attrs;
    const nick = to.slice(this.jid.length + 1);
    if (stanza.name === 'message' && type === 'groupchat') this.#hears(stanza, from);
    if (stanza.name !== 'presence') return;
    if (type === 'unavailable' || type === 'error') this.#leaves(from);
    else this.#letsIn(from, nick, stanza.getChild('x')?.getChild('history')?.attrs.maxstanzas);
  }

  #letsIn(jid: string, nick: string, most = '20'): void {
    this.#occupants.set(jid, nick);
    for (const [other, as] of this.#occupants) if (other !== jid) this.#present(as, jid);
    this.#present(nick, jid, '', "<status code='110'/>");
    const count = Number(most);
    for (const said of count === 0 ? [] : this.#history.slice(-count)) this.#send(said, jid, true);
    this.#stream.send(`<message from='${this.jid}' to='${jid}' type='groupchat'><subject/></message>`);
    for (const other of this.#occupants.keys()) if (other !== jid) this.#present(nick, other);
  }

  #leaves(jid: string): void {
    const nick = this.#occupants.get(jid);
    if (!this.#occupants.delete(jid) || nick === undefined) return;
    this.#present(nick, jid, " type='unavailable'", "<status code='110'/>");
    for (const other of this.#occupants.keys()) this.#present(nick, other, " type='unavailable'");
  }

  #hears(stanza: Element, jid: string): void {
    const nick = this.#occupants.get(jid);
    if (nick === undefined) return;
    const at = Math.max(this.#lastId + 1, Date.now() * 1000);
    this.#lastId = at;
    const inside = stanza.getChildElements().map(writeInPayload).join('');
    this.#say({
      id: at,
      from: `${this.jid}/${nick}`,
      attributes: ` id='${stanza.attrs.id}'`,
      inside,
      at: at / 1000,
    });
  }

  #say(said: Said): void {
    this.#history.push(said);
    for (const jid of this.#occupants.keys()) this.#send(said, jid, false);
  }

  #send({ id, from, attributes, inside, at }: Said, to: string, isHistory: boolean): void {
    const micros = id === null ? '' : String(id % 1000).padStart(3, '0');
    const stamp = new Date(at).toISOString().replace('Z', `${micros}Z`);
    const delay = `<delay xmlns='urn:xmpp:delay' from='${this.jid}' stamp='${stamp}'/>`;
    const stanzaId = id === null ? '' : `<stanza-id xmlns='urn:xmpp:sid:0' by='${this.jid}' id='${id}'/>`;
    this.#stream.send(
      `<message from='${from}' to='${to}' type='groupchat'${attributes}>${inside}${isHistory ? delay : stanzaId}</message>`,
    );
  }

  #present(nick: string, to: string, type = '', status = ''): void {
    const item = "<item affiliation='none' role='participant'/>";
    this.#stream.send(
      `<presence from='${this.jid}/${nick}' to='${to}'${type}><x xmlns='${USER}'>${item}${status}</x></presence>`,
    );
  }
}
