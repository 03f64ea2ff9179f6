/**
 * A copy with an id is the same message for this long after the last copy of it, in ms, but for what is beyond the count
 * where all who can get it are known: a bot may give all that it says one id.
 */
const WITH_ID = 60_000;
/**
 * A copy without an id may be of the same message for this long after its last copy, in ms, as long as not all copies
 * that are due have come.
 */
const WITHOUT_ID = 5_000;
/**
 * A session that became available since the sending may be the one that gets it, within this time in ms: mod_mam stores
 * a message between the copy of its sending and its delivery.
 */
const LATE = 2_000;
/** So many messages are remembered at least, and twice as many at most. */
const REMEMBERED = 25_000;

/**
 * `sending` and `arrival` are the first copies of a message, the latter from outside; `reception` says that one more
 * session has it. `nth` counts receptions.
 */
interface Recognition {
  is: 'sending' | 'arrival' | 'reception';
  nth: number;
  /** When its sending was copied, in ms; null: it was not. */
  sentAt: number | null;
  /** An equal one, of the same id or without one, was there before, and this is another. */
  again: boolean;
}

/**
 * Tells the copies of a message from each other. mod_service_log shows a message once when a local user sends it and
 * once for each session that receives it, all identical and unmarked, so the first is the sending and the rest are
 * counted.
 */
export class Recogniser {
  /** Those of late and those before them: to forget the latter at once costs nothing, one by one it would. */
  #recent = new Recent();
  #before = new Recent();

  /**
   * @param identity of the message in the copy
   * @param hasId without one, an equal copy beyond the count is another message ("ok", "ok")
   * @param sentHere whether the sending is among the copies (the sender is on the same vhost)
   * @param receivers how many sessions the message is expected to reach
   * @param knowsAll whether there are no other sessions that it can reach
   */
  recognise(
    identity: string,
    hasId: boolean,
    sentHere: boolean,
    receivers: number,
    now: number,
    knowsAll: () => boolean,
  ): Recognition {
    const key = keyOf(identity);
    const [table, at] = this.#find(key);
    if (table !== null) {
      const due = table.due[at] as number;
      const known = now - (table.at[at] as number) <= (hasId ? WITH_ID : WITHOUT_ID);
      const isLate = now - (table.at[at] as number) <= LATE && receivers > (table.expected[at] as number);
      if (known && (due > 0 || isLate || (hasId && !knowsAll()))) {
        const more = Math.max(0, receivers - (table.expected[at] as number)); // they came while it was on its way
        table.due[at] = Math.max(0, due + more - 1);
        table.expected[at] = (table.expected[at] as number) + more;
        table.at[at] = now;
        const nth = (table.receptions[at] as number) + 1;
        table.receptions[at] = nth;
        const sentAt = table.sentAt[at] as number;
        return { is: 'reception', nth, sentAt: sentAt < 0 ? null : sentAt, again: false };
      }
    }
    const nth = sentHere ? 0 : 1;
    this.#remember(key, receivers - nth, nth, now, sentHere);
    return {
      is: sentHere ? 'sending' : 'arrival',
      nth,
      sentAt: sentHere ? now : null,
      again: table !== null,
    };
  }

  #find(key: Key): [table: Recent, at: number] | [null, 0] {
    for (const table of [this.#recent, this.#before]) {
      const at = table.placeOf(key);
      if (table.has(at)) return [table, at];
    }
    return [null, 0];
  }

  #remember(key: Key, due: number, receptions: number, now: number, sentHere: boolean): void {
    if (this.#recent.size >= REMEMBERED) {
      const forgotten = this.#before;
      this.#before = this.#recent;
      this.#recent = forgotten;
      forgotten.clear();
    }
    const place = this.#recent.placeOf(key);
    this.#recent.set(place, key, due, receptions, now);
    this.#recent.sentAt[place] = sentHere ? now : -1;
  }
}

/** 64 bits of an identity, which is a hash itself. Never [0, 0], which stands for an empty place. */
type Key = readonly [high: number, low: number];

function keyOf(identity: string): Key {
  let [high, low] = [0, 1];
  for (let at = 0; at < identity.length; at += 2) {
    // by another odd factor each, so that all bits of the hash count
    high = (Math.imul(high, 0x01000193) ^ identity.charCodeAt(at)) | 0;
    low = (Math.imul(low, 0x0101_0105) ^ identity.charCodeAt(at + 1)) | 0;
  }
  return [high, low | 1];
}

/** A power of two, more than twice what is remembered, so that a place is soon found. */
const PLACES = 1 << 16;

/**
 * A table by key that is no work for the garbage collector, as tens of thousands of objects that live for a minute are. Open addressing; nothing is ever taken out but all at once.
 */
class Recent {
  readonly #high = new Int32Array(PLACES);
  readonly #low = new Int32Array(PLACES);
  /** Copies that are still to come of the messages seen. */
  readonly due = new Int32Array(PLACES);
  /** How many sessions were there to get the latest of them, at most. */
  readonly expected = new Int32Array(PLACES);
  /** How many receptions have been seen of the latest of them. */
  readonly receptions = new Int32Array(PLACES);
  /** When its sending was copied, in ms; negative: it was not. */
  readonly sentAt = new Float64Array(PLACES);
  /** When the last copy came, in ms. */
  readonly at = new Float64Array(PLACES);
  size = 0;

  /** Where this key is, or else the empty place where it would be. */
  placeOf([high, low]: Key): number {
    let place = (high ^ low) & (PLACES - 1);
    while (this.has(place) && (this.#high[place] !== high || this.#low[place] !== low)) {
      place = (place + 1) & (PLACES - 1);
    }
    return place;
  }

  has(place: number): boolean {
    return this.#low[place] !== 0;
  }

  /** @param due with the receptions so far, so many sessions are there to get it */
  set(place: number, [high, low]: Key, due: number, receptions: number, at: number): void {
    if (!this.has(place)) this.size++;
    this.#high[place] = high;
    this.#low[place] = low;
    this.due[place] = due;
    this.expected[place] = due + receptions;
    this.receptions[place] = receptions;
    this.at[place] = at;
  }

  clear(): void {
    this.#low.fill(0);
    this.size = 0;
  }
}
