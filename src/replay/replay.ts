import { randomBytes } from 'node:crypto';
import type { Element } from '@xmpp/component';
import type { SpoolPort } from '../spool/client.js';
import type { Ability, NewMessage, RoomMessage } from '../spool/command.js';
import type { RoomLimits } from '../spool/rooms.js';
import { lifeOf } from '../spool/rules.js';
import type { ReplayMarks, TapEvent, Way } from '../tap/event.js';
import type { Message } from '../tap/message.js';
import { idInKey, keyById } from '../tap/room.js';
import type { InheritedSession, Session, Sessions, StreamGuess } from '../tap/sessions.js';
import { type Jid, parseJid } from '../xmpp/jid.js';
import type { Clock } from './clock.js';
import { Gate } from './gate.js';
import { Introductions } from './introductions.js';
import { Orphans } from './orphans.js';
import { Pace } from './pace.js';
import { Regain } from './regain.js';
import { RoomArchive } from './room-archive.js';
import {
  type ReplaySettings,
  SessionReplay,
  type SessionState,
  type Surroundings,
} from './session-replay.js';
import { pingOf } from './stanza.js';
import { SHOWN_WITHIN, Strays } from './strays.js';

/** What may change while it runs. */
export interface ReplayHabits {
  settings: ReplaySettings;
  /** The longest life of a message in the spool, in ms. */
  maxAge: number;
  /** Are devices owed what others of their account got or wrote? */
  sync: boolean;
  rooms: RoomLimits;
}

export interface ReplayOptions extends ReplayHabits {
  /** The component's own domain. */
  domain: string;
  sessions: Sessions;
  spool: SpoolPort;
  clock: Clock;
  /** Puts stanzas on the stream; false while there is none. */
  send(text: string): boolean;
  /** Whether the stream takes more now. */
  isClear(): boolean;
  /** One line worth an operator's knowing. */
  note(line: string): void;
}

/** A session that was idle so long is asked whether it is still there when another of its account begins, in ms. */
const IDLE = 60_000;
/** Below every priority. */
const LOWEST = Number.NEGATIVE_INFINITY;
/** No device: the server makes all-digit resources anew at each login. */
const SERVER_MADE = /^\d+$/;

type Sent = Extract<TapEvent, { kind: 'sent' }>;
type Joined = Extract<TapEvent, { kind: 'joined' }>;
type Said = Extract<TapEvent, { kind: 'said' }>;
type Received = Extract<TapEvent, { kind: 'received' }>;

/** Turns events into what the spool is told, and has a SessionReplay for each session that is believed online. */
export class Replay {
  readonly #options: ReplayOptions;
  /** One object for all sessions, so that a change reaches them all. */
  readonly #settings: ReplaySettings;
  readonly #around: Surroundings;
  readonly #regain: Regain;
  readonly #roomArchive: RoomArchive;
  readonly #gate: Gate;
  readonly #running = new Map<number, SessionReplay>();
  readonly #strays = new Strays();
  readonly #orphans = new Orphans();
  readonly #introductions: Introductions;
  #whenProved: (() => void) | null = null;
  /** Ping ids of this process, so that a late answer to one before it is no answer. */
  readonly #prefix = randomBytes(6).toString('hex');

