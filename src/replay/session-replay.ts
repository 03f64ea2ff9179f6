import type { SpoolPort } from '../spool/client.js';
import type { Answers } from '../spool/command.js';
import type { ReplayMarks } from '../tap/event.js';
import type { Session, StreamGuess } from '../tap/sessions.js';
import type { Clock } from './clock.js';
import { Echoes } from './echoes.js';
import type { Gate } from './gate.js';
import type { Pace } from './pace.js';
import { type Ping, Proof, type ProofSettings, type Purpose } from './proof.js';
import { replayOf } from './stanza.js';
import { Window } from './window.js';

export interface ReplaySettings extends ProofSettings {
  /** After presence the session is left to ejabberd's own flood until this long nothing of it came, in ms. */
  settle: number;
  /** Messages sent before the next ping. */
  chunk: number;
}

/** What one session's replay needs of the rest. */
export interface Surroundings {
  settings: ReplaySettings;
  clock: Clock;
  spool: SpoolPort;
  gate: Gate;
  pace: Pace;
  /** Puts stanzas on the stream; false while there is none. */
  send(text: string): boolean;
  /** Sends a ping to a session under a number of its own. */
  ping(session: Session, number: number): void;
  /** The server says that there is no such session any more. */
  gone(session: Session): void;
  /** What the session held may now go to others of its account. */
  freed(session: Session): void;
  note(line: string): void;
}

/** So many at most are taken from the spool at once, as soon as there is room for them: each time is a commit. */
const CHUNKS_AT_ONCE = 4;
/** And so many messages, unless one chunk has more. */
const MOST_AT_ONCE = 400;
/** However busy flood and archive are, a session has settled after this long, in ms. */
const SETTLED_AT_LAST = 60_000;
/** A session that acts without presence may be on its way to announce itself; it is not pinged for this long, in ms. */
export const BEFORE_PRESENCE = 10_000;
/** A ping returned within this time shows that the session was gone before, in ms. */
const AT_ONCE = 1_000;
/** Overdue pings in a row after which a session that still acts is taken for one that does not answer pings. */
const UNANSWERED = 4;
/** More than so many messages that are not seen to arrive need not be told apart: one is enough for a check. */
const MOST_AWAITED = 1_000;
/** How long after a ping a stanza of the client shows that it had time to answer, in ms. */
const TIME_TO_ANSWER = 5_000;

/** How it stands with a session, to be told. Times in ms. */
export interface SessionState {
  resource: string;
  /** null: it has sent no presence that was seen. */
  priority: number | null;
  /** It has been left to ejabberd's own flood, or to what its client asks the archive, for so long; null: no more. */
  settlingFor: number | null;
  /** A ping has gone unanswered for so long; null: none is under way. */
  unansweredFor: number | null;
  replaying: boolean;
}

/** One session's way from presence to proof: settle, replay in chunks, ping, wait, and the proof of what came live. */
export class SessionReplay {
  readonly session: Session;
  readonly #around: Surroundings;
  readonly #proof: Proof;
  #window = new Window();
  readonly #echoes = new Echoes();
  readonly #knownSince: number;
  /** Sent to the account and not seen to arrive: a ping answered meanwhile shows that ejabberd lost it. */
  readonly #awaited = new Map<string, number>();
  /** Receptions without id that may have been sendings, if the session turns out to have been gone. */
  readonly #unsure = new Map<number, string>();
  /** Rooms that it is known to be in. */
  readonly #rooms = new Set<string>();
  #checkWantedAt: number | null = null;
  #unanswered = 0;
  /** When the last of those was given up, in ms. */
  #unansweredAt = Number.NEGATIVE_INFINITY;
  #hasAnswered = false;
  #mute = false;
  #silent = false;
  #queries = new Set<string>();
  #settlingSince: number | null = null;
  #stopSettling: (() => void) | null = null;
  #stopTimer: (() => void) | null = null;
  /** When the timer ticks; it may find nothing to do. */
  #ticksAt = Number.POSITIVE_INFINITY;
  #pumping = false;
  /** A check was wanted while a replay was under way. */
  #checkAgain = false;
  #replayed = 0;
  #ended = false;
  #tookReplays = false;

