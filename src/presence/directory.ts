import type { TapEvent } from '../tap/event.js';
import type { Jid } from '../xmpp/jid.js';
import { announce, endsOf, logIn } from './announce.js';
import type { View } from './attribution.js';
import type { Change } from './change.js';
import { Company } from './company.js';
import type { InheritedSession } from './inherited-session.js';
import type { StreamGuess } from './login.js';
import { enters, inRoom, isOut, outlives, type RoomEvent } from './rooms.js';
import type { Entry, Session } from './session.js';
import { Sessions } from './sessions.js';
import { Sought } from './sought.js';
import { doubt, endsDoubt, whoIsMeant } from './told-of-end.js';

/** Who has sent nothing for so long, in ms, stirs with the next stanza. */
const QUIET = 1_000;

const NONE: readonly Change[] = [];
type Of<Kind extends TapEvent['kind']> = Extract<TapEvent, { kind: Kind }>;

/**
 * Who may be there: sessions that are online, or act without presence, and devices that are sought. It alone writes that:
 * it takes news and says what they change. It has no timer, and asks nobody.
 */
export class Directory implements View {
  readonly #sessions = new Sessions();
  readonly #company = new Company(session => this.#sessions.get(session.jid) === session);
  /** Devices of which nobody knows whether they are there: who searches says which. */
  readonly sought = new Sought();

  /** How many sessions are believed to be online. */
  get size(): number {
    return this.#sessions.size;
  }

  get(jid: Jid): Session | undefined {
    return this.#sessions.get(jid);
  }

  of(account: string): readonly Session[] {
    return this.#sessions.of(account);
  }

  seeks(jid: Jid): boolean {
    return this.sought.includes(jid);
  }

  seeksAbove(jid: Jid, priority: number): boolean {
    return this.sought.anyAbove(jid, priority);
  }

  seeksAnyOf(account: string): boolean {
    return this.sought.anyOf(account);
  }

  /** Whether each session is known for certain that may get a message to this JID. */
  knowsAllWhoGet(to: Jid, now: number): boolean {
    return !this.seeksAnyOf(to.bare) && this.#sessions.knowsAllWhoGet(to, now);
  }

  /** A stanza that only a live session sends or gets. There are only so many without presence: some may have to go. */
  seen({ jid, acted, late = false }: Of<'seen'>, now: number): readonly Change[] {
    const known = this.#sessions.get(jid);
    const isOfOneGone = () => (!acted || late) && this.#sessions.hasJustLeft(jid, late, now);
    if (known === undefined) return isOfOneGone() ? NONE : this.#discover(jid, acted, now);
    const stirs = acted && now - known.activeAt > QUIET;
    known.hasActed ||= acted;
    if (acted) known.activeAt = now;
    if (known.priority === null) this.#sessions.listed(known, now);
    return stirs ? [{ kind: 'acted', session: known }] : NONE;
  }

  /** A session announced itself. */
  announced({ jid, priority, presence }: Of<'available'>, now: number): Change[] {
    const { session, stream, forgotten } = this.#available(jid, priority, presence, now);
    this.#sessions.meets(jid.bare);
    session.isSeenWhole ||= stream === 'new' || stream === 'renewed';
    return [...endsOf(forgotten), { kind: 'available', session, stream }];
  }

  /** It is found to be there, by a ping or by what is known from before, and has been for long. */
  found(jid: Jid, priority: number, now: number): { session: Session; forgotten: Session[] } {
    const found = this.#available(jid, priority, null, now);
    found.session.registeredAt = now;
    return found;
  }

  /** The process before this one knew it. */
  inherited(of: InheritedSession, jid: Jid, now: number): Extract<Change, { kind: 'available' }> {
    const { session, stream } = this.#available(jid, of.priority, of.presence, now);
    session.availableAt = now - of.availableFor;
    session.registeredAt = session.availableAt;
    return { kind: 'available', session, stream };
  }

  /** A session has said that it goes. */
  left({ jid }: Of<'unavailable'>, now: number): Change[] {
    const session = this.#sessions.goes(jid, now);
    return [session === undefined ? { kind: 'unknown-unavailable', jid } : { kind: 'unavailable', session }];
  }

  /** A session has ended: what is still on its way to it shows no new one. */
  ended(jid: Jid, now: number): void {
    this.#sessions.goes(jid, now);
  }

  /** The server tells a session of its own presence, which it has put into its tables (RFC 6121, 4.2.2). */
  registered({ jid }: Of<'registered'>, now: number): Change[] {
    const session = this.#sessions.get(jid);
    if (session !== undefined) session.registeredAt = now;
    return [];
  }

  /** A stream of this session has ended, and perhaps another one has begun. */
  streamEnded({ jid, room }: Of<'ended'>, now: number): Change[] {
    const session = this.#sessions.get(jid);
    if (session === undefined) return [];
    if (room === null) return outlives(session, null, now);
    // it has not left the room that says so, or that would not be among its own any more
    return session.rooms?.has(room) === true ? isOut(session, room, now) : [];
  }

