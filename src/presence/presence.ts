import { rulingOn } from '../rules/ruling.js';
import type { TapEvent } from '../tap/event.js';
import { attributeCopy, attributeFlood, receiversOf, sureOf } from './attribution.js';
import type { Change } from './change.js';
import { Directory } from './directory.js';
import { FloodCopies } from './flood-copies.js';
import { Recogniser } from './recogniser.js';
import { RoomOrders } from './room-orders.js';
import { RoomRecogniser } from './room-recogniser.js';
import { hasAsked, isOutside } from './rooms.js';
import type { Session } from './session.js';
import { absentFor } from './told-of-end.js';

/** What comes from outside was sent so long ago at most, in ms. */
const UNSEEN_SENDING = 2_000;

type Of<Kind extends TapEvent['kind']> = Extract<TapEvent, { kind: Kind }>;

const NOBODY: readonly Session[] = [];

/** Takes what copies mean, and says who is there and who has got what. Pure: time comes in. */
export class Presence {
  readonly directory = new Directory();
  readonly #recogniser = new Recogniser();
  readonly #floods = new FloodCopies();
  readonly #orders = new RoomOrders();
  readonly #roomRecogniser = new RoomRecogniser();

  /** @param now when the copy came, in ms */
  take(event: TapEvent, now: number): readonly Change[] {
    const { directory } = this;
    switch (event.kind) {
      case 'seen':
        return directory.seen(event, now);
      case 'copied':
        return this.#copied(event, now);
      case 'available':
        return directory.announced(event, now);
      case 'unavailable':
        return directory.left(event, now);
      case 'removed':
        return [...directory.allLeft(directory.of(event.account), now), event];
      case 'registered':
        return directory.registered(event, now);
      case 'ended':
        return directory.streamEnded(event, now);
      case 'told-of-end':
        return directory.toldOfEnd(event, now);
      case 'told-of-others':
        return directory.toldOfOthers(event, now);
      case 'login':
        return directory.logsIn(event, now);
      case 'joins':
      case 'placed':
      case 'barred':
      case 'leaves':
        return directory.ofRoom(event, now);
      case 'orders':
        this.#orders.asks(event.jid.full, event.room, event.id, event.who);
        return [];
      case 'room-did':
        return this.#expelled(event);
      case 'flooded':
        return this.#flooded(event, now);
      case 'brought':
        return this.#brought(event, now);
      case 'said':
        return this.#said(event, now);
      case 'bounced':
        return this.#bounced(event);
      case 'stored':
        return this.#stored(event, now);
      case 'carbons':
        return directory.carbons(event, now);
      case 'subscribes':
      case 'archive-query':
      case 'archive-end':
      case 'receipt': {
        const { jid, ...what } = event;
        const session = directory.get(jid);
        return session === undefined ? [] : [{ ...what, session }];
      }
      default:
        return [event];
    }
  }

  /** A sending, or a reception: the copies look alike, so that for a message without an id their number decides. */
  #copied({ message, sentHere, toLocal, inName }: Of<'copied'>, now: number): Change[] {
    const { recipient } = message;
    const ruling = rulingOn(message.element, recipient);
    if (ruling === null) return []; // the copies of what nobody is owed need not be told from each other
    const { identity } = message;
    const receivers = toLocal ? receiversOf(this.directory, recipient) : NOBODY;
    const hasId = message.id !== undefined;
    const knowsAll = () => toLocal && this.directory.knowsAllWhoGet(recipient, now);
    const due = receivers.length + (inName && toLocal ? 1 : 0); // its sending may be copied too
    const copy = this.#recogniser.recognise(identity, hasId, sentHere, due, now, knowsAll);
    const { is, nth, sentAt, again } = copy;
    if (is === 'sending') {
      const sure = sureOf(this.directory, recipient, receivers, now);
      return [{ kind: 'sent', message, ruling, sure, toLocal, again }];
    }
    if (!toLocal) return [];
    const since = sentAt ?? now - UNSEEN_SENDING;
    const who = attributeCopy(this.directory, recipient, receivers, nth, since);
    const account = recipient.bare;
    const of = { message, ruling, account, ...who, way: 'live', nth, sentAt: since, again } as const;
    const received: Change = { kind: 'received', ...of, unseen: is === 'arrival' };
    return received.unseen && inName
      ? [received, { kind: 'sent', message, ruling, sure: NOBODY, toLocal: false, again }]
      : [received];
  }

  /** mod_offline has a message: nobody was there to get it. */
  #stored(event: Of<'stored'>, now: number): Change[] {
    const { recipient } = event.message;
    const absent = absentFor(recipient, this.directory.of(recipient.bare), now);
    return [...this.directory.allLeft(absent, now), event];
  }

  #flooded({ message, way, unseen, marks }: Of<'flooded'>, now: number): Change[] {
    const { recipient, account } = message;
    const ruling = rulingOn(message.element, recipient);
    if (ruling === null) return [];
    const nth = this.#floods.count(message, marks, now);
    const got = attributeFlood(this.directory, recipient, nth, unseen && way !== 'resent', now);
    const of = { message, ruling, account, got, open: NOBODY, way, unseen };
    const sentAt = Math.max(...got.map(({ availableAt }) => availableAt)); // the queue is emptied at a presence
    return [{ kind: 'received', ...of, nth: 1, sentAt, again: false }];
  }

  #brought({ jid, message, way }: Of<'brought'>, now: number): Change[] {
    const session = this.directory.get(jid);
    const ruling = rulingOn(message.element, message.recipient);
    if (session === undefined || ruling === null) return [];
    const who = { account: jid.bare, got: [session], open: NOBODY };
    const of = { message, ruling, ...who, way, unseen: false };
    return [{ kind: 'received', ...of, nth: 1, sentAt: now, again: false }];
  }

  /** A client that is there, or may be, can have answered so itself. */
  #bounced({ from, orClient, identity, verdict }: Of<'bounced'>): Change[] {
    const { directory } = this;
    if (orClient && (directory.get(from) !== undefined || directory.seeks(from))) return [];
    return [{ kind: 'bounced', from, identity, verdict }];
  }

  #expelled({ jid, room, id }: Of<'room-did'>): Change[] {
    return this.#orders.done(jid.full, room, id).map(who => ({ kind: 'expelled', room, who }));
  }

  /** What a history or an archive brings is a copy of what came live before: of what, the spool knows. */
  #said({ jid, room, message, names, way }: Of<'said'>, now: number): Change[] {
    const session = this.directory.get(jid);
    if (session === undefined || (way === 'flood' && isOutside(session, room))) return [];
    const { key, first } =
      way === 'live'
        ? this.#roomRecogniser.recognise(room, names, session.key, now)
        : { key: names.key, first: false };
    return [{ kind: 'said', session, room, message, names, key, first, way, asked: hasAsked(session, room) }];
  }
}