  constructor(session: Session, around: Surroundings) {
    this.session = session;
    this.#around = around;
    this.#proof = new Proof(around.settings);
    this.#knownSince = around.clock.now();
  }

  /**
   * Presence came. Where it may be that of a new stream under the same JID, what is not proved yet is given up: it went
   * to the old one, and answers may be those of the new one. A first presence is that of the login before it, if one
   * was seen: a client may ask the archive before it shows itself.
   */
  available(stream: StreamGuess): void {
    const { session } = this;
    const given =
      stream === 'maybe-new' || (stream === 'new' && session.loginAt === null) ? this.#proof.giveUp() : [];
    session.loginAt = null;
    if (stream !== 'same') {
      this.#rooms.clear(); // it has joined none yet
      this.#window = new Window(); // another line, it may be
    }
    if (this.#takesReplays && (stream !== 'same' || !this.#tookReplays)) this.#settle();
    this.#tookReplays = this.#takesReplays;
    this.#release(given);
    this.#schedule();
  }

  /** The client does what clients do at a login: a new stream, which will answer pings before it shows itself. */
  logsIn(): void {
    this.#release(this.#proof.giveUp());
    this.#schedule();
  }

  /** Tells what is known of the device from before: one that has ever answered is not taken for one that does not. */
  setAnswers(answers: Answers): void {
    if (answers === 'yes') this.#hasAnswered = true;
    if (answers !== 'no') return;
    // it may have answered meanwhile
    if (this.#hasAnswered) this.#tellMute(false);
    else this.#mute = true;
  }

  /** The client has answered a ping: it is none that answers none. */
  answersPings(): void {
    this.#unanswered = 0;
    this.#hasAnswered = true;
    if (this.#mute) this.#tellMute(false);
  }

  /** A message was sent that this session is expected to get. */
  expect(identity: string): void {
    if (!this.#takesReplays) return;
    const now = this.#around.clock.now();
    if (this.#awaited.size < MOST_AWAITED) this.#awaited.set(identity, now);
    this.#wantCheck(now);
    this.#schedule();
  }

  /**
   * ejabberd handed a message to the session. Returns the group it is in.
   * @param unsure it may have been a sending
   * @param hold for so many ms it may turn out that another session has it
   */
  handed(identity: string, unsure: boolean, hold = 0): number {
    const group = this.#proof.nextGroup();
    const now = this.#around.clock.now();
    this.#proof.handed(group, now, hold, this.#around.pace.gap(now));
    this.#awaited.delete(identity);
    if (unsure) this.#unsure.set(group, identity);
    this.#schedule();
    return group;
  }

  /** Is a copy with these marks that of a replay to this session, which is no news? */
  isEcho(marks: ReplayMarks): boolean {
    return this.#echoes.take(marks);
  }

  /** The server returned a message to its sender. Was it one that may have been a sending? It was none, then. */
  returnedToSender(identity: string): boolean {
    for (const [group, unsure] of this.#unsure) if (unsure === identity) return this.#unsure.delete(group);
    return false;
  }

  /** The session is in a room: it has just joined, so that the history is to come, or was heard there first. */
  isIn(room: string, joined: boolean): void {
    if (this.#rooms.has(room) && !joined) return;
    this.#rooms.add(room);
    if (this.#takesReplays) this.#settle();
  }

  isOut(room: string): void {
    this.#rooms.delete(room);
  }

  /** Flood, history or archive are still coming. */
  unsettle(): void {
    if (this.#settlingSince !== null) this.#settle();
  }

  archiveQuery(id: string): void {
    this.#queries.add(id);
    this.unsettle();
  }

  archiveEnd(id: string): void {
    this.#queries.delete(id);
    this.unsettle();
  }

  /** Finds out whether something is owed, and replays it. Harmless at any time. */
  async check(): Promise<void> {
    if (this.#settlingSince !== null || !this.#takesReplays || this.#around.pace.isRushed) return;
    if (this.#isReplaying) {
      this.#checkAgain = true;
      return;
    }
    const at = this.#around.clock.date();
    const owes = await this.#around.spool.ask({ ask: 'owes', session: this.session.key, at });
    if (owes !== true || this.#ended) return;
    if (this.#isReplaying) this.#checkAgain = true;
    else this.#ping('check');
  }

  /** Asks the session whether it is there. @param ended the server says that it was not, so another one may answer */
  doubt(ended: boolean): void {
    if (ended) this.#release(this.#proof.giveUp());
    this.#ping(ended ? 'check' : 'proof');
  }

  /** How it stands now. */
  get state(): SessionState {
    const now = this.#around.clock.now();
    const since = (at: number | null) => (at === null ? null : now - at);
    return {
      resource: this.session.jid.resource,
      priority: this.session.priority,
      settlingFor: since(this.#settlingSince),
      unansweredFor: since(this.#proof.waitingSince),
      replaying: this.#isReplaying,
    };
  }

  /** True while something that was handed to it is not proved, though it answers. */
  get awaitsProof(): boolean {
    return this.#proof.isOpen && !this.#silent && !this.#ended;
  }

  /** Asks at once for the proof of what no ping has followed yet. */
  hurry(): void {
    if (this.#proof.dueAt() !== null) this.#ping('proof');
  }

  /** The client answered a ping. */
  answered(number: number): void {
    this.answersPings(); // this one may have been given up
    const answer = this.#proof.answered(number);
    if (answer === undefined) return;
    const { ping, proved, lost } = answer;
    if (this.#silent) this.#tellSilent(false);
    if (ping.purpose === 'chunk') {
      this.#window.seen(ping.sentAt, this.#around.clock.now(), true);
      if (this.#proof.chunksOpen === 0) this.#echoes.clear(); // all copies came before this answer
    }
    this.#prove(ping, proved);
    this.#release(lost);
    const missed = this.#missedBefore(ping.sentAt);
    const wanted = ping.purpose !== 'proof' || missed;
    if (wanted && this.#settlingSince === null && this.#takesReplays) void this.#pump();
    this.#schedule();
  }

  /** The server returned a ping. */
  returned(number: number): void {
    const ping = this.#proof.returned(number);
    if (ping === undefined) return;
    const wasGone = this.#around.clock.now() - ping.sentAt < AT_ONCE;
    const unpinged = wasGone ? this.#proof.giveUpUnpinged() : [];
    if (wasGone) this.#sentAgain([...ping.groups, ...unpinged]);
    if (this.session.availableAt <= ping.sentAt) {
      this.#around.gone(this.session);
      return;
    }
    // A new session has begun under the same JID since; the ping was for the one before it.
    this.#release([...this.#proof.giveUpPinged(ping.sentAt), ...unpinged]);
    void this.check();
    this.#schedule();
  }

  /** The session is over; what it has not proved is owed again. */
  end(): void {
    this.abandon();
    this.#around.spool.tell({ do: 'leave', session: this.session.key, at: this.#around.clock.date() });
  }

  /** Stops without a word: it is not known any more whether the session is there. */
  abandon(): void {
    this.#ended = true;
    this.#stopSettling?.();
    this.#stopTimer?.();
  }

  get #takesReplays(): boolean {
    return (this.session.priority ?? -1) >= 0;
  }

  get #isReplaying(): boolean {
    return this.#pumping || this.#proof.chunksUnderWay > 0;
  }

  get #chunksAtMost(): number {
    return this.#window.chunksOf(this.#around.settings.chunk);
  }

  get #chunksAtOnce(): number {
    const most = Math.floor(MOST_AT_ONCE / this.#around.settings.chunk);
    return Math.max(1, Math.min(CHUNKS_AT_ONCE, this.#chunksAtMost, most));
  }

  #settle(): void {
    const { clock, settings } = this.#around;
    const now = clock.now();
    this.#settlingSince ??= now;
    this.#stopSettling?.();
    const atLast = Math.max(0, this.#settlingSince + SETTLED_AT_LAST - now);
    const wait = this.#queries.size > 0 ? atLast : Math.min(settings.settle, atLast);
    this.#stopSettling = clock.after(wait, () => {
      this.#settlingSince = null;
      this.#stopSettling = null;
      this.#queries.clear();
      void this.check();
    });
  }

  /** Sends what is owed, a few chunks ahead of their proofs. */
  async #pump(): Promise<void> {
    if (this.#pumping) {
      this.#checkAgain = true; // what this is about may have come after the last question was asked
      return;
    }
    this.#pumping = true;
    while (!this.#ended && this.#proof.chunksOpen + this.#chunksAtOnce <= this.#chunksAtMost) {
      const sent = await this.#around.gate.pass(() => this.#sendChunks());
      if (sent === 0) break;
    }
    this.#pumping = false;
    if (this.#proof.chunksOpen === 0 && this.#replayed > 0) {
      this.#around.note(`${this.session.jid.full}: replayed ${this.#replayed}, all proved`);
      this.#replayed = 0;
    }
    if (this.#checkAgain && !this.#isReplaying && !this.#ended) {
      this.#checkAgain = false;
      void this.check();
    }
  }

  /** @returns how many chunks it has sent; 0 where no more are to be sent */
  async #sendChunks(): Promise<number> {
    const { spool, settings, clock, pace } = this.#around;
    if (pace.isRushed) return 0; // there would be no time for its proof
    const { chunk: limit } = settings;
    const groups = Array.from({ length: this.#chunksAtOnce }, () => this.#proof.nextGroup());
    const ask = { session: this.session.key, groups, limit, at: clock.date() };
    const chunks = (await spool.ask({ ask: 'take', ...ask })) ?? [];
    if (this.#ended) return 0;
    if (pace.isRushed) {
      this.#release(groups);
      return 0;
    }
    for (const [index, taken] of chunks.entries()) {
      const text = taken.map(message => replayOf(message, this.session.jid)).join('');
      this.#echoes.expect(taken);
      if (!this.#around.send(text)) return 0;
      this.#proof.handed(groups[index] as number, clock.now());
      this.#replayed += taken.length;
      this.#ping('chunk');
    }
    return chunks.length;
  }

  #ping(purpose: Purpose): void {
    const { clock, pace } = this.#around;
    const now = clock.now();
    if (purpose !== 'chunk') pace.pinged(now);
    const ping = this.#proof.ping(purpose, now, pace.gap(now));
    this.#checkWantedAt = null;
    this.#around.spool.tell({ do: 'mark', session: this.session.key, ping: ping.number });
    this.#around.ping(this.session, ping.number);
    this.#schedule();
  }

  #prove(ping: Ping, groups: readonly number[]): void {
    const { clock, spool } = this.#around;
    const took = clock.now() - ping.sentAt;
    const proof = {
      session: this.session.key,
      ping: ping.number,
      groups: [...groups],
      at: clock.date(),
      took,
    };
    spool.tell({ do: 'prove', ...proof });
    for (const group of groups) this.#unsure.delete(group);
  }

  #release(groups: readonly number[]): void {
    if (groups.length === 0) return;
    for (const group of groups) this.#unsure.delete(group);
    this.#around.spool.tell({ do: 'release', session: this.session.key, groups: [...groups] });
    this.#around.freed(this.session);
  }

  /** The session was gone before, so equal messages without id that were taken for receptions were sendings. */
  #sentAgain(groups: readonly number[]): void {
    const at = this.#around.clock.date();
    for (const group of groups) {
      const identity = this.#unsure.get(group);
      if (identity === undefined) continue;
      this.#unsure.delete(group);
      this.#around.spool.tell({ do: 'store-again', account: this.session.jid.bare, identity, at });
    }
  }

  /** Were messages sent before this moment that did not arrive, though the session was there? */
  #missedBefore(moment: number): boolean {
    let missed = false;
    for (const [identity, sentAt] of this.#awaited) {
      if (sentAt >= moment) continue; // which of the two came first is not known
      missed = true;
      this.#awaited.delete(identity);
    }
    if (this.#awaited.size > 0) this.#wantCheck(this.#around.clock.now());
    return missed;
  }

  /** A ping is to show in a while whether what was sent has arrived. */
  #wantCheck(now: number): void {
    const { settings, pace } = this.#around;
    this.#checkWantedAt ??= now + Math.max(settings.settle, pace.gap(now));
  }

  /** One timer for the next ping that is due and the next that is overdue. It is set anew only where it is too late. */
  #schedule(): void {
    const never = Number.POSITIVE_INFINITY;
    const next = Math.min(this.#dueAt() ?? never, this.#proof.overdueAt(this.#patience) ?? never);
    if (this.#ended || next >= this.#ticksAt) return;
    this.#stopTimer?.();
    this.#ticksAt = next;
    const { clock } = this.#around;
    this.#stopTimer = clock.after(Math.max(0, next - clock.now()), () => this.#tick());
  }

  #tick(): void {
    this.#ticksAt = Number.POSITIVE_INFINITY;
    const now = this.#around.clock.now();
    const late = this.#proof.overdue(now, this.#patience);
    this.#release(this.#proof.giveUpExcess());
    if (late.length > 0) this.#overdue(late, now);
    const due = this.#dueAt();
    if (due !== null && due <= now) this.#ping('proof');
    this.#schedule();
  }

  #dueAt(): number | null {
    const proof = this.#proof.dueAt();
    const due = proof === null ? this.#checkWantedAt : Math.min(proof, this.#checkWantedAt ?? proof);
    if (due === null || this.session.priority !== null) return due;
    return Math.max(due, this.#knownSince + BEFORE_PRESENCE);
  }

  /** A device that answers no pings is asked all the same, but not waited for. */
  get #patience(): number {
    const { proofTimeout, settle } = this.#around.settings;
    return this.#mute ? Math.min(settle, proofTimeout) : proofTimeout;
  }

  #overdue(late: readonly Ping[], now: number): void {
    for (const { purpose, sentAt } of late) {
      if (purpose === 'chunk' && !this.#mute) this.#window.seen(sentAt, now, false);
    }
    if (late.some(ping => this.#isIgnored(ping))) {
      this.#unanswered++;
      this.#unansweredAt = now;
    }
    if (!this.#mute && this.#unanswered >= UNANSWERED) this.#tellMute(true);
    if (this.#mute) {
      for (const ping of late) this.#answeredBySilence(ping.number);
      return;
    }
    this.#tellSilent(true);
    this.#around.freed(this.session);
    if (now - this.session.activeAt > this.#patience) {
      this.#around.note(`${this.session.jid.full}: no answer to a ping, its messages stay pending`);
    }
  }

  /**
   * Did the client act, but not answer, though it had the time? Of pings that went out together one counts. Who has
   * ever answered is no client that answers none: its line is slow.
   */
  #isIgnored({ sentAt }: Ping): boolean {
    return (
      !this.#hasAnswered && this.session.activeAt > sentAt + TIME_TO_ANSWER && sentAt >= this.#unansweredAt
    );
  }

  /** For a mute device the copy counts as receipt. */
  #answeredBySilence(number: number): void {
    const answer = this.#proof.answered(number);
    if (answer === undefined) return;
    this.#prove(answer.ping, [...answer.proved, ...answer.lost]);
    if (answer.ping.purpose !== 'proof') void this.#pump();
  }

  #tellSilent(silent: boolean): void {
    this.#silent = silent;
    this.#around.spool.tell({ do: 'silent', session: this.session.key, silent });
  }

  #tellMute(mute: boolean): void {
    this.#mute = mute;
    this.#around.spool.tell({ do: 'mute', session: this.session.key, mute });
    this.#around.note(
      mute
        ? `${this.session.jid.full} answers no pings though it is alive; from now on the copy counts as receipt`
        : `${this.session.jid.full} answers pings again`,
    );
  }
}
