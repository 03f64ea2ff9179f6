import { randomBytes } from 'node:crypto';
import type { Element } from '@xmpp/component';
import type { Directory, InheritedSession, Session } from '../presence/directory.js';
import type { StreamGuess } from '../presence/login.js';
import type { SpoolPort } from '../spool/client.js';
import type { Ability, NewMessage, RoomMessage, Sleeper } from '../spool/command.js';
import type { RoomLimits } from '../spool/rooms.js';
import { lifeOf } from '../spool/rules.js';
import type { SessionEnd } from '../tap/bounce.js';
import type { ReplayMarks, TapEvent, Way } from '../tap/event.js';
import type { Message } from '../tap/message.js';
import { idInKey, keyById } from '../tap/room.js';
import { type Jid, parseJid } from '../xmpp/jid.js';
import { believed } from '../xmpp/stamp.js';
import type { Clock } from './clock.js';
import { Deliveries } from './deliveries.js';
import type { Delivery, DeliverySettings } from './delivery.js';
import { Gate } from './gate.js';
import { Introductions } from './introductions.js';
import { Orphans } from './orphans.js';
import { Pace } from './pace.js';
import type { Quarantine } from './quarantine.js';
import { Recall } from './recall.js';
import { Receptions, type Taken } from './receptions.js';
import { Regain } from './regain.js';
import { RoomArchive } from './room-archive.js';
import { pingOf } from './stanza.js';
import { type SessionState, stateOf } from './state.js';
import { SHOWN_WITHIN, Strays } from './strays.js';

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
  sessions: Directory;
  spool: SpoolPort;
  clock: Clock;
  /** Puts stanzas on the stream; false while there is none. */
  send(text: string): boolean;
  /** Puts messages there. */
  put: Quarantine['put'];
  /** Whether the stream takes more now. */
  isClear(): boolean;
  /** One line worth an operator's knowing. */
  note(line: string): void;
}

/** A session that was idle so long is asked whether it is still there when another of its account begins, in ms. */
const IDLE = 60_000;
/** What is counted is held until it is decided, which is sooner than this, in ms. */
const UNDECIDED = 60_000;
/** Below every priority. */
const LOWEST = Number.NEGATIVE_INFINITY;
/** No device: the server makes all-digit resources anew at each login. */
const SERVER_MADE = /^\d+$/;

type Sent = Extract<TapEvent, { kind: 'sent' }>;
type Joined = Extract<TapEvent, { kind: 'joined' }>;
type Said = Extract<TapEvent, { kind: 'said' }>;
type Received = Extract<TapEvent, { kind: 'received' }>;

/** Turns events into what the spool is told, and has a delivery for each session that is believed online. */
export class Replay {
  readonly #options: ReplayOptions;
  /** One object for all sessions, so that a change reaches them all. */
  readonly #settings: DeliverySettings;
  readonly #pace: Pace;
  readonly #deliveries: Deliveries;
  readonly #recall: Recall;
  readonly #regain: Regain;
  readonly #roomArchive: RoomArchive;
  readonly #gate: Gate;
  readonly #strays = new Strays();
  readonly #orphans = new Orphans();
  readonly #receptions: Receptions;
  readonly #introductions: Introductions;
  /** Ping ids of this process: a late answer to one before it counts where what it proves was written down. */
  readonly #prefix = randomBytes(6).toString('hex');

