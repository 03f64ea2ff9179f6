import type { Element } from '@xmpp/component';
import type { Directory, Session } from '../presence/directory.js';
import { type Jid, parseJid } from '../xmpp/jid.js';
import { NS } from '../xmpp/namespaces.js';
import { ownCopy } from '../xmpp/own-copy.js';
import { serialize } from '../xmpp/serialize.js';
import { parseStamp } from '../xmpp/stamp.js';
import { remoteVerdictOf, sessionEndIn, verdictOf } from './bounce.js';
import { type Incoming, readIncoming } from './copy.js';
import type { ReplayMarks, TapEvent, Way } from './event.js';
import { identityOf } from './identity.js';
import { Message } from './message.js';
import { Pretended } from './pretended.js';
import { Recogniser } from './recogniser.js';
import { isOfOtherServer, Rumours, receiptIn } from './remote.js';
import {
  goneOccupant,
  isDelayed,
  isSaid,
  keyById,
  RoomRecogniser,
  readSelfPresence,
  stanzaIdBy,
} from './room.js';

export interface TapOptions {
  /** The vhosts served, in normal form. */
  hosts: ReadonlySet<string>;
  /** The component's own domain, in normal form. */
  domain: string;
  /** Who is believed online; the tap writes what it reads from presence, replay ends what a ping disproves. */
  sessions: Directory;
  /** May anybody be owed a message with this content? The copies of others need not be told from each other. */
  isKept(message: Element): boolean;
  /** Is a copy to this JID with these marks that of a replay, which is no news? Asked once of each. */
  isEcho(to: Jid, marks: ReplayMarks): boolean;
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
  readonly #hosts: ReadonlySet<string>;
  readonly #domain: string;
  readonly #directory: Directory;
  readonly #isKept: TapOptions['isKept'];
  readonly #isEcho: TapOptions['isEcho'];
  readonly #recogniser = new Recogniser();
  readonly #roomRecogniser = new RoomRecogniser();
  readonly #rumours = new Rumours();
  readonly #pretended = new Pretended();

  constructor({ hosts, domain, sessions, isKept, isEcho }: TapOptions) {
    this.#isKept = isKept;
    this.#isEcho = isEcho;
    this.#hosts = hosts;
    this.#domain = domain;
    this.#directory = sessions;
  }

