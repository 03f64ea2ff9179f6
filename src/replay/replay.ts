import type { Element } from '@xmpp/component';
import type { Change } from '../presence/change.js';
import type { Directory } from '../presence/directory.js';
import type { Presence } from '../presence/presence.js';
import type { InheritedSession, Session } from '../presence/session.js';
import type { SpoolPort } from '../spool/client.js';
import type { Ability } from '../spool/command.js';
import type { RoomLimits } from '../spool/rooms.js';
import { isKept } from '../spool/rules.js';
import type { SessionEnd } from '../tap/bounce.js';
import type { TapEvent } from '../tap/event.js';
import type { ReplayMarks } from '../tap/marks.js';
import type { Jid } from '../xmpp/jid.js';
import { Answers, PingIds } from './answers.js';
import type { Clock } from './clock.js';
import { Deliveries } from './deliveries.js';
import type { DeliverySettings } from './delivery.js';
import { Gate } from './gate.js';
import { HandOver } from './hand-over.js';
import { Messages } from './messages.js';
import { Pace } from './pace.js';
import { Rooms } from './rooms.js';
import { Search } from './search.js';
import { OnlineSessions } from './sessions.js';
import { pingOf } from './stanza.js';
import { type SessionState, stateOf } from './state.js';
import { Undecided } from './undecided.js';

/** What may change while it runs. */
export interface ReplayHabits {
  settings: DeliverySettings;
  /** The longest life of a message in the spool, in ms. */
  maxAge: number;
  /** Are devices owed what others of their account got or wrote? */
  sync: boolean;
  rooms: RoomLimits;
  /** Whether a session is to get no ping. */
  neverPing(jid: Jid): boolean;
}

export interface ReplayOptions extends ReplayHabits {
  /** The component's own domain. */
  domain: string;
  presence: Presence;
  spool: SpoolPort;
  clock: Clock;
  /** Puts stanzas on the stream; false while there is none. */
  send(text: string): boolean;
  /** Whether the stream takes more now. */
  isClear(): boolean;
  /** One line worth an operator's knowing. */
  note(line: string): void;
}

/** Has presence/ say what events mean, tells the spool, and has a delivery for each session that is believed online. */
export class Replay {
  readonly #options: ReplayOptions;
  /** One object for all sessions, so that a change reaches them all. */
  readonly #settings: DeliverySettings;
  readonly #directory: Directory;
  readonly #pace: Pace;
  readonly #gate: Gate;
  readonly #deliveries: Deliveries;
  readonly #undecided: Undecided;
  readonly #messages: Messages;
  readonly #rooms: Rooms;
  readonly #sessions: OnlineSessions;
  readonly #search: Search;
  readonly #answers: Answers;

  constructor(options: ReplayOptions) {
    this.#options = { ...options };
    this.#settings = { ...options.settings };
    const { spool, clock, domain, send, note } = options;
    const { directory } = options.presence;
    const settings = this.#settings;
    const habits = () => this.#options;
    const neverPing = (jid: Jid) => this.neverPings(jid);
    const ids = new PingIds();
    const ping = ({ full }: Jid, key: number, number: number) =>
      void send(pingOf(domain, full, ids.make(key, number)));
    const gate = new Gate(options.isClear);
    const pace = new Pace(settings);
    const deliveries: Deliveries = new Deliveries({
      settings,
      clock,
      spool,
      gate,
      pace,
      send,
      note,
      pingId: ({ key }, number) => ids.make(key, number),
      ping: ({ key, jid }, number) => ping(jid, key, number),
      neverPing,
      gone: session => sessions.gone(session),
      answered: (session, pingedAt) => this.#answered(session, pingedAt),
    });
    const handOver = new HandOver({ clock, spool, deliveries });
    const undecided = new Undecided({ clock, spool, directory, deliveries, handOver });
    const around = { domain, clock, spool, directory, deliveries, handOver, undecided, habits, send, note };
    const sessions: OnlineSessions = new OnlineSessions({ ...around, search: () => search });
    const search: Search = new Search({
      ...around,
      settings,
      sessions,
      ping: (jid, number) => ping(jid, 0, number),
      neverPing,
      answered: (from, id) => this.pingAnswered(from, id),
    });
    this.#directory = directory;
    this.#pace = pace;
    this.#gate = gate;
    this.#deliveries = deliveries;
    this.#undecided = undecided;
    this.#messages = new Messages(around);
    this.#rooms = new Rooms(around);
    this.#sessions = sessions;
    this.#search = search;
    this.#answers = new Answers(ids, { directory, deliveries, regain: search.regain, recall: search.recall });
  }

