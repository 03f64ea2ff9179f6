/** When pings go out and how long they may take. All in ms. */
export interface ProofSettings {
  /** In a steady stream of messages to a session, a ping goes out every so often. */
  proofAfter: number;
  /** An answer is awaited for so long. */
  proofTimeout: number;
}

/** A ping under way. */
export interface Ping {
  readonly number: number;
  readonly sentAt: number;
  /** What was handed to the session since the ping before it: an answer proves that, no more. */
  readonly groups: readonly number[];
  /** What to do with the answer besides. */
  readonly purpose: Purpose;
  overdue: boolean;
}

/** `proof` alone; `check` whether something is to be replayed; the proof of a `chunk` of a replay. */
export type Purpose = 'proof' | 'check' | 'chunk';

/** What an answer shows. */
export interface Answer {
  ping: Ping;
  proved: readonly number[];
  /** Handed before pings that went unanswered though a later one did not: those never came to this session. */
  lost: readonly number[];
}

/** The first ping after a pause waits this long at least, in ms, so that one ping proves a whole flood. */
const BURST = 50;
/** The second waits this long after the first, and each further one twice as long, up to `proofAfter`; see Pace too. */
const SECOND = 250;
/** So many groups of one session are waited for, above that the oldest are owed again. */
const MOST_OPEN = 20_000;
/** A silent session is pinged again after at most so long, in ms. */
const SLOWEST = 600_000;

/**
 * The proof of what was handed to one session, by pings. Stanzas to one session stay in order, so an answered ping
 * proves what was handed before it. It proves only what was handed since the previous ping: if that one goes
 * unanswered, a new session under the same JID may have begun between the two. Pure: time comes in, decisions go out.
 */
export class Proof {
  readonly #settings: ProofSettings;
  #groups = 0;
  #pings = 0;
  #unpinged: number[] = [];
  /** When the ping for those is due at the earliest. */
  #unpingedDue = 0;
  /** What is not to be proved by a ping before a moment, in the order of those. */
  #held: { group: number; until: number }[] = [];
  #underWay: Ping[] = [];
  #lastPingAt = Number.NEGATIVE_INFINITY;
  #gap = SECOND;
  #silentFor: number | null = null;

  constructor(settings: ProofSettings) {
    this.#settings = settings;
  }

  /** A number for what is handed together. */
  nextGroup(): number {
    return ++this.#groups;
  }