  constructor(options: ReplayOptions) {
    const settings = { ...options.settings };
    this.#settings = settings;
    this.#options = { ...options };
    const { spool, clock, domain } = options;
    this.#gate = new Gate(options.isClear);
    this.#around = {
      settings,
      clock,
      spool,
      gate: this.#gate,
      pace: new Pace(settings),
      send: options.send,
      note: options.note,
      ping: ({ key, jid }, number) =>
        options.send(pingOf(domain, jid.full, `${this.#prefix}-${key}-${number}`)),
      gone: session => this.#end(session),
      freed: session => this.#checkAll(session.jid.bare),
    };
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
        return { ...this.#roomMessage(room, keyById(id), said, life), stamp, expiresAt: stamp + life };
      },
      handed: (session, key) => this.#running.get(session.key)?.handed(key, false),
      filled: session => void this.#running.get(session.key)?.check(),
    });
    this.#regain = new Regain({
      clock,
      spool,
      settings,
      ping: (jid, number) => options.send(pingOf(domain, jid.full, `${this.#prefix}-0-${number}`)),
      session: jid => options.sessions.get(jid),
      found: (jid, device, askedAt, answered) => {
        const known = options.sessions.get(jid);
        if (known !== undefined && known.priority !== null) {
          if (answered) this.#running.get(known.key)?.answersPings();
          return; // its own presence has come meanwhile, and says more
        }
        const { session, forgotten } = options.sessions.available(jid, device.priority, null, clock.now());
        for (const one of forgotten) this.#ended(one);
        // no new stream: it was there all the time, so what it has been seen to get, and where, still counts
        this.#available(session, 'same');
        this.#adopt(session, device.priority, askedAt);
        const running = this.#running.get(session.key);
        if (device.mute) running?.setAnswers('no');
        if (answered) running?.answersPings();
      },
      heardOf: (account, priority) => this.#orphans.raise(account, priority),
      over: account => this.#adoptAll(account),
    });
    this.#introductions = new Introductions({
      clock,
      spool,
      // asked as those are that respool looks for when it comes back
      introduce: device => this.#regain.ask(device),
    });
  }

  /** From now on these hold; what is under way keeps the waits that it began with. */
  change(habits: ReplayHabits): void {
    Object.assign(this.#options, habits);
    Object.assign(this.#settings, habits.settings);
  }

  /** The stream is there: who is online is to be found out. */
  online(): void {
    void this.#regain.start();
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
    this.#around.pace.isRushed = true;
    for (const running of this.#running.values()) running.hurry();
    await new Promise<void>(resolve => {
      const stop = this.#options.clock.after(within, resolve);
      const waited = new Set(this.#running.values()); // each answer looks no further than the first that lacks one
      const look = () => {
        for (const running of waited) {
          if (running.awaitsProof) return;
          waited.delete(running);
        }
        this.#whenProved = null;
        stop();
        resolve();
      };
      this.#whenProved = look;
      look();
    });
  }

  /** It does not go after all. */
  goOn(): void {
    this.#around.pace.isRushed = false;
    for (const running of this.#running.values()) void running.check();
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
    this.#checkAll(account);
    return this.#options.sessions.of(account).filter(({ priority }) => (priority ?? -1) >= 0).length;
  }

  /** Is a copy to this JID with these marks that of a replay, which is no news? */
  isEcho(to: Jid, marks: ReplayMarks): boolean {
    const session = this.#options.sessions.get(to);
    return session !== undefined && this.#running.get(session.key)?.isEcho(marks) === true;
  }

  /** How it stands with the sessions of an account, by their keys. */
  states(account: string): { key: number; state: SessionState }[] {
    return this.#options.sessions.of(account).flatMap(({ key }) => {
      const running = this.#running.get(key);
      return running === undefined ? [] : [{ key, state: running.state }];
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
        for (const session of this.#options.sessions.of(account.bare)) {
          if (this.#running.get(session.key)?.returnedToSender(identity) === true) break;
        }
        if (verdict === 'lost' || verdict === 'full') this.#checkAll(account.bare);
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
        return this.#regain.seen(event.jid);
      case 'doubted':
        return this.#running.get(event.session.key)?.doubt(true);
      case 'login':
        this.#orphans.forget(event.session.jid.bare); // it was not there before
        return this.#running.get(event.session.key)?.logsIn();
      case 'answered':
        return this.pingAnswered(event.jid, event.id);
      case 'joined':
        return this.#joined(event);
      case 'left':
        this.#running.get(event.session.key)?.isOut(event.room);
        return this.#options.spool.tell({ do: 'part', session: event.session.key, room: event.room });
      case 'out':
        this.#running.get(event.session.key)?.isOut(event.room);
        return this.#options.spool.tell({ do: 'out', session: event.session.key, room: event.room });
      case 'said':
        return this.#said(event);
      case 'carbons':
        return this.#able(event.session, 'carbons');
      case 'archive-query':
        this.#able(event.session, 'mam');
        return this.#running.get(event.session.key)?.archiveQuery(event.id);
      case 'archive-end':
        return this.#running.get(event.session.key)?.archiveEnd(event.id);
      case 'stored':
        return this.#storedOffline(event.message, event.fromLocal);
    }
  }

  /** A client answered a ping of this id. Who knows an id of its own can guess others', so the JID counts too. */
  pingAnswered(from: Jid, id: string): void {
    const [key, number] = this.#read(id);
    if (key === 0) this.#regain.answered(from, number);
    else this.#addressed(from, key)?.answered(number);
    this.#whenProved?.();
  }

  /** A stanza for the component itself may be of a room's archive that was asked. True where it is. */
  fromRoomArchive(stanza: Element, from: Jid): boolean {
    if (stanza.name === 'message') return this.#roomArchive.result(stanza, from.full);
    return this.#roomArchive.answered(stanza, from.full);
  }

  /** The server returned a ping of this id: the session is not there. */
  pingReturned(from: Jid, id: string): void {
    const [key, number] = this.#read(id);
    if (key === 0) this.#regain.returned(from, number);
    else this.#addressed(from, key)?.returned(number);
    this.#whenProved?.();
  }

  #addressed(jid: Jid, key: number): SessionReplay | undefined {
    const running = this.#running.get(key);
    return running?.session.jid.full === jid.full ? running : undefined;
  }

  #sent({ message, toLocal, private: unshared }: Sent): void {
    const life = lifeOf(message.element, this.#options.maxAge);
    if (life === null) return;
    const { identity, account } = message;
    const { bare, resource } = message.sender;
    const stored = this.#newMessage(message, life);
    const shared = !unshared && this.#options.sync && bare !== account;
    // In one command where it can be: what is told is written out for the spool's thread.
    if (toLocal && shared) {
      this.#options.spool.tell({ do: 'store', message: stored, writer: { account: bare, resource } });
    } else if (toLocal) this.#options.spool.tell({ do: 'store', message: stored });
    else if (shared) {
      this.#options.spool.tell({ do: 'store', message: { ...stored, account: bare, sentBy: resource } });
    }
    if (toLocal) this.#expect(account, identity);
    if (shared) this.#expect(bare, identity, resource);
  }

  /** Has each session of the account but one find out in a moment whether a message came. */
  #expect(account: string, identity: string, except?: string): void {
    for (const session of this.#options.sessions.of(account)) {
      if (session.jid.resource !== except) this.#running.get(session.key)?.expect(identity);
    }
  }

  #joined({ session, room, nick, entered }: Joined): void {
    if (!this.#options.rooms.replay) return;
    const running = this.#run(session);
    if (entered) void this.#roomArchive.joining(session, room);
    this.#options.spool.tell({ do: 'join', session: session.key, room, nick, at: this.#date() });
    running.isIn(room, true);
  }

  #said({ session, room, message, key, first, way }: Said): void {
    const life = this.#options.rooms.replay ? lifeOf(message.element, this.#options.maxAge) : null;
    if (life === null) return;
    const running = this.#run(session);
    if (way !== 'live') running.unsettle();
    this.#roomArchive.heard(session, room, key, way === 'live');
    const said = first && way === 'live' ? this.#roomMessage(room, key, message, life) : null;
    this.#hear(session, running, room, key, way, said);
    if (way === 'live') running.isIn(room, false);
  }

  #hear(
    { key: session }: Session,
    running: SessionReplay,
    room: string,
    key: string,
    way: Way,
    message: RoomMessage | null = null,
  ): void {
    const group = running.handed(key, false);
    this.#options.spool.tell({ do: 'hear', session, group, room, key, way, message, at: this.#date() });
  }

  /** Nobody took it, so whoever is believed to be there may be gone. */
  #storedOffline(message: Message, due: boolean): void {
    const life = lifeOf(message.element, this.#options.maxAge);
    if (life === null) return;
    this.#options.spool.tell({ do: 'offline', message: this.#newMessage(message, life), due });
    for (const session of this.#options.sessions.of(message.account))
      this.#running.get(session.key)?.doubt(true);
  }

  #able(session: Session, ability: Ability): void {
    this.#options.spool.tell({ do: 'able', session: session.key, ability });
  }

  #received({ message, account, by, way, unseen }: Received): void {
    const life = lifeOf(message.element, this.#options.maxAge);
    if (life === null) return;
    const { identity, recipient } = message;
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
    for (const session of by) if (!got.includes(session)) this.#running.get(session.key)?.expect(identity);
    for (const session of got) {
      const running = this.#run(session);
      if (way !== 'live') running.unsettle();
      const direct = way === 'live' || way === 'flood';
      const strayed = direct && recipient.resource !== '' && recipient.full !== session.jid.full;
      const group = running.handed(identity, !hasId && way === 'live' && !unseen, strayed ? SHOWN_WITHIN : 0);
      if (strayed) {
        this.#strays.note(recipient.full, { session: session.key, group }, this.#options.clock.now());
      }
      hand(session.key, group);
      content = null; // stored by now
      fresh = false;
    }
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
    const known = this.#running.has(session.key);
    const running = this.#run(session);
    if (known) this.#tellArrival(session, stream !== 'same');
    running.available(stream);
    if (stream !== 'new') return;
    const account = session.jid.bare;
    this.#orphans.forget(account);
    void this.#options.spool
      .ask({ ask: 'answers', session: session.key })
      .then(answers => running.setAnswers(answers ?? 'unknown'));
    const now = this.#options.clock.now();
    for (const other of this.#options.sessions.of(account)) {
      if (other !== session && now - other.activeAt > IDLE) this.#running.get(other.key)?.doubt(false);
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
      const group = this.#run(session).handed(identity, false);
      const hand = { session: session.key, group, account, identity };
      this.#options.spool.tell({ do: 'hand', ...hand, way: 'live', message: null, fresh: false });
    }
  }

  /** What came for this session, another one has not got. */
  #takeBack({ jid }: Session): void {
    for (const { session, group } of this.#strays.shown(jid.full, this.#options.clock.now())) {
      this.#options.spool.tell({ do: 'release', session, groups: [group] });
      void this.#running.get(session)?.check();
    }
  }

  #run(session: Session): SessionReplay {
    let running = this.#running.get(session.key);
    if (running === undefined) {
      running = new SessionReplay(session, this.#around);
      this.#running.set(session.key, running);
      this.#tellArrival(session, true);
    }
    return running;
  }

  #tellArrival({ key, jid, priority }: Session, anew: boolean): void {
    const device = priority !== null && !SERVER_MADE.test(jid.resource);
    const arrival = {
      session: key,
      account: jid.bare,
      resource: jid.resource,
      device,
      priority: priority ?? -1,
      anew,
    };
    this.#options.spool.tell({ do: 'arrive', ...arrival, at: this.#date() });
  }

  #end(session: Session): void {
    this.#options.sessions.end(session.jid);
    this.#ended(session);
  }

  #ended(session: Session): void {
    this.#introductions.end(session);
    this.#running.get(session.key)?.end();
    this.#running.delete(session.key);
    this.#checkAll(session.jid.bare);
    this.#whenProved?.();
  }

  #checkAll(account: string): void {
    for (const session of this.#options.sessions.of(account)) void this.#running.get(session.key)?.check();
  }

  #forgetSessions(): void {
    this.#regain.stop();
    this.#introductions.clear();
    this.#roomArchive.stop();
    for (const running of this.#running.values()) running.abandon();
    this.#running.clear();
    this.#options.sessions.clear();
    this.#orphans.clear();
    this.#options.spool.tell({ do: 'reset' });
    this.#whenProved?.();
  }

  #newMessage(message: Message, life: number): NewMessage {
    const at = this.#date();
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
      payload: message.payload(),
      receivedAt: at,
      stamp: Math.min(at, message.stamp ?? at),
      expiresAt: at + life,
    };
  }

  #roomMessage(room: string, key: string, message: Message, life: number): RoomMessage {
    const at = this.#date();
    const { from = '', id = null, 'xml:lang': lang = null } = message.element.attrs;
    const times = { receivedAt: at, stamp: Math.min(at, message.stamp ?? at), expiresAt: at + life };
    return {
      key,
      archiveId: idInKey(key),
      from,
      stanzaId: id,
      lang,
      payload: message.payload(room),
      ...times,
    };
  }

  #date(): number {
    return this.#options.clock.date();
  }

  #read(id: string): [key: number, number: number] {
    const [prefix, key, number] = id.split('-');
    return prefix === this.#prefix ? [Number(key), Number(number)] : [-1, -1];
  }
}