  constructor(options: ReplayOptions) {
    const settings = { ...options.settings };
    this.#settings = settings;
    this.#options = { ...options };
    const { spool, clock, domain } = options;
    this.#gate = new Gate(options.isClear);
    this.#pace = new Pace(settings);
    this.#deliveries = new Deliveries({
      settings,
      clock,
      spool,
      gate: this.#gate,
      pace: this.#pace,
      put: options.put,
      note: options.note,
      pingId: ({ key }, number) => this.#pingId(key, number),
      ping: ({ key, jid }, number) => options.send(pingOf(domain, jid.full, this.#pingId(key, number))),
      neverPing: jid => this.neverPings(jid),
      gone: session => this.#end(session),
      answered: session => this.#receptions.answered(session),
    });
    this.#receptions = new Receptions({
      clock,
      isThere: session => this.#deliveries.get(session.key) !== undefined,
      ask: session => this.#tell(session, (delivery, now) => delivery.asked(now)),
      decided: (session, group, got) =>
        this.#tell(session, (delivery, now) => delivery.decided(group, got, now)),
    });
    this.#roomArchive = new RoomArchive({
      domain,
      clock,
      spool,
      limits: () => this.#options.rooms,
      send: options.send,
      note: options.note,
      roomMessage: (room, { id, stamp, said }) => {
        const life = said === undefined ? null : lifeOf(said.element, this.#options.maxAge);
        if (said === undefined || life === null) return null;
        const when = Math.min(stamp, this.#date());
        return { ...this.#roomMessage(room, keyById(id), said, life), stamp: when, expiresAt: when + life };
      },
      handed: (session, key) => {
        const delivery = this.#deliveries.get(session.key);
        return delivery === undefined ? undefined : this.#handed(delivery, key, 'archive');
      },
      filled: session => this.#tell(session, (delivery, now) => delivery.check(now)),
    });
    this.#recall = new Recall({
      clock,
      spool,
      recalled: (sleeper, askAt) => this.#recalled(sleeper, askAt),
      answered: (from, id) => this.pingAnswered(from, id),
    });
    this.#regain = new Regain({
      clock,
      spool,
      settings,
      ping: (jid, number) => options.send(pingOf(domain, jid.full, this.#pingId(0, number))),
      neverPing: jid => this.neverPings(jid),
      session: jid => options.sessions.get(jid),
      found: (jid, device, askedAt, answered) => {
        const known = options.sessions.get(jid);
        if (known !== undefined && known.priority !== null) {
          if (answered) this.#tell(known, delivery => delivery.answersPings());
          return; // its own presence has come meanwhile, and says more
        }
        const session = this.#wasThere(jid, device.priority, askedAt);
        if (device.mute) this.#tell(session, delivery => delivery.knownToAnswer('no'));
        if (answered) this.#tell(session, delivery => delivery.answersPings());
      },
      gone: ({ bare: account, resource }) => spool.tell({ do: 'gone', account, resource }),
      heardOf: (account, priority) => this.#orphans.raise(account, priority),
      over: account => this.#adoptAll(account),
    });
    this.#introductions = new Introductions({
      clock,
      spool,
      // asked as those are that respool looks for when it comes back
      introduce: device => this.#regain.ask({ ...device, online: true }),
    });
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
    void this.#find();
  }

  async #find(): Promise<void> {
    if (await this.#recall.start()) await this.#regain.start();
  }

  #recalled({ jid: text, priority, pings, unasked }: Sleeper, askAt: number): void {
    const jid = parseJid(text);
    if (jid === null) return;
    const { clock, sessions } = this.#options;
    const known = sessions.get(jid);
    const session =
      known === undefined || known.priority === null ? this.#wasThere(jid, priority, LOWEST) : known;
    const began = clock.date() - clock.now();
    const recalled = pings.map(ping => ({ ...ping, sentAt: ping.sentAt - began }));
    this.#tell(session, (delivery, now) => delivery.recall(recalled, unasked, askAt, now));
  }

  /** The session is there, and has been since that moment at least: no new stream, so what it got, and where, still counts. */
  #wasThere(jid: Jid, priority: number, since: number): Session {
    const { sessions, clock } = this.#options;
    const { session, forgotten } = sessions.available(jid, priority, null, clock.now());
    for (const one of forgotten) this.#ended(one);
    this.#available(session, 'same');
    this.#adopt(session, priority, since);
    return session;
  }

  /** Goes on with sessions as the process before this one knew them; what they have not proved is owed to them again. */
  inherit(sessions: readonly InheritedSession[]): void {
    const now = this.#options.clock.now();
    for (const { jid: text, priority, presence, availableFor } of sessions) {
      const jid = parseJid(text);
      if (jid === null) continue;
      const { session, stream } = this.#options.sessions.available(jid, priority, presence, now);
      this.#available(session, stream);
      session.availableAt = now - availableFor;
    }
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
    return this.#options.sessions.of(account).filter(({ priority }) => (priority ?? -1) >= 0).length;
  }

  /** Is a copy to this JID with these marks that of a replay, which is no news? */
  isEcho(to: Jid, marks: ReplayMarks): boolean {
    const session = this.#options.sessions.get(to);
    return session !== undefined && this.#deliveries.get(session.key)?.isEcho(marks) === true;
  }

  /** How it stands with the sessions of an account, by their keys. */
  states(account: string): { key: number; state: SessionState }[] {
    const now = this.#options.clock.now();
    return [...this.#deliveries.of(account)].map(delivery => {
      return { key: delivery.session.key, state: stateOf(delivery, now) };
    });
  }

  handle(event: TapEvent): void {
    switch (event.kind) {
      case 'sent':
        return this.#sent(event);
      case 'received':
        return this.#received(event);
      case 'bounced': {
        const { account, identity, verdict } = event;
        this.#options.spool.tell({
          do: 'bounce',
          account: account.bare,
          identity,
          verdict,
          at: this.#date(),
        });
        for (const delivery of this.#deliveries.of(account.bare)) {
          delivery.evidence.came(identity, false, this.#options.clock.now());
          if (delivery.evidence.returnedToSender(identity)) break;
        }
        if (verdict === 'lost' || verdict === 'full') this.#deliveries.checkAll(account.bare);
        return;
      }
      case 'available':
        this.#regain.seen(event.session.jid);
        this.#available(event.session, event.stream);
        if (event.stream === 'new') this.#lookForOthers(event.session.jid);
        return;
      case 'discovered':
        return void this.#discovered(event.session);
      case 'unavailable':
        this.#regain.seen(event.session.jid);
        return this.#ended(event.session);
      case 'unknown-unavailable':
        this.#orphans.forget(event.jid.bare); // it may have got them
        return this.#regain.gone(event.jid);
      case 'doubted':
        return this.#tell(event.session, (delivery, now) => delivery.doubted(now));
      case 'acted':
        return this.#tell(event.session, (delivery, now) => delivery.acted(now));
      case 'login':
        return this.#loggedIn(event);
      case 'answered':
        return this.pingAnswered(event.jid, event.id);
      case 'joined':
        return this.#joined(event);
      case 'left':
        this.#deliveries.get(event.session.key)?.isOut(event.room);
        return this.#options.spool.tell({ do: 'part', session: event.session.key, room: event.room });
      case 'out':
        this.#deliveries.get(event.session.key)?.isOut(event.room);
        return this.#options.spool.tell({ do: 'out', session: event.session.key, room: event.room });
      case 'said':
        return this.#said(event);
      case 'carbons':
        return this.#able(event.session, 'carbons');
      case 'archive-query':
        this.#able(event.session, 'mam');
        return this.#tell(event.session, (delivery, now) => delivery.archiveQuery(event.id, now));
      case 'archive-end':
        return this.#tell(event.session, (delivery, now) => delivery.archiveEnd(event.id, now));
      case 'stored':
        return this.#storedOffline(event.message, event.fromLocal);
    }
  }

  /** A client answered a ping of this id. Who knows an id of its own can guess others', so the JID counts too. */
  pingAnswered(from: Jid, id: string): void {
    const [key, number] = this.#read(id, from);
    if (key === -1 && this.#recall.keep(from, id)) return;
    if (key === 0) this.#regain.answered(from, number);
    else this.#deliveries.tell(this.#addressed(from, key), (delivery, now) => delivery.answered(number, now));
  }

  /** A stanza for the component itself may be of a room's archive that was asked. True where it is. */
  fromRoomArchive(stanza: Element, from: Jid): boolean {
    if (stanza.name === 'message') return this.#roomArchive.result(stanza, from.full);
    return this.#roomArchive.answered(stanza, from.full);
  }

  /** A ping of this id came back, for the session has ended (`end`), or with an error that says nothing of that. */
  pingReturned(from: Jid, id: string, end: SessionEnd | null): void {
    const [key, number] = this.#read(id, from);
    if (key === 0) this.#regain.returned(from, number, end !== null);
    else
      this.#deliveries.tell(this.#addressed(from, key), (delivery, now) =>
        delivery.returned(number, end, now),
      );
  }

  #addressed(jid: Jid, key: number): Delivery | undefined {
    const delivery = this.#deliveries.get(key);
    return delivery?.session.jid.full === jid.full ? delivery : undefined;
  }

  #tell({ key }: Session, what: Parameters<Deliveries['tell']>[1]): void {
    this.#deliveries.tell(this.#deliveries.get(key), what);
  }

  /** ejabberd handed a message to a session. Returns the group that it is in. */
  #handed(delivery: Delivery, identity: string, way: Way, unsure = false, hold = 0): number {
    let group = 0;
    this.#deliveries.tell(delivery, (one, now) => {
      group = one.handed(identity, way, now, unsure, hold);
    });
    return group;
  }

  #loggedIn({ session, stream }: Extract<TapEvent, { kind: 'login' }>): void {
    if (session.priority === null) this.#orphans.forget(session.jid.bare); // it was not there before
    if (stream === 'sign') this.#tell(session, (delivery, now) => delivery.sign(now));
    if (stream === 'renewed') this.#isAnew(session);
  }

  /** The offline queue or an archive brings what was sent to it: nobody was there, then, before its last presence. */
  #mayHaveBeenAway({ session, evidence }: Delivery, identity: string): void {
    if (evidence.lacksSince(identity) >= session.availableAt) return;
    session.login.hadEnded(session.availableAt);
    this.#isAnew(session);
  }

  /** It is another stream than before for certain. */
  #isAnew(session: Session): void {
    this.#receptions.gone(session);
    this.#tell(session, (delivery, now) => delivery.renewed(now));
  }

  #sent({ message, receivers, toLocal, private: unshared }: Sent): void {
    const life = lifeOf(message.element, this.#options.maxAge);
    if (life === null) return;
    const { identity, account } = message;
    const { bare, resource } = message.sender;
    const stored = this.#newMessage(message, life);
    const shared = !unshared && this.#options.sync;
    // In one command where it can be: what is told is written out for the spool's thread.
    if (toLocal && shared) {
      this.#options.spool.tell({ do: 'store', message: stored, writer: { account: bare, resource } });
    } else if (toLocal) this.#options.spool.tell({ do: 'store', message: stored });
    else if (shared) {
      this.#options.spool.tell({ do: 'store', message: { ...stored, account: bare, sentBy: resource } });
    }
    const at = this.#options.clock.now();
    const { sessions } = this.#options;
    const sure = receivers.filter(one => sessions.wasThere(one, at) && this.#isSure(one, message.recipient));
    if (toLocal) this.#expect(account, identity, sure, bare === account ? resource : undefined);
    if (shared && bare !== account) this.#expect(bare, identity, [], resource);
  }

  /** Has each session of the account but one find out in a moment whether a message came. */
  #expect(account: string, identity: string, receivers: readonly Session[], except?: string): void {
    for (const session of this.#options.sessions.of(account)) {
      if (session.jid.resource === except) continue;
      const atOnce = session.priority !== null && receivers.includes(session);
      this.#tell(session, (delivery, now) => delivery.expect(identity, atOnce, now));
    }
  }

  #joined({ session, room, nick, entered }: Joined): void {
    if (!this.#options.rooms.replay) return;
    const delivery = this.#deliveryOf(session);
    if (entered) void this.#roomArchive.joining(session, room);
    this.#options.spool.tell({ do: 'join', session: session.key, room, nick, at: this.#date() });
    this.#deliveries.tell(delivery, (one, now) => one.isIn(room, true, now));
  }

  #said({ session, room, message, key, first, way }: Said): void {
    const life = this.#options.rooms.replay ? lifeOf(message.element, this.#options.maxAge) : null;
    if (life === null) return;
    const delivery = this.#deliveryOf(session);
    if (way !== 'live') this.#deliveries.tell(delivery, (one, now) => one.unsettle(now));
    this.#roomArchive.heard(session, room, key, way === 'live');
    const said = first && way === 'live' ? this.#roomMessage(room, key, message, life) : null;
    this.#hear(delivery, room, key, way, said);
    if (way === 'live') this.#deliveries.tell(delivery, (one, now) => one.isIn(room, false, now));
  }

  #hear(delivery: Delivery, room: string, key: string, way: Way, message: RoomMessage | null = null): void {
    const group = this.#handed(delivery, key, way);
    const { key: session } = delivery.session;
    this.#options.spool.tell({ do: 'hear', session, group, room, key, way, message, at: this.#date() });
  }

  /** Nobody took it, so whoever is believed to be there may be gone. */
  #storedOffline(message: Message, due: boolean): void {
    const life = lifeOf(message.element, this.#options.maxAge);
    if (life === null) return;
    this.#options.spool.tell({ do: 'offline', message: this.#newMessage(message, life), due });
    for (const delivery of this.#deliveries.of(message.account)) {
      this.#deliveries.tell(delivery, (one, now) => one.doubted(now));
    }
  }

  #able(session: Session, ability: Ability): void {
    this.#options.spool.tell({ do: 'able', session: session.key, ability });
  }

  #received({ message, account, by, way, unseen, nth }: Received): void {
    const life = lifeOf(message.element, this.#options.maxAge);
    if (life === null) return;
    const { identity, recipient } = message;
    if (nth > 1) this.#receptions.another(`${account} ${identity}`);
    if (nth > 1 && by.length === 0) return;
    const hasId = message.id !== undefined;
    let content = unseen ? this.#newMessage(message, life) : null;
    let fresh = unseen && way === 'live' && !hasId;
    const hand = (session: number, group: number) =>
      this.#options.spool.tell({
        do: 'hand',
        session,
        group,
        account,
        identity,
        way,
        fresh,
        message: content,
      });
    const got = way === 'live' ? by.filter(session => this.#isSure(session, recipient)) : by;
    if (got.length === 0) {
      const { resource } = recipient;
      if (way === 'live') {
        const priorities = by.map(session => this.#introductions.priorityOf(session) ?? LOWEST);
        const at = this.#options.clock.now();
        this.#orphans.note(account, { identity, resource, at, floor: Math.max(LOWEST, ...priorities) });
      }
      if (content !== null) hand(0, 0);
    }
    for (const session of by) {
      if (got.includes(session)) continue;
      this.#tell(session, (delivery, now) => delivery.expect(identity, false, now));
    }
    const isCounted = way === 'live' && nth === 1 && got.length > 1;
    const takers: Taken[] = [];
    for (const session of got) {
      const delivery = this.#deliveryOf(session);
      if (way !== 'live') this.#deliveries.tell(delivery, (one, now) => one.unsettle(now));
      if (way === 'flood' || way === 'archive') this.#mayHaveBeenAway(delivery, identity);
      if (way === 'resent' && recipient.full === session.jid.full) {
        session.login.inherits(this.#options.clock.now());
        this.#deliveries.tell(delivery, (one, now) => one.sign(now));
      }
      const direct = way === 'live' || way === 'flood';
      const strayed = direct && recipient.resource !== '' && recipient.full !== session.jid.full;
      const unsure = !hasId && way === 'live' && !unseen;
      const hold = strayed ? SHOWN_WITHIN : isCounted ? UNDECIDED : 0;
      const group = this.#handed(delivery, identity, way, unsure, hold);
      if (strayed) {
        this.#strays.note(recipient.full, { session: session.key, group }, this.#options.clock.now());
      }
      hand(session.key, group);
      content = null; // stored by now
      fresh = false;
      if (isCounted) takers.push({ session, group });
    }
    if (isCounted) this.#receptions.first(`${account} ${identity}`, takers);
  }

  /** Whether no session of which too little is known yet has got what this one is taken to have got. */
  #isSure(session: Session, recipient: Jid): boolean {
    if (recipient.full === session.jid.full) return true;
    const own = this.#introductions.priorityOf(session) ?? LOWEST;
    return !this.#regain.seeks(recipient) && !this.#isBelowUnknown(session, own);
  }

  /** Whether another one, of which too little is known yet, may get what is sent to the account in place of this one. */
  #isBelowUnknown(session: Session, priority: number): boolean {
    if (this.#regain.seeksAbove(session.jid, priority)) return true;
    const others = this.#options.sessions.of(session.jid.bare);
    return others.some(other => other !== session && this.#introductions.mayBeAbove(other, priority));
  }

  #available(session: Session, stream: StreamGuess): void {
    this.#takeBack(session);
    const known = this.#deliveries.get(session.key) !== undefined;
    const delivery = this.#deliveryOf(session);
    if (known) this.#tellArrival(session, stream !== 'same');
    this.#deliveries.tell(delivery, (one, now) => one.available(stream, now));
    if (stream === 'renewed') this.#receptions.gone(session);
    if (stream !== 'new') return;
    const account = session.jid.bare;
    this.#orphans.forget(account);
    void this.#options.spool
      .ask({ ask: 'answers', session: session.key })
      .then(answers => this.#deliveries.tell(delivery, one => one.knownToAnswer(answers ?? 'unknown')));
    const at = this.#options.clock.now();
    for (const other of this.#deliveries.of(account)) {
      if (other === delivery || at - other.session.activeAt <= IDLE) continue;
      this.#deliveries.tell(other, (one, now) => one.doubted(now));
    }
  }

  /** It was there before respool was, so what an unknown session of its account got, it may have got. */
  async #discovered(session: Session): Promise<void> {
    this.#takeBack(session);
    const account = session.jid.bare;
    const isStranger = this.#introductions.begin(session);
    this.#lookForOthers(session.jid);
    if ((await isStranger) && !this.#regain.seeksAnyOf(account)) this.#adoptAll(account);
  }

  /** Of an account of which only now a session is seen, others may have been there all the time. */
  #lookForOthers(first: Jid): void {
    if (this.#options.sessions.of(first.bare).length === 1) void this.#regain.look(first);
  }

  /** Nobody else is there. */
  #adoptAll(account: string): void {
    for (const session of this.#options.sessions.of(account)) {
      const priority = this.#introductions.priorityOf(session);
      const isUnknown = session.priority === null;
      if (priority === null || (isUnknown && session.loginAt !== null)) continue; // who logs in was not there
      this.#adopt(session, priority, isUnknown ? Number.NEGATIVE_INFINITY : session.availableAt);
    }
    this.#orphans.forget(account);
  }

  /**
   * The session has got what came for it, or for its account, before it was known, but not what was for another one.
   * @param since it was there from then on
   */
  #adopt(session: Session, priority: number, since: number): void {
    const { bare: account, resource } = session.jid;
    for (const orphan of this.#orphans.of(account)) {
      if (orphan.at < since || orphan.had.includes(session.key)) continue;
      const isForAll = orphan.resource === '';
      if (isForAll && (priority < orphan.floor || this.#isBelowUnknown(session, priority))) continue;
      if (!isForAll && orphan.resource !== resource) continue;
      orphan.had.push(session.key);
      if (isForAll) orphan.floor = priority;
      const { identity } = orphan;
      const group = this.#handed(this.#deliveryOf(session), identity, 'live');
      const hand = { session: session.key, group, account, identity };
      this.#options.spool.tell({ do: 'hand', ...hand, way: 'live', message: null, fresh: false });
    }
  }

  /** What came for this session, another one has not got. */
  #takeBack({ jid }: Session): void {
    for (const { session, group } of this.#strays.shown(jid.full, this.#options.clock.now())) {
      this.#options.spool.tell({ do: 'release', session, groups: [group] });
      this.#deliveries.tell(this.#deliveries.get(session), (delivery, now) => delivery.check(now));
    }
  }

  #deliveryOf(session: Session): Delivery {
    const known = this.#deliveries.get(session.key);
    if (known !== undefined) return known;
    const delivery = this.#deliveries.add(session);
    this.#tellArrival(session, true);
    return delivery;
  }

  #tellArrival({ key, jid, priority, cameBack }: Session, anew: boolean): void {
    const device = priority !== null && !SERVER_MADE.test(jid.resource);
    const arrival = {
      session: key,
      account: jid.bare,
      resource: jid.resource,
      device,
      priority: priority ?? -1,
      anew,
      back: cameBack,
    };
    this.#options.spool.tell({ do: 'arrive', ...arrival, at: this.#date() });
  }

  #end(session: Session): void {
    this.#options.sessions.end(session.jid);
    this.#ended(session);
  }

  #ended(session: Session): void {
    this.#introductions.end(session);
    this.#receptions.gone(session);
    this.#deliveries.end(session);
  }

  #forgetSessions(): void {
    this.#recall.stop();
    this.#regain.stop();
    this.#introductions.clear();
    this.#roomArchive.stop();
    this.#receptions.clear();
    this.#deliveries.forgetAll();
    this.#options.sessions.clear();
    this.#orphans.clear();
    this.#options.spool.tell({ do: 'reset' });
  }

  #newMessage(message: Message, life: number): NewMessage {
    const at = this.#date();
    const vhost = message.recipient.domain;
    const { from = '', to = '', type = null, id = null, 'xml:lang': lang = null } = message.element.attrs;
    return {
      account: message.account,
      room: message.room,
      sentBy: null,
      identity: message.identity,
      from,
      to,
      type,
      stanzaId: id,
      lang,
      payload: message.payload(vhost),
      receivedAt: at,
      stamp: believed(message.stampBy(vhost), at, this.#options.maxAge),
      expiresAt: at + life,
    };
  }

  #roomMessage(room: string, key: string, message: Message, life: number): RoomMessage {
    const at = this.#date();
    const { from = '', id = null, 'xml:lang': lang = null } = message.element.attrs;
    const times = { receivedAt: at, stamp: at, expiresAt: at + life };
    return {
      key,
      archiveId: idInKey(key),
      from,
      stanzaId: id,
      lang,
      payload: message.payload(room, room),
      ...times,
    };
  }

  #date(): number {
    return this.#options.clock.date();
  }

  #pingId(key: number, number: number): string {
    return `${this.#prefix}-${key}-${number}`;
  }

  /** Whose ping this is; of before respool was away too, where that is known. */
  #read(id: string, to: Jid): [key: number, number: number] {
    const [prefix, key, number] = id.split('-');
    if (prefix === this.#prefix) return [Number(key), Number(number)];
    const session = this.#options.sessions.get(to);
    const recalled = session && this.#deliveries.get(session.key)?.numberOf(id);
    return session === undefined || recalled === undefined ? [-1, -1] : [session.key, recalled];
  }
}