  /** Somebody was told that it has, by the server or by itself. */
  toldOfEnd({ jid, how }: Of<'told-of-end'>, now: number): readonly Change[] {
    const session = this.#sessions.get(jid);
    if (session === undefined) return NONE;
    if (how === 'itself') return this.seen({ kind: 'seen', jid, acted: true }, now);
    const last = this.#sessions.hasJustLeft(jid, false, now);
    const meant = whoIsMeant(session, how, last, now);
    if (meant === 'it') return this.left({ kind: 'unavailable', jid }, now);
    return meant === 'the last' ? NONE : [doubt(session, now)];
  }

  /** It may have ended. Returns what that changes, or undefined where it is not there. */
  doubt({ jid }: Session, now: number): ReturnType<typeof doubt> | undefined {
    const session = this.#sessions.get(jid);
    return session && doubt(session, now);
  }

  /** These are not there any more. */
  allLeft(sessions: readonly Session[], now: number): Change[] {
    return [...sessions].flatMap(({ jid }) => this.left({ kind: 'unavailable', jid }, now));
  }

  /** It was told who else is there. */
  toldOfOthers({ jid }: Of<'told-of-others'>, now: number): Change[] {
    const session = this.#sessions.get(jid);
    return session?.login.told(now) === 'renewed' ? [{ kind: 'login', session, stream: 'renewed' }] : [];
  }

  /** A session does what clients do once in each stream. Without presence, it is one that shows itself in a moment. */
  logsIn({ jid, act }: Of<'login'>, now: number): Change[] {
    const session = this.#sessions.get(jid);
    const stream = session === undefined ? null : logIn(session, act, now);
    return session === undefined || stream === null ? [] : [{ kind: 'login', session, stream }];
  }

  /** It has switched carbon copies on, or off, or got one. */
  carbons({ jid, on }: Of<'carbons'>, now: number): Change[] {
    const session = this.#sessions.get(jid);
    session?.login.carbons(on, now);
    return session === undefined ? [] : [{ kind: 'carbons', session, on }];
  }

  /** It has answered a ping that was sent then: it is there. */
  answered({ jid }: Session, pingedAt: number): void {
    const session = this.#sessions.get(jid);
    if (session === undefined || !endsDoubt(session, pingedAt)) return;
    session.doubtedAt = null;
    if (session.priority !== null) session.loginAt = null;
  }

  /** Nobody was there before its last presence. */
  wasAway({ jid }: Session): void {
    const session = this.#sessions.get(jid);
    session?.login.hadEnded(session.availableAt);
  }

  /** What an earlier stream of this JID had not acknowledged comes to it. */
  resentTo({ jid }: Session, now: number): void {
    this.#sessions.get(jid)?.login.sign(now);
  }

  /** It asks a room to let it in, is told by it what has become of it there, or leaves it. */
  ofRoom(event: RoomEvent, now: number): Change[] {
    const session = this.#sessions.get(event.jid);
    if (session === undefined) return [];
    const isWatched = event.kind === 'joins' && this.#company.hasOther(event.room, session);
    const changes = inRoom(session, event, isWatched, now);
    if (session.rooms?.has(event.room) === true) this.#company.enters(event.room, session);
    return changes;
  }

  /** The spool knows its device as a member of this room. Returns false where the session is not there any more. */
  belongs({ jid, key }: Session, room: string, now: number): boolean {
    const session = this.#sessions.get(jid);
    return session?.key === key && enters(session, room, now);
  }

  /** The spool has said which priority the device of a session without presence had; null: it is no known one. */
  formerly({ jid, key }: Session, priority: number | null): void {
    const session = this.#sessions.get(jid);
    if (session?.key === key && session.formerly !== null) session.formerly = priority ?? 'stranger';
  }

  /** The priority that its device had is not waited for any more. */
  introduced({ jid, key }: Session): void {
    const session = this.#sessions.get(jid);
    if (session?.key === key) session.formerly = null;
  }

  /** Those whose presence is known, as another process can take them over. */
  list(now: number): InheritedSession[] {
    return this.#sessions.inheritance(now);
  }

  clear(): void {
    this.#sessions.clear();
    this.#company.clear();
    this.sought.clear();
  }

  #discover(jid: Jid, acted: boolean, now: number): Change[] {
    const { session, forgotten } = this.#sessions.add(jid, now);
    session.hasActed = acted;
    session.formerly = 'unsaid';
    this.#sessions.listed(session, now);
    const ends = endsOf([...forgotten, ...this.#sessions.forgetSome()]);
    return [...ends, { kind: 'discovered', session }];
  }

  #available(
    jid: Jid,
    priority: number,
    presence: string | null,
    now: number,
  ): { session: Entry; stream: StreamGuess; forgotten: Entry[] } {
    const { session, forgotten } = this.#sessions.showing(jid, now);
    return { session, stream: announce(session, priority, presence, now), forgotten };
  }
}