  /** From now on these hold; what is under way keeps the waits that it began with. */
  change(habits: ReplayHabits): void {
    Object.assign(this.#options, habits);
    Object.assign(this.#settings, habits.settings);
    this.#deliveries.reconsider();
  }

  /** Whether this session is to get no ping from anybody here. */
  neverPings(jid: Jid): boolean {
    return this.#options.neverPing(jid);
  }

  /** The stream is there: who is online is to be found out. */
  online(): void {
    void this.#search.begin();
  }

  /** Goes on with sessions as the process before this one knew them; what they have not proved is owed to them again. */
  inherit(sessions: readonly InheritedSession[]): void {
    this.#sessions.inherit(sessions);
  }

  /**
   * Before respool goes: replays nothing more, asks for the proofs that are outstanding and waits for them, so that the
   * next one repeats nothing. At most so many ms.
   */
  async finish(within: number): Promise<void> {
    this.#pace.isRushed = true;
    await this.#deliveries.finish(within);
  }

  /** It does not go after all. */
  goOn(): void {
    this.#pace.isRushed = false;
    this.#deliveries.goOn();
  }

  /** The stream is gone, and with it all knowledge of who is online. */
  offline(): void {
    this.#forgetSessions();
    this.#gate.open();
  }

  /** The spool has forgotten who holds what: all that is not proved is owed again. */
  spoolRecovered(): void {
    this.#forgetSessions();
    this.online();
  }

  /** The stream has room again. */
  drained(): void {
    this.#gate.open();
  }

  /** Has what is owed to an account replayed now. Returns how many of its sessions may get it. */
  replayNow(account: string): number {
    for (const delivery of [...this.#deliveries.of(account)]) {
      this.#deliveries.tell(delivery, (one, now) => one.replayNow(now));
    }
    return this.#directory.of(account).filter(({ priority }) => (priority ?? -1) >= 0).length;
  }

  /** How it stands with the sessions of an account, by their keys. */
  states(account: string): { key: number; state: SessionState }[] {
    const now = this.#options.clock.now();
    return [...this.#deliveries.of(account)].map(delivery => {
      return { key: delivery.session.key, state: stateOf(delivery, now) };
    });
  }

  /** Takes what a copy means. Returns what has changed by it. */
  take(event: TapEvent): Change[] {
    if (this.#isNoNews(event)) return [];
    const changes = this.#options.presence.take(event, this.#options.clock.now());
    for (const change of changes) this.#handle(change);
    return changes;
  }

  /** A client answered a ping of this id. */
  pingAnswered(from: Jid, id: string): void {
    this.#answers.answered(from, id);
  }

  /** A ping of this id came back, for the session has ended (`end`), or with an error that says nothing of that. */
  pingReturned(from: Jid, id: string, end: SessionEnd | null): void {
    this.#answers.returned(from, id, end);
  }

  /** A stanza for the component itself may be of a room's archive that was asked. True where it is. */
  fromRoomArchive(stanza: Element, from: Jid): boolean {
    return this.#rooms.fromArchive(stanza, from);
  }

  /** It is the copy of a replay, or of what nobody is ever owed. */
  #isNoNews(event: TapEvent): boolean {
    switch (event.kind) {
      case 'copied':
        return !isKept(event.message.element); // the copies of others need not be told from each other
      case 'flooded':
        return this.#isEcho(event.message.recipient, event.marks);
      case 'brought':
        return event.marks !== null && this.#isEcho(event.jid, event.marks);
      case 'said':
        return event.marks !== undefined && this.#isEcho(event.jid, event.marks);
      default:
        return false;
    }
  }

  #isEcho(to: Jid, marks: ReplayMarks): boolean {
    const session = this.#directory.get(to);
    return session !== undefined && this.#deliveries.get(session.key)?.isEcho(marks) === true;
  }

  #handle(change: Change): void {
    switch (change.kind) {
      case 'sent':
        return this.#messages.sent(change);
      case 'received':
        return this.#messages.received(change);
      case 'bounced':
        return this.#messages.bounced(change);
      case 'stored':
        return this.#messages.stored(change);
      case 'available':
        return this.#sessions.available(change);
      case 'discovered':
        return void this.#sessions.discovered(change);
      case 'unavailable':
        return this.#sessions.unavailable(change);
      case 'unknown-unavailable':
        return this.#sessions.unknownLeft(change);
      case 'login':
        return this.#sessions.loggedIn(change);
      case 'doubted':
        return this.#tell(change.session, (delivery, now) => delivery.doubted(now));
      case 'acted':
        return this.#tell(change.session, (delivery, now) => delivery.acted(now));
      case 'answered':
        return this.pingAnswered(change.jid, change.id);
      case 'joined':
        return this.#rooms.joined(change);
      case 'left':
        return this.#rooms.left(change);
      case 'out':
        return this.#rooms.out(change);
      case 'said':
        return this.#rooms.said(change);
      case 'carbons':
        return this.#able(change.session, 'carbons');
      case 'archive-query':
        this.#able(change.session, 'mam');
        return this.#tell(change.session, (delivery, now) => delivery.archiveQuery(change.id, now));
      case 'archive-end':
        return this.#tell(change.session, (delivery, now) => delivery.archiveEnd(change.id, now));
    }
  }

  #able({ key: session }: Session, ability: Ability): void {
    this.#options.spool.tell({ do: 'able', session, ability });
  }

  #tell({ key }: Session, what: Parameters<Deliveries['tell']>[1]): void {
    this.#deliveries.tell(this.#deliveries.get(key), what);
  }

  #answered(session: Session, pingedAt: number | null): void {
    if (pingedAt !== null) this.#directory.answered(session, pingedAt);
    this.#undecided.answered(session);
  }

  #forgetSessions(): void {
    this.#search.stop();
    this.#rooms.stop();
    this.#undecided.clear();
    this.#deliveries.forgetAll();
    this.#directory.clear();
    this.#options.spool.tell({ do: 'reset' });
  }
}