  /**
   * A group is on its way to the session, and wants proof.
   * @param hold for so many ms it is not sure that it went to this session, so that no ping is to prove it
   * @param pace how long a ping is to wait for what comes after it, in ms
   */
  handed(group: number, now: number, hold = 0, pace = 0): void {
    if (hold > 0) {
      this.#held.push({ group, until: now + hold });
      return;
    }
    if (this.#unpinged.length === 0) this.#unpingedDue = now + Math.max(BURST, pace);
    this.#unpinged.push(group);
  }

  get isSilent(): boolean {
    return this.#silentFor !== null;
  }

  /** True while something handed is not proved. */
  get isOpen(): boolean {
    return this.#unpinged.length > 0 || this.#held.length > 0 || this.#underWay.length > 0;
  }

  /** When the oldest ping went out that is not answered, or null. */
  get waitingSince(): number | null {
    return this.#underWay[0]?.sentAt ?? null;
  }

  /** Chunks of a replay whose proof may still come in time. */
  get chunksUnderWay(): number {
    return this.#underWay.filter(({ purpose, overdue }) => purpose === 'chunk' && !overdue).length;
  }

  /** Chunks of a replay that no answer has shown to have arrived or to be lost: they may be on a slow line. */
  get chunksOpen(): number {
    return this.#underWay.filter(({ purpose }) => purpose === 'chunk').length;
  }

  /** When the next ping is due, or null where nothing wants proof. */
  dueAt(): number | null {
    if (this.#silentFor !== null) return this.isOpen ? this.#lastPingAt + this.#silentFor : null;
    const [held] = this.#held;
    const since = this.#unpinged.length > 0 ? this.#unpingedDue : held?.until;
    if (since !== undefined) return Math.max(since, this.#lastPingAt + this.#gap);
    // a late answer came, and nobody is asked any more about the rest
    const isGivenUp = this.#underWay.length > 0 && this.#underWay.every(({ overdue }) => overdue);
    return isGivenUp ? this.#lastPingAt + this.#settings.proofTimeout : null;
  }

  /** When the oldest ping under way is overdue, or null. */
  overdueAt(timeout = this.#settings.proofTimeout): number | null {
    const ping = this.#underWay.find(one => !one.overdue);
    return ping === undefined ? null : ping.sentAt + timeout;
  }

  /**
   * Makes a ping, which the caller sends.
   * @param pace how long the one after it is to wait, in ms
   */
  ping(purpose: Purpose, now: number, pace = 0): Ping {
    const pause = now - this.#lastPingAt;
    const { proofAfter } = this.#settings;
    const gap = Math.min(pause > 2 * proofAfter ? SECOND : 2 * this.#gap, proofAfter);
    this.#gap = Math.max(gap, pace);
    this.#lastPingAt = now;
    while (this.#held[0] !== undefined && this.#held[0].until <= now) this.#endHold();
    const ping = { number: ++this.#pings, sentAt: now, groups: this.#unpinged, purpose, overdue: false };
    this.#unpinged = [];
    this.#underWay.push(ping);
    return ping;
  }

  /** An answer came; undefined where the ping is not under way any more. */
  answered(number: number): Answer | undefined {
    const index = this.#underWay.findIndex(ping => ping.number === number);
    const ping = this.#underWay[index];
    if (ping === undefined) return undefined;
    const lost = this.#underWay.slice(0, index).filter(earlier => earlier.overdue);
    this.#underWay = this.#underWay.filter(one => one !== ping && !lost.includes(one));
    this.#silentFor = null;
    return { ping, proved: ping.groups, lost: lost.flatMap(one => one.groups) };
  }

  /** Gives up the oldest of what was pinged, where so much waits for proof that it is not to come. Returns the groups. */
  giveUpExcess(): number[] {
    const given: number[] = [];
    let open = this.#underWay.reduce((sum, { groups }) => sum + groups.length, 0);
    while (open > MOST_OPEN) {
      const groups = this.#underWay.shift()?.groups ?? [];
      given.push(...groups);
      open -= groups.length;
    }
    return given;
  }

  /** The server returned a ping; undefined where it is not under way any more. */
  returned(number: number): Ping | undefined {
    return this.#underWay.find(ping => ping.number === number);
  }

  /** Marks the pings that have waited too long. Returns them. */
  overdue(now: number, timeout = this.#settings.proofTimeout): Ping[] {
    const late = this.#underWay.filter(ping => !ping.overdue && now - ping.sentAt >= timeout);
    for (const ping of late) ping.overdue = true;
    if (late.length > 0) {
      this.#silentFor = Math.min(2 * (this.#silentFor ?? timeout / 2), SLOWEST);
    }
    return late;
  }

  /** Gives up what was pinged up to a moment. Returns the groups, which can no longer be proved. */
  giveUpPinged(upTo: number): number[] {
    const given = this.#underWay.filter(ping => ping.sentAt <= upTo);
    this.#underWay = this.#underWay.filter(ping => ping.sentAt > upTo);
    return given.flatMap(ping => ping.groups);
  }

  /** Gives up all that is not proved: no answer can prove it any more. Returns the groups. */
  giveUp(): number[] {
    const given = this.#underWay.flatMap(ping => ping.groups);
    this.#underWay = [];
    return [...given, ...this.giveUpUnpinged()];
  }

  /** Gives up what no ping has followed. Returns the groups. */
  giveUpUnpinged(): number[] {
    while (this.#held.length > 0) this.#endHold();
    const given = this.#unpinged;
    this.#unpinged = [];
    return given;
  }

  #endHold(): void {
    const held = this.#held.shift();
    if (held !== undefined) this.#unpinged.push(held.group);
  }
}
