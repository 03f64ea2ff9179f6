import type { Element } from '@xmpp/component';
import { cameAt } from '../presence/attribution.js';
import type { Change } from '../presence/change.js';
import type { InheritedSession } from '../presence/inherited-session.js';
import type { HandedTo } from '../spool/content.js';
import type { TapEvent } from '../tap/event.js';
import type { SessionEnd } from '../tap/session-end.js';
import type { Jid } from '../xmpp/jid.js';
import type { SessionAnswer } from './asking.js';
import type { Interim } from './interim.js';
import type { ReplayHabits, ReplayOptions } from './options.js';
import { isOwnCopy } from './own-copy.js';
import { type Parts, partsOf } from './parts.js';
import { type SessionState, stateOf } from './state.js';

/** Two respools of which neither is behind see the same session come so far apart at most, in ms. */
const APART = 1_000;

/** Has presence/ say what events mean, tells the spool, and has a delivery for each session that is believed online. */
export class Replay {
  readonly #options: ReplayOptions;
  readonly #parts: Parts;

  constructor(options: ReplayOptions) {
    // one object of each for all parts, so that a change reaches them all
    this.#options = { ...options, settings: { ...options.settings } };
    this.#parts = partsOf(this.#options);
  }

  /** From now on these hold; what is under way keeps the waits that it began with. */
  change(habits: ReplayHabits): void {
    const { settings } = this.#options;
    Object.assign(settings, habits.settings);
    Object.assign(this.#options, { ...habits, settings });
    this.#parts.deliveries.reconsider();
  }

  /** Whether this session is to get no ping from anybody here. */
  neverPings(jid: Jid): boolean {
    return this.#options.neverPing(jid);
  }

  /** The stream is there: who is online is to be found out. */
  online(): void {
    void this.#parts.search.begin({ asks: !this.#parts.duty.isWatching });
  }

  /** From now on another respool asks and replays: this one learns by watching. */
  watch(): void {
    this.#parts.duty.isWatching = true;
  }

  /** From now on this respool asks and replays. What the other one had begun is asked for anew. */
  act(): void {
    const { duty, search, deliveries } = this.#parts;
    if (!duty.isWatching) return;
    duty.isWatching = false;
    void search.regain.again();
    deliveries.each((one, now) => {
      if (one.awaitsProof) one.doubted(now);
      return one.check(now);
    });
  }

  /** What begins and ends while another respool is to say what it knows. */
  get interim(): Interim {
    return this.#parts.interim;
  }

  /** Goes on with sessions as the process before this one knew them; what they have not proved is owed to them again. */
  inherit(sessions: readonly InheritedSession[]): void {
    this.#parts.sessions.inherit(sessions);
  }

  /** Another respool believes that sessions have these messages of the spool: they are asked for the proof. */
  hold(held: readonly HandedTo[]): void {
    this.#parts.sessions.hold(held);
  }

  /**
   * Another respool was told by the server that a session is not there any more.
   * @param age how long ago that came, in ms: one that came later is another session
   */
  wasToldGone(jid: Jid, age: number): void {
    const session = this.#options.presence.directory.get(jid);
    if (session === undefined) return this.#parts.interim.changed(jid);
    const isLater = this.#options.clock.now() - cameAt(session) < age - APART;
    if (!isLater) this.#parts.sessions.gone(session);
  }

  /**
   * Before respool goes: replays nothing more, asks for the proofs that are outstanding and waits for them, so that the
   * next one repeats nothing. At most so many ms.
   */
  async finish(within: number): Promise<void> {
    this.#parts.duty.isLeaving = true;
    await this.#parts.deliveries.finish(within);
  }

  /** It does not go after all. */
  goOn(): void {
    this.#parts.duty.isLeaving = false;
    this.#parts.deliveries.each((one, now) => one.check(now));
  }

  /** The stream is gone, and with it all knowledge of who is online. */
  offline(): void {
    this.#forgetSessions();
    this.#parts.gate.open();
  }

  /** The spool has forgotten who holds what: all that is not proved is owed again. */
  spoolRecovered(): void {
    this.#forgetSessions();
    this.online();
  }

  /** The stream has room again. */
  drained(): void {
    this.#parts.gate.open();
  }

  /** Has what is owed to an account replayed now. Returns how many of its sessions may get it. */
  replayNow(account: string): number {
    for (const delivery of [...this.#parts.deliveries.of(account)]) {
      this.#parts.deliveries.tell(delivery, (one, now) => one.replayNow(now));
    }
    return this.#options.presence.directory.of(account).filter(({ priority }) => (priority ?? -1) >= 0)
      .length;
  }

  /**
   * Asks the sessions of an account whether they are there, and sends what is owed to those that answer.
   * @param within how long to wait for them, in ms
   * @throws Error where another respool acts
   */
  ask(account: string, within: number): Promise<SessionAnswer[]> {
    return this.#parts.asking.ask(account, within);
  }

  /** Something is on hold no more: sessions find out what they are owed. */
  released(isConcerned: (jid: Jid) => boolean): void {
    this.#parts.deliveries.each((one, now) => (isConcerned(one.session.jid) ? one.check(now) : []));
  }

  /** How it stands with the sessions of an account, by their keys. */
  states(account: string): { key: number; state: SessionState }[] {
    const now = this.#options.clock.now();
    return [...this.#parts.deliveries.of(account)].map(delivery => {
      return { key: delivery.session.key, state: stateOf(delivery, now) };
    });
  }

  /** Takes what a copy means. Returns what has changed by it. */
  take(event: TapEvent): readonly Change[] {
    const { presence, clock } = this.#options;
    if (isOwnCopy(event, presence.directory, this.#parts.deliveries)) return [];
    const changes = presence.take(event, clock.now());
    this.#parts.interim.take(event, changes);
    for (const change of changes) this.#handle(change);
    return changes;
  }

  /** A client answered a ping of this id. */
  pingAnswered(from: Jid, id: string): void {
    this.#parts.answers.answered(from, id);
  }

  /** A ping of this id came back, for the session has ended (`end`), or with an error that says nothing of that. */
  pingReturned(from: Jid, id: string, end: SessionEnd | null): void {
    this.#parts.answers.returned(from, id, end);
  }

  /** A stanza for the component itself may be of a room's archive that was asked. True where it is. */
  fromRoomArchive(stanza: Element, from: Jid): boolean {
    return this.#parts.rooms.fromArchive(stanza, from);
  }

  #handle(change: Change): void {
    const { messages, sessions, rooms, blocked } = this.#parts;
    switch (change.kind) {
      case 'sent':
        return messages.sent(change);
      case 'received':
        return messages.received(change);
      case 'bounced':
        return messages.bounced(change);
      case 'stored':
        return messages.stored(change);
      case 'receipt':
        return messages.receipt(change);
      case 'blocks':
        return blocked.changed(change);
      case 'filtered':
        return blocked.filtered(change);
      case 'available':
        return sessions.available(change);
      case 'discovered':
        return void sessions.discovered(change);
      case 'unavailable':
        return sessions.unavailable(change);
      case 'unknown-unavailable':
        return sessions.unknownLeft(change);
      case 'login':
        return sessions.loggedIn(change);
      case 'doubted':
        return sessions.doubted(change);
      case 'acted':
        return sessions.acted(change);
      case 'answered':
        return this.pingAnswered(change.jid, change.id);
      case 'pinged':
        return sessions.pinged(change);
      case 'ping-reached':
        return this.#parts.answers.reached(change.jid, change.id);
      case 'joined':
        return rooms.joined(change);
      case 'left':
        return rooms.left(change);
      case 'out':
        return rooms.out(change);
      case 'expelled':
        return rooms.expelled(change);
      case 'said':
        return rooms.said(change);
      case 'carbons':
        return sessions.carbons(change);
      case 'subscribes':
        return sessions.subscribes(change);
      case 'archive-query':
        return sessions.archiveQuery(change);
      case 'archive-end':
        return sessions.archiveEnd(change);
    }
  }

  #forgetSessions(): void {
    this.#parts.search.stop();
    this.#parts.rooms.stop();
    this.#parts.undecided.clear();
    this.#parts.deliveries.forgetAll();
    this.#options.presence.directory.clear();
    this.#options.spool.tell({ do: 'reset' });
  }
}