  /**
   * @param incoming a stanza that came to the component
   * @param now the time of its arrival, in ms
   * @throws Error where the stanza cannot be read; the message says why
   */
  read(incoming: Element, now: number): Tapped {
    const what = readIncoming(incoming, this.#hosts);
    if (what.kind !== 'copy' && what.kind !== 'push') return { kind: what.kind, copied: '', events: [] };
    const { kind, stanza, vhost } = what;
    const from = parseJid(stanza.attrs.from);
    const to = parseJid(stanza.attrs.to) ?? (stanza.attrs.to === undefined ? from : null);
    if (from === null || to === null) throw new Error(`no valid JID in ${from === null ? 'from' : 'to'}`);
    if (kind === 'push') {
      if (this.#pretended.has(incoming)) return { kind: 'forged', copied: '', events: [] };
      const events = storedEvents(new Message(stanza, from, to), vhost, this.#isSession(from));
      return { kind, copied: stanza.name, events };
    }
    if (to.full === this.#domain && this.#isSession(from)) this.#pretended.add(stanza);
    const events = this.#copied(stanza, from, to, vhost, now);
    if (stanza.attrs.type !== 'error' && this.#isRemote(from) && this.#rumours.isNews(from.domain, now)) {
      events.push({ kind: 'remote-heard', domain: from.domain });
    }
    return { kind, copied: stanza.name, events };
  }

  #copied(stanza: Element, from: Jid, to: Jid, vhost: string, now: number): TapEvent[] {
    switch (stanza.name) {
      case 'message':
        return this.#message(stanza, from, to, vhost, now);
      case 'presence':
        return this.#presence(stanza, from, to, vhost, now);
      case 'iq':
        // our own pings are no sign of life
        return from.full === this.#domain ? [] : this.#iq(stanza, from, to, vhost, now);
      default:
        throw new Error(`unknown stanza <${stanza.name}/>`);
    }
  }

  #presence(stanza: Element, from: Jid, to: Jid, vhost: string, now: number): TapEvent[] {
    const type = stanza.attrs.type;
    if (to.full === from.full && type === undefined) this.#directory.registered(from, now);
    if (!this.#isSession(from) || from.domain !== vhost || this.#isToldOf(stanza, from)) {
      return to.resource !== '' && to.domain === vhost ? this.#presenceTo(to, from, stanza, now) : [];
    }
    if (to.full === from.bare || stanza.attrs.to === undefined) {
      if (type === undefined) {
        const said = stanza.children
          .map(child => (typeof child === 'string' ? child : serialize(child)))
          .join('');
        const { forgotten, ...found } = this.#directory.available(from, priorityOf(stanza), said, now);
        return [...endsOf(forgotten), { kind: 'available', ...found }];
      }
      if (type !== 'unavailable') return [];
      const session = this.#directory.leaves(from, now);
      return [session === undefined ? { kind: 'unknown-unavailable', jid: from } : { kind: type, session }];
    }
    if (type === undefined && stanza.getChild('x', NS.muc) !== undefined) {
      const events = this.#seen(from, true, now);
      const session = this.#directory.get(from);
      if (session === undefined) return events;
      session.joining = withRoom(session.joining, to.bare);
      // who asks to be let in where it is already may be another stream than the one that was let in
      const joinedAt = session.rooms?.get(to.bare);
      if (joinedAt !== undefined) {
        events.push({ kind: 'login', session, stream: session.login.joinsAgain(joinedAt, now) });
      }
      return events;
    }
    if (type !== 'unavailable') return [];
    // A contact, or another device, was told so; a room's name says nothing of the session.
    const session = this.#directory.get(from);
    if (session === undefined) return [];
    if (!this.#isSession(to)) {
      session.rooms?.delete(to.bare);
      return [{ kind: 'left', session, room: to.bare }];
    }
    // the server tells all sessions of an account, the next one of the same JID too, that one has ended
    if (to.full === from.full) return this.#hasEnded(session, true, now);
    // its own word to somebody: the server marks what clients send with their language, but not what it says for them
    if (stanza.attrs['xml:lang'] !== undefined) return this.#seen(from, true, now);
    session.doubtedAt = now;
    return [{ kind: 'doubted', session }];
  }

  /** A stream of this session has ended for certain. @param isShown the next one has shown its presence already */
  #hasEnded(session: Session, isShown: boolean, now: number): TapEvent[] {
    const stream = session.login.outlives(isShown, now);
    if (stream === 'same') return [];
    if (stream === 'renewed') return [{ kind: 'login', session, stream }];
    session.doubtedAt = now;
    return [{ kind: 'doubted', session }];
  }

  /** Is it the presence of a session here, told to another one, and since when that has it? */
  #isToldOf(stanza: Element, from: Jid): boolean {
    return (
      this.#isSession(from) &&
      stanza.attrs.type === undefined &&
      stanza.children.some(
        child =>
          typeof child !== 'string' && child.attrs.xmlns === NS.delay && child.attrs.from === from.full,
      )
    );
  }

