/** How a message comes to a client. */
export type Way =
  /** At once; from mod_offline; once more after a session died; in a carbon copy; as the client's own words. */
  | 'live'
  | 'flood'
  | 'resent'
  | 'carbon'
  | 'own'
  /** In a room at once, by its history, from the archive. */
  | 'room'
  | 'history'
  | 'archive'
  /** respool sends it. */
  | 'replay';

/** In ms, and in which stay of respool on its stream: what it knew of sessions in one, it does not in the next. */
export interface Moment {
  at: number;
  stay: number;
}

/** What respool knew and the server held when a replay was sent. */
export interface Sending extends Moment {
  /** Full JID. */
  to: string;
  /** The device had proved that it has the message. */
  wasProved: boolean;
}

export interface Stanza {
  name: 'message' | 'iq' | 'presence';
  from: string;
  to: string;
  type?: string;
  id?: string;
  /** ejabberd marks what a client sends with the language of its stream. */
  lang?: string;
  /** The children, as text. */
  payload: string;
  /** The number of the message that a user wrote. */
  token?: number;
  way?: Way;
  /** Since when the server has had it to give, in ms. */
  since?: number;
  sending?: Sending;
  /** A ping: when respool sent it. */
  asked?: Moment;
  /** An answer to a ping says that the client has what came before it in this session. */
  proves?: Proof;
}

export interface Proof {
  device: string;
  session: number;
  /** The client's count of what it had got. */
  upTo: number;
  asked: Moment;
}

export const VHOST = 'alpha.test';
export const DOMAIN = 'respool.alpha.test';

/** @returns it as text, in the client's namespace where it is inside another stanza */
export function textOf({ name, from, to, type, id, lang, payload }: Stanza, xmlns = ''): string {
  const optional = Object.entries({ type, id, 'xml:lang': lang });
  const attributes = optional
    .map(([key, value]) => (value === undefined ? '' : ` ${key}='${value}'`))
    .join('');
  const space = xmlns === '' ? '' : ` xmlns='${xmlns}'`;
  return `<${name} to='${to}' from='${from}'${attributes}${space}>${payload}</${name}>`;
}

/** The delay of who has kept a message since a moment (XEP-0203), with the reason that ejabberd gives. */
export function delay(from: string, date: number, reason = ''): string {
  return `<delay from='${from}' stamp='${new Date(date).toISOString()}' xmlns='urn:xmpp:delay'>${reason}</delay>`;
}

/** ejabberd's word of a session that is not there, or no more. */
export function goneError(text: string): string {
  const stanzas = "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'";
  return (
    `<error type='cancel'><service-unavailable ${stanzas}/>` +
    `<text xml:lang='en' ${stanzas}>${text}</text></error>`
  );
}

export function bareOf(jid: string): string {
  const slash = jid.indexOf('/');
  return slash < 0 ? jid : jid.slice(0, slash);
}

export function resourceOf(jid: string): string {
  return jid.slice(bareOf(jid).length + 1);
}
