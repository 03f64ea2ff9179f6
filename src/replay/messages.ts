import { LOWEST, priorityOf, receiversOf } from '../presence/attribution.js';
import type { Change } from '../presence/change.js';
import type { Taken } from '../presence/reception.js';
import { UNDECIDED } from '../presence/receptions.js';
import type { Session } from '../presence/session.js';
import { type Ruling, rulingOn } from '../rules/ruling.js';
import type { NewMessage } from '../spool/content.js';
import type { Way } from '../tap/event.js';
import type { Message } from '../tap/message.js';
import type { Jid } from '../xmpp/jid.js';
import type { Deliveries } from './deliveries.js';
import type { Delivery } from './delivery.js';
import { NobodyThere } from './nobody-there.js';
import { newMessage } from './records.js';
import type { Surroundings } from './surroundings.js';

interface MessagesSurroundings extends Surroundings {
  /** The session's stream is another one than before for certain. */
  renew(session: Session): void;
  /** At the moment: the longest life of a message, in ms, and whether devices are owed what others got or wrote. */
  habits(): { readonly maxAge: number; readonly sync: boolean };
}

/** Where no archive is slow, a message takes so long from the copy of its sending to that of its reception, in ms. */
const AT_ONCE = 100;
/** A group that waits for this is closed by no ping. */
const UNTIL_DECIDED = Number.POSITIVE_INFINITY;

type Of<Kind extends Change['kind']> = Extract<Change, { kind: Kind }>;
type Received = Of<'received'>;

/** What becomes of the messages of users: the spool is told, and the deliveries of those who get them. */
export class Messages {
  readonly #around: MessagesSurroundings;
  readonly #nobodyThere: NobodyThere;

  constructor(around: MessagesSurroundings) {
    this.#around = around;
    this.#nobodyThere = new NobodyThere(around);
  }

  sent({ message, ruling, sure, toLocal, again }: Of<'sent'>): void {
    const { spool, habits } = this.#around;
    const { identity, account } = message;
    const { bare, resource } = message.sender;
    const stored = this.#newMessage(message, ruling);
    const shared = habits().sync && ruling.shared;
    // In one command where it can be: what is told is written out for the spool's thread.
    if (toLocal && shared) {
      spool.tell({ do: 'store', message: stored, writer: { account: bare, resource }, again });
    } else if (toLocal) spool.tell({ do: 'store', message: stored, again });
    else if (shared) {
      const own = { ...stored, account: bare, sentBy: resource, alone: false };
      spool.tell({ do: 'store', message: own, again });
    }
    if (toLocal) this.#expect(account, identity, sure, owedIn(ruling, message));
    if (shared && bare !== account) this.#expect(bare, identity, [], one => one !== resource);
  }

  bounced({ from, identity, verdict }: Of<'bounced'>): void {
    const { spool, clock, deliveries, undecided } = this.#around;
    const account = from.bare;
    undecided.returned(account, identity);
    const resource = from.resource === '' ? null : from.resource;
    if (verdict === 'full' && resource === null) this.#nobodyThere.got(account, identity);
    spool.tell({ do: 'bounce', account, resource, identity, verdict, at: clock.date() });
    for (const { evidence } of deliveries.of(account)) {
      evidence.came(identity, false, clock.now());
      if (evidence.returnedToSender(identity)) break;
    }
    if (verdict === 'lost' || verdict === 'full') deliveries.checkAll(account);
  }

  /** mod_offline has it. Nobody took it, so whoever is believed to be there may be gone. */
  stored({ message, fromLocal: due }: Of<'stored'>): void {
    const { spool, deliveries } = this.#around;
    const ruling = rulingOn(message.element, message.recipient);
    if (ruling === null) return;
    spool.tell({ do: 'offline', message: this.#newMessage(message, ruling), due });
    this.#nobodyThere.got(message.account, message.identity);
    for (const delivery of deliveries.of(message.account)) {
      deliveries.tell(delivery, (one, now) => one.doubted(now));
    }
  }

  received(change: Received): void {
    const { message, ruling, account, open, unseen, nth } = change;
    const { undecided } = this.#around;
    const taken = nth > 1 ? undecided.another(account, message.identity) : [];
    const got = change.got.filter(({ key }) => !taken.includes(key));
    const content = unseen ? this.#newMessage(message, ruling) : null;
    const refers = ruling.refersTo !== null;
    if (got.length > 0) this.#gotBy({ ...change, got }, content, refers);
    else if (nth === 1 || open.length > 0) this.#gotByUnknown(change, content, refers);
    else this.#alsoGotByUnknown(change);
  }

  /**
   * Somebody has got it who is not known, or one of these. Until that is decided nothing of it is sent to them: they may
   * have it.
   */
  #gotByUnknown(change: Received, content: NewMessage | null, refers: boolean): void {
    const { message, account, open, way, sentAt } = change;
    const { undecided, assigning } = this.#around;
    const { identity, recipient } = message;
    const isOpen = (way === 'live' || way === 'resent') && undecided.hasRoom(account);
    const takers = (isOpen ? open : []).map((session, nth) => {
      const group = assigning.handed(assigning.deliveryOf(session), identity, way, false, UNTIL_DECIDED);
      this.#hand(change, session.key, group, nth === 0 ? content : null, refers); // stored by then
      return { session, group };
    });
    if (isOpen) {
      const floor = Math.max(LOWEST, ...open.map(session => priorityOf(session) ?? LOWEST));
      const of = { account, identity, sentAt, resource: recipient.resource, floor };
      const isResent = way === 'resent';
      undecided.open({ ...of, takers, isCounted: false, isStray: isResent, isResent });
    }
    if (takers.length === 0 && content !== null) this.#hand(change, 0, 0, content, refers);
    if (!isOpen)
      for (const session of open) this.#tell(session, (one, now) => one.expect(identity, false, now));
  }

  /** More copies came than there are sessions: one that is not known and has the same priority has made it. */
  #alsoGotByUnknown({ message, account, way, sentAt }: Received): void {
    const { undecided, directory } = this.#around;
    const { identity, recipient } = message;
    if (way !== 'live' || !directory.seeksAnyOf(account) || !undecided.hasRoom(account)) return;
    const known = receiversOf(directory, recipient);
    const floor = Math.max(LOWEST, ...known.map(session => priorityOf(session) ?? LOWEST));
    const of = { account, identity, sentAt, resource: recipient.resource, floor };
    undecided.open({ ...of, takers: [], isCounted: false, isStray: false, isResent: false });
  }