  /** From outside: a room may tell the session what has become of it there. */
  #presenceTo(to: Jid, from: Jid, stanza: Element, now: number): TapEvent[] {
    const events = this.#seen(to, false, now);
    const session = this.#directory.get(to);
    const self = from.resource === '' && from.local === '' ? 'other' : readSelfPresence(stanza);
    if (session !== undefined && this.#isToldOf(stanza, from) && session.login.isTold(now) === 'renewed') {
      events.push({ kind: 'login', session, stream: 'renewed' });
    }
    const room = from.bare;
    const gone = goneOccupant(stanza);
    const other = gone === undefined || gone.full === to.full ? undefined : this.#directory.get(gone);
    // it has not left, or the room would not be among its own any more
    if (other?.rooms?.has(room)) events.push(...this.#hasEnded(other, false, now));
    if (session === undefined || self === 'other') return events;
    const entered = session.joining?.delete(room) === true;
    if (self === 'joined') {
      session.rooms ??= new Map();
      if (session.rooms.size < MOST_ROOMS) session.rooms.set(ownCopy(room), now);
      events.push({ kind: 'joined', session, room, nick: from.resource, entered });
      return events;
    }
    const wasIn = session.rooms?.delete(room) === true;
    if (self === 'removed') events.push({ kind: 'left', session, room });
    // It did not leave, so its stream has ended; the one that is told so is the next.
    else if (wasIn) events.push({ kind: 'out', session, room }, ...this.#hasEnded(session, false, now));
    return events;
  }

  #iq(stanza: Element, from: Jid, to: Jid, vhost: string, now: number): TapEvent[] {
    const { type, id = '' } = stanza.attrs;
    if (!this.#isSession(from) || from.domain !== vhost) {
      if (to.resource === '' || to.domain !== vhost) return [];
      const events = this.#seen(to, false, now);
      const session = this.#directory.get(to);
      if (session !== undefined && (type === 'result' || type === 'error')) {
        const fin = stanza.getChild('fin', NS.mam);
        const last = type === 'error' || fin?.attrs.complete === 'true';
        if (fin !== undefined || type === 'error') events.push({ kind: 'archive-end', session, id, last });
        if (from.full === from.domain && this.#isRemote(from)) {
          // ejabberd's own word of it has one of the conditions that no other server gives
          const reached = type === 'result' || !['unreachable', 'unknown'].includes(remoteVerdictOf(stanza));
          events.push({ kind: 'remote-answered', domain: from.domain, id, reached });
        }
      }
      return events;
    }
    const events = this.#seen(from, true, now);
    if (to.full === this.#domain && (type === 'result' || type === 'error')) {
      events.push({ kind: 'answered', jid: from, id });
    }
    const session = this.#directory.get(from);
    if (session === undefined || (type !== 'set' && type !== 'get')) return events;
    const asked = stanza.getChildElements()[0];
    const { xmlns } = asked?.attrs ?? {};
    const query = xmlns === NS.mam && asked?.name === 'query' && type === 'set';
    const carbons = xmlns === NS.carbons && asked?.name === 'enable';
    const act = carbons ? 'carbons' : xmlns === NS.roster && type === 'get' ? 'roster' : null;
    if (act !== null) {
      events.push({ kind: 'login', session, stream: this.#directory.logsIn(session, act, now) });
    } else if (query && session.priority === null) {
      this.#directory.beginsLogin(session, now);
      events.push({ kind: 'login', session, stream: 'same' });
    }
    if (carbons) events.push({ kind: 'carbons', session });
    if (query) events.push({ kind: 'archive-query', session, id });
    return events;
  }

  #message(stanza: Element, from: Jid, to: Jid, vhost: string, now: number): TapEvent[] {
    switch (stanza.attrs.type ?? 'normal') {
      case 'error':
        return this.#error(stanza, from, to);
      case 'groupchat':
        return this.#groupchat(stanza, from, to, now);
      case 'chat':
      case 'normal':
        break;
      default:
        return []; // a headline is never owed to anybody
    }
    if (from.full === to.bare) {
      const wrapped = wrappedMessage(stanza);
      if (wrapped !== undefined) return this.#wrapped(wrapped, to, vhost, now);
    }
    if (from.resource === '' && this.#isSession(to)) {
      const result = wrappedMessage(stanza);
      if (result?.way === 'archive') return this.#fromArchive(result, from.bare, to, now);
    }
    const message = new Message(stanza, from, to);
    const sentHere = this.#isSession(from) && from.domain === vhost;
    const toLocal = to.local !== '' && this.#hosts.has(to.domain);
    if (!sentHere && !toLocal) return [];
    const marks = toLocal ? message.marksBy(vhost) : undefined;
    if (marks !== undefined) {
      if (this.#isEcho(to, marks)) return [];
      const by = this.#directory.flooded(to, now);
      const unseen = !message.isReplayBy(vhost); // what is replayed was in the spool
      const way = message.isResentBy(vhost) ? 'resent' : 'flood';
      return [{ kind: 'received', message, account: to.bare, by, way, unseen, nth: 1 }];
    }
    const events = sentHere ? this.#seen(from, true, now) : [];
    // nobody here gets it, so that each copy is a sending; the occupant of a room may be another one later
    if (!toLocal && this.#isRemote(to) && message.element.getChild('x', NS.mucUser) === undefined) {
      events.push({ kind: 'remote-sent', message });
    }
    const receipt = toLocal && this.#isRemote(from) ? receiptIn(stanza) : undefined;
    if (receipt !== undefined) {
      events.push({ kind: 'remote-receipt', account: to.bare, from: from.bare, id: receipt });
    }
    if (!this.#isKept(stanza)) return events;
    const receivers = toLocal ? this.#directory.receivers(to) : [];
    const hasId = message.id !== undefined;
    const { is, nth, sentAt } = this.#recogniser.recognise(
      message.identity,
      hasId,
      sentHere,
      receivers.length,
      now,
    );
    if (is === 'sending') {
      events.push({ kind: 'sent', message, receivers, toLocal, private: isPrivate(stanza) });
    } else if (toLocal) {
      const by = this.#receivedBy(receivers, nth, sentAt ?? now - UNSEEN_SENDING);
      const unseen = is === 'arrival';
      events.push({ kind: 'received', message, account: to.bare, by, way: 'live', unseen, nth });
    }
    return events;
  }

  /** A message of a room, as one occupant gets it; the copy at sending tells nothing that its reflection does not. */
  #groupchat(stanza: Element, from: Jid, to: Jid, now: number): TapEvent[] {
    if (this.#isSession(from)) return this.#seen(from, true, now);
    const events = this.#seen(to, false, now);
    const session = this.#directory.get(to);
    if (session === undefined || from.resource === '' || !isSaid(stanza)) return events;
    const message = new Message(stanza, from, from);
    const marks = message.marksBy(from.bare);
    if (marks !== undefined && this.#isEcho(to, marks)) return events;
    const id = stanzaIdBy(stanza, from.bare);
    const way = isDelayed(stanza) ? 'flood' : 'live';
    events.push(this.#said(session, from.bare, message, id, way, now));
    return events;
  }

  /** A result of a room's archive. */
  #fromArchive({ message: inner, id }: Wrapped, room: string, to: Jid, now: number): TapEvent[] {
    const events = this.#seen(to, false, now);
    const session = this.#directory.get(to);
    const sender = parseJid(inner.attrs.from);
    if (session === undefined || sender?.bare !== room || inner.attrs.type !== 'groupchat') return events;
    const message = new Message(inner, sender, sender);
    events.push(this.#said(session, room, message, stanzaIdBy(inner, room) ?? id, 'archive', now));
    return events;
  }

  #said(
    session: Session,
    room: string,
    message: Message,
    id: string | undefined,
    way: Way,
    now: number,
  ): TapEvent {
    const unique = id !== undefined || message.id !== undefined;
    const known = id === undefined ? message.identity : keyById(id);
    const { key, first } = this.#roomRecogniser.recognise(`${room} ${known}`, unique, session.jid.full, now);
    return { kind: 'said', session, room, message, key: key.slice(room.length + 1), first, way };
  }

  /**
   * Who is behind the nth reception. The copies do not say, but come once a session: the first stands for all that were
   * there for sure when the message was routed, and only what is beyond their number for those that had just come.
   */
  #receivedBy(receivers: readonly Session[], nth: number, sentAt: number): Session[] {
    const settled = receivers.filter(session => this.#directory.wasThere(session, sentAt));
    const young = receivers.filter(session => !settled.includes(session));
    young.sort((one, other) => one.availableAt - other.availableAt);
    const [next] = young.slice(nth - 1 - settled.length);
    const beyond = nth > settled.length && next !== undefined ? [next] : [];
    return nth === 1 ? [...settled, ...beyond] : beyond;
  }

  /**
   * A server's error to the sender comes from the JID that was addressed. From a full JID it may be the answer of a
   * client: only the server says that the session is gone.
   */
  #error(stanza: Element, from: Jid, to: Jid): TapEvent[] {
    if (!this.#isSession(to)) return [];
    const identity = identityOf(to.full, from.bare, stanza.attrs.id, stanza);
    if (this.#isRemote(from)) {
      const of = { sender: to, recipient: from, id: stanza.attrs.id, identity };
      return [{ kind: 'remote-bounced', ...of, verdict: remoteVerdictOf(stanza) }];
    }
    if (from.local === '' || (from.resource !== '' && sessionEndIn(stanza) === null)) return [];
    return [{ kind: 'bounced', account: from, identity, verdict: verdictOf(stanza) }];
  }

  #wrapped({ way, message: inner, delay }: Wrapped, to: Jid, vhost: string, now: number): TapEvent[] {
    const events = this.#seen(to, false, now);
    const session = this.#directory.get(to);
    const sender = parseJid(inner.attrs.from);
    const recipient = parseJid(inner.attrs.to);
    if (session === undefined || sender === null || recipient === null) return events;
    if (sender.bare !== to.bare && recipient.bare !== to.bare) return events;
    const replayed = way === 'carbon' && delay.from === vhost;
    const { from, id } = inner.attrs;
    if (replayed && this.#isEcho(to, { from, id, stamp: delay.stamp })) return events;
    if (way === 'carbon' && !replayed) events.push({ kind: 'carbons', session });
    const message = new Message(inner, sender, recipient);
    const by = [session];
    events.push({
      kind: 'received',
      message,
      account: to.bare,
      by,
      way: replayed ? 'flood' : way,
      unseen: false,
      nth: 1,
    });
    return events;
  }

  #isRemote(jid: Jid): boolean {
    return isOfOtherServer(jid.domain, this.#hosts);
  }

  /** A full JID of a vhost served. */
  #isSession(jid: Jid): boolean {
    return jid.resource !== '' && jid.local !== '' && this.#hosts.has(jid.domain);
  }

  #seen(jid: Jid, acted: boolean, now: number): TapEvent[] {
    if (!this.#isSession(jid)) return [];
    const { discovered, stirs, forgotten } = this.#directory.seen(jid, acted, now);
    const events = endsOf(forgotten);
    if (discovered !== undefined) events.push({ kind: 'discovered', session: discovered });
    else if (stirs !== undefined) events.push({ kind: 'acted', session: stirs });
    return events;
  }
}

function endsOf(sessions: readonly Session[]): TapEvent[] {
  return sessions.map(session => ({ kind: 'unavailable', session }));
}

/** What comes from outside was sent so long ago at most, in ms. */
const UNSEEN_SENDING = 2_000;
/** A client may ask for any number of rooms. */
const MOST_ROOMS = 1_000;

function withRoom(rooms: Set<string> | null, room: string): Set<string> {
  const all = rooms ?? new Set();
  if (all.size < MOST_ROOMS) all.add(ownCopy(room));
  return all;
}

/** mod_offline stored a message; a replay that found its session gone is no news. */
function storedEvents(message: Message, vhost: string, fromLocal: boolean): TapEvent[] {
  const type = message.element.attrs.type ?? 'normal';
  if ((type !== 'chat' && type !== 'normal') || message.isReplayBy(vhost)) return [];
  return [{ kind: 'stored', message, fromLocal }];
}

/** A message inside another, and who has stamped it there. */
interface Wrapped {
  way: 'carbon' | 'archive';
  message: Element;
  delay: { from: string | undefined; stamp: number };
  /** The archive's id of it. */
  id: string | undefined;
}

/** The message in a carbon copy (XEP-0280) or in a result of the archive (XEP-0313). */
function wrappedMessage(stanza: Element): Wrapped | undefined {
  for (const child of stanza.children) {
    if (typeof child === 'string') continue;
    const { xmlns } = child.attrs;
    const carbon = xmlns === NS.carbons && (child.name === 'received' || child.name === 'sent');
    if (!carbon && !(xmlns === NS.mam && child.name === 'result')) continue;
    const forwarded = child.getChild('forwarded', NS.forward);
    const message = forwarded?.getChild('message');
    if (message === undefined) continue;
    const { from, stamp } = forwarded?.getChild('delay', NS.delay)?.attrs ?? {};
    const delay = { from, stamp: parseStamp(stamp) ?? Number.NaN };
    return { way: carbon ? 'carbon' : 'archive', message, delay, id: child.attrs.id };
  }
  return undefined;
}

/** Not for the sender's other devices: XEP-0280 (private), XEP-0334 (no-copy), private messages of rooms. */
function isPrivate(stanza: Element): boolean {
  return stanza.children.some(child => {
    if (typeof child === 'string') return false;
    const { xmlns } = child.attrs;
    if (xmlns === NS.mucUser) return child.getChild('invite') === undefined;
    return (
      (xmlns === NS.carbons && child.name === 'private') || (xmlns === NS.hints && child.name === 'no-copy')
    );
  });
}

/** RFC 6121, 4.7.2.3: an integer from -128 to 127, zero where there is none. */
function priorityOf(presence: Element): number {
  const priority = Number.parseInt(presence.getChildText('priority') ?? '0', 10);
  return Number.isNaN(priority) ? 0 : Math.max(-128, Math.min(127, priority));
}
