import { LOWEST, priorityOf } from '../presence/attribution.js';
import type { Change } from '../presence/change.js';
import type { InheritedSession } from '../presence/inherited-session.js';
import type { StreamGuess } from '../presence/login.js';
import type { Session } from '../presence/session.js';
import type { HandedTo, KnownDevice, Sleeper } from '../spool/content.js';
import { type Jid, parseJid } from '../xmpp/jid.js';
import { Abilities } from './abilities.js';
import type { Deliveries } from './deliveries.js';
import type { Delivery } from './delivery.js';
import type { Interim } from './interim.js';
import type { Finds, Search } from './search.js';
import type { Surroundings } from './surroundings.js';

interface OnlineSessionsSurroundings extends Surroundings {
  interim: Interim;
  /** The search for those who are there; it reports to this one. */
  search(): Search;
}

/** A session that was idle so long is asked whether it is still there when another of its account begins, in ms. */
const IDLE = 60_000;

type Of<Kind extends Change['kind']> = Extract<Change, { kind: Kind }>;

/** Sessions that come, are found, and go: what each change of who is there means for what is owed. */
export class OnlineSessions implements Finds {
  readonly #around: OnlineSessionsSurroundings;
  readonly #abilities: Abilities;

  constructor(around: OnlineSessionsSurroundings) {
    this.#around = around;
    this.#abilities = new Abilities(around.spool);
  }

  available({ session, stream }: Of<'available'>): void {
    this.#around.search().regain.seen(session.jid);
    this.#available(session, stream);
    if (stream === 'new') this.#lookForOthers(session.jid);
  }

  /** It was there before respool was, so what an unknown session of its account got, it may have got. */
  async discovered({ session }: Of<'discovered'>): Promise<void> {
    const { undecided, search } = this.#around;
    undecided.shown(session, search().regain.isSure(session.jid.bare));
    const isStranger = search().introductions.begin(session);
    this.#lookForOthers(session.jid);
    if (await isStranger) this.#decide(session.jid.bare);
  }

  loggedIn({ session, stream }: Of<'login'>): void {
    if (session.priority === null) this.#decide(session.jid.bare); // it was not there before
    if (stream === 'sign') this.#tell(session, (delivery, now) => delivery.sign(now));
    if (stream === 'renewed') this.renew(session);
  }

  /** It is another stream than before for certain. */
  renew(session: Session): void {
    this.#around.undecided.renewed(session);
    this.#tell(session, (delivery, now) => delivery.renewed(now));
  }

  unavailable({ session }: Of<'unavailable'>): void {
    this.#around.search().regain.seen(session.jid);
    this.ended(session, true);
  }

  unknownLeft({ jid }: Of<'unknown-unavailable'>): void {
    this.#around.undecided.giveUp(jid.bare); // it may have got them
    this.#around.search().regain.gone(jid);
  }

  doubted({ session }: Of<'doubted'>): void {
    this.#tell(session, (delivery, now) => delivery.doubted(now));
  }

  acted({ session }: Of<'acted'>): void {
    this.#tell(session, (delivery, now) => delivery.acted(now));
  }

  /** Another respool has pinged it. */
  pinged({ jid, id }: Of<'pinged'>): void {
    const session = this.#around.directory.get(jid);
    if (session !== undefined) this.#tell(session, (delivery, now) => delivery.pingedByOther(id, now));
  }

  carbons({ session, on }: Of<'carbons'>): void {
    if (on) this.#abilities.shown(session, 'carbons');
  }

  subscribes({ session }: Of<'subscribes'>): void {
    this.#abilities.shown(session, 'mucsub');
  }

  archiveQuery({ session, id }: Of<'archive-query'>): void {
    this.#abilities.shown(session, 'mam');
    this.#tell(session, (delivery, now) => delivery.archiveQuery(id, now));
  }

  archiveEnd({ session, id }: Of<'archive-end'>): void {
    this.#tell(session, (delivery, now) => delivery.archiveEnd(id, now));
  }

  /** @param isSeen its end was seen now; else it is found to be gone */
  ended(session: Session, isSeen = false): void {
    this.#around.search().introductions.end(session);
    this.#around.undecided.ended(session, isSeen);
    this.#around.deliveries.end(session);
  }

  /** The server says that it is gone. */
  gone(session: Session): void {
    this.#around.interim.changed(session.jid);
    this.#around.directory.ended(session.jid, this.#around.clock.now());
    this.ended(session);
  }