  #gotBy(change: Received, content: NewMessage | null, refers: boolean): void {
    const { message, account, got, way, unseen, nth, sentAt } = change;
    const { assigning, undecided, directory, clock } = this.#around;
    const { identity, recipient } = message;
    const isAddressedKnown = directory.get(recipient) !== undefined;
    const isCounted =
      got.length > 1 && nth === 1 && (way === 'live' || (way === 'flood' && isAddressedKnown));
    const isSlow = clock.now() - sentAt > AT_ONCE;
    const isUnsure = message.id === undefined && way === 'live' && !unseen && isSlow;
    const takers: Taken[] = [];
    let isStray = false;
    for (const session of got) {
      const delivery = assigning.deliveryOf(session);
      this.#arrives(delivery, way, message);
      const strays = isStrayed(session, way, recipient) && !isAddressedKnown;
      const hold = strays || isCounted ? UNDECIDED : 0;
      const group = assigning.handed(delivery, identity, way, isUnsure, hold);
      this.#hand(change, session.key, group, session === got[0] ? content : null, refers); // stored by then
      if (hold > 0) takers.push({ session, group });
      isStray ||= strays;
    }
    if (way === 'live' && nth === 1) this.#tookItsPlace(message);
    if (takers.length === 0) return;
    const of = { account, identity, sentAt, resource: recipient.resource, floor: LOWEST };
    undecided.open({ ...of, takers, isCounted, isStray, isResent: way === 'resent' });
  }

  /**
   * A session that was to get the message when it was sent, but would not get it now because another one has come in
   * its place, does not lack it.
   */
  #tookItsPlace({ identity, recipient }: Message): void {
    const { directory, deliveries } = this.#around;
    const sessions = directory.of(recipient.bare);
    if (sessions.length < 2) return;
    const receivers = receiversOf(directory, recipient);
    for (const session of sessions) {
      if (receivers.includes(session)) continue;
      deliveries.tell(deliveries.get(session.key), (one, now) => one.evidence.came(identity, false, now));
    }
  }

  /** What comes out of the server's store has more behind it, or is what an earlier stream has left. */
  #arrives(delivery: Delivery, way: Way, { identity, recipient: { full } }: Message): void {
    const { directory, clock } = this.#around;
    const { session } = delivery;
    if (way !== 'live') this.#tell(session, (one, now) => one.unsettle(now));
    if (way === 'flood' || way === 'archive') this.#nobodyThere.hasComeSince(delivery, identity);
    if (way !== 'resent' || full !== session.jid.full) return;
    directory.resentTo(session, clock.now());
    this.#tell(session, (one, now) => one.sign(now));
  }

  /** A device says itself that it has a message. */
  receipt({ session, sender, id }: Of<'receipt'>): void {
    const { spool, clock } = this.#around;
    spool.tell({ do: 'receipt', session: session.key, sender, stanzaId: id, at: clock.date() });
  }

  #newMessage(message: Message, ruling: Ruling): NewMessage {
    const { clock, habits } = this.#around;
    return newMessage(message, ruling, clock.date(), habits().maxAge);
  }

  #hand(
    { message, account, way, again }: Received,
    session: number,
    group: number,
    content: NewMessage | null,
    refers: boolean,
  ): void {
    const { identity } = message;
    const fresh = content !== null && way === 'live' && (message.id === undefined || again);
    const to = { session, group, account, identity, way };
    this.#around.spool.tell({ do: 'hand', ...to, fresh, refers, message: content });
  }

  /**
   * Has sessions of the account find out in a moment whether a message came.
   * @param receivers the server hands it to these at once
   * @param isOwed whether it is owed to a resource
   */
  #expect(
    account: string,
    identity: string,
    receivers: readonly Session[],
    isOwed: (resource: string) => boolean,
  ): void {
    for (const session of this.#around.directory.of(account)) {
      if (!isOwed(session.jid.resource)) continue;
      const atOnce = session.priority !== null && receivers.includes(session);
      this.#tell(session, (one, now) => one.expect(identity, atOnce, now));
    }
  }

  #tell({ key }: Session, what: Parameters<Deliveries['tell']>[1]): void {
    const { deliveries } = this.#around;
    deliveries.tell(deliveries.get(key), what);
  }
}

/** Which resources of the recipient are owed a message that was sent. */
function owedIn({ whom }: Ruling, { sender, recipient }: Message): (resource: string) => boolean {
  if (whom === 'device') return one => one === recipient.resource;
  return one => sender.bare !== recipient.bare || one !== sender.resource;
}

/** Did it come to this session though it was addressed to another one? */
function isStrayed({ jid }: Session, way: Way, { full, resource }: Jid): boolean {
  return way !== 'carbon' && way !== 'archive' && resource !== '' && full !== jid.full;
}