  /** Goes on with sessions as another process knew them; what they have not proved is owed to them again. */
  inherit(sessions: readonly InheritedSession[]): void {
    const now = this.#around.clock.now();
    for (const of of sessions) {
      const jid = parseJid(of.jid);
      const known = jid === null ? undefined : this.#around.directory.get(jid);
      if (jid === null || this.#around.interim.isOutdated(jid)) continue;
      if ((known?.priority ?? null) !== null) continue; // its own presence says more
      const { session, stream } = this.#around.directory.inherited(of, jid, now);
      this.#available(session, stream);
    }
  }

  /** Another respool believes that sessions have these messages of the spool. */
  hold(held: readonly HandedTo[]): void {
    const { directory, assigning, spool, interim } = this.#around;
    for (const { jid: text, id, identity } of held) {
      const jid = parseJid(text);
      const session = jid === null || interim.hasLost(jid, identity) ? undefined : directory.get(jid);
      if (session === undefined) continue;
      const group = assigning.handed(assigning.deliveryOf(session), identity, 'flood');
      spool.tell({ do: 'hold', session: session.key, group, id });
    }
  }

  /** A device let pings pass before respool was away; it is to be asked at that moment, in ms. */
  recalled({ jid: text, priority, pings, unasked }: Sleeper, askAt: number): void {
    const jid = parseJid(text);
    if (jid === null) return;
    const { clock, directory } = this.#around;
    const known = directory.get(jid);
    const session =
      known === undefined || known.priority === null ? this.#wasThere(jid, priority, LOWEST) : known;
    const began = clock.date() - clock.now();
    const recalled = pings.map(ping => ({ ...ping, sentAt: ping.sentAt - began }));
    this.#tell(session, (delivery, now) => delivery.recall(recalled, unasked, askAt, now));
  }

  /** A device is online, and has been since it was asked, at this time; `answered`: it has said so. */
  found(jid: Jid, device: KnownDevice, askedAt: number, answered: boolean): void {
    const known = this.#around.directory.get(jid);
    if (known !== undefined && known.priority !== null) {
      if (answered) this.#tell(known, delivery => delivery.answersPings());
      return; // its own presence has come meanwhile, and says more
    }
    const session = this.#wasThere(jid, device.priority, askedAt);
    if (device.mute) this.#tell(session, delivery => delivery.knownToAnswer('no'));
    if (answered) this.#tell(session, delivery => delivery.answersPings());
  }

  /** What is known of a session that was there when respool came back is of that one, or the next one has come already. */
  terminated(jid: Jid): void {
    const { directory, clock } = this.#around;
    const session = directory.get(jid);
    if (session === undefined) return;
    if (session.priority !== null) return this.renew(session);
    const doubted = directory.doubt(session, clock.now());
    if (doubted !== undefined) this.doubted(doubted);
  }

  /** A device of this priority is sought no more; it may have been there until that moment, in ms. */
  soughtNoMore(account: string, priority: number, until: number): void {
    this.#around.undecided.raise(account, priority, until);
  }

  /** The session is there, and has been since that moment at least: no new stream, so what it got, and where, still counts. */
  #wasThere(jid: Jid, priority: number, since: number): Session {
    const { directory, clock, undecided } = this.#around;
    const { session, forgotten } = directory.found(jid, priority, clock.now());
    for (const one of forgotten) this.ended(one);
    this.#available(session, 'same');
    undecided.found(session, priority, since);
    return session;
  }

  #available(session: Session, stream: StreamGuess): void {
    const { undecided, deliveries, assigning, clock, search } = this.#around;
    undecided.shown(session, search().regain.isSure(session.jid.bare));
    const known = deliveries.get(session.key) !== undefined;
    const delivery = assigning.deliveryOf(session);
    if (known) assigning.tellArrival(session, stream !== 'same');
    deliveries.tell(delivery, (one, now) => one.available(stream, now));
    this.#abilities.announced(session);
    if (stream === 'renewed') undecided.renewed(session);
    if (!known || stream === 'new') void this.#tellHabits(delivery, stream === 'new');
    if (stream !== 'new') return;
    const account = session.jid.bare;
    const { formerly } = session;
    if (formerly === 'unsaid') undecided.giveUp(account);
    else if (typeof formerly === 'number') undecided.raise(account, formerly); // it may have got what came before
    this.#decide(account);
    for (const other of deliveries.of(account)) {
      if (other === delivery || clock.now() - other.session.activeAt <= IDLE) continue;
      deliveries.tell(other, (one, now) => one.doubted(now, false));
    }
  }

  /** What is known of the device from before. @param isNew its stream is; of another it is known how it takes pings */
  async #tellHabits(delivery: Delivery, isNew: boolean): Promise<void> {
    const { spool, deliveries, clock } = this.#around;
    const habits = await spool.ask({ ask: 'habits', session: delivery.session.key });
    const { answers, takes } = habits ?? { answers: 'unknown', takes: null };
    if (takes !== null) delivery.catchUp.window.knows(takes, clock.date());
    if (isNew) deliveries.tell(delivery, one => one.knownToAnswer(answers));
  }

  /** Of an account of which only now a session is seen, others may have been there all the time. */
  #lookForOthers(first: Jid): void {
    if (this.#around.directory.of(first.bare).length === 1) void this.#around.search().regain.look(first);
  }

  /** Where nobody is sought any more, those have got what came before who are known. */
  #decide(account: string): void {
    if (!this.#around.directory.seeksAnyOf(account)) this.allFound(account);
  }

  /** Of this account none is sought any more: nobody else is there. */
  allFound(account: string): void {
    const { directory, undecided } = this.#around;
    for (const session of directory.of(account)) {
      const priority = priorityOf(session);
      const isUnknown = session.priority === null;
      if (priority === null || session.loginAt !== null) continue; // who logs in was not there
      undecided.found(session, priority, isUnknown ? LOWEST : session.availableAt);
    }
    undecided.giveUp(account);
  }

  #tell({ key }: Session, what: Parameters<Deliveries['tell']>[1]): void {
    this.#around.deliveries.tell(this.#around.deliveries.get(key), what);
  }
}
