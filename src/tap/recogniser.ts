/** A copy with an id is the same message for this long after the last copy of it, in ms. */
const WITH_ID = 60_000;
/** A copy without an id: equal messages follow each other sooner than that, so only the count tells them apart. */
const WITHOUT_ID = 5_000;
/** So many messages are remembered at least, and twice as many at most. */
const REMEMBERED = 25_000;

interface Recent {
  /** Copies that are still to come of the messages seen. */
  due: number;
  /** How many receptions have been seen of the latest of them. */
  receptions: number;
  at: number;
}

/**
 * `sending` and `arrival` are the first copies of a message, the latter from outside; `reception` says that one more
 * session has it. `nth` counts receptions.
 */
export interface Recognition {
  is: 'sending' | 'arrival' | 'reception';
  nth: number;
}

/**
 * Tells the copies of a message from each other. mod_service_log shows a message once when a local user sends it and
 * once for each session that receives it, all identical and unmarked, so the first is the sending and the rest are
 * counted.
 */
export class Recogniser {
  /** Those of late and those before them: to forget the latter at once costs nothing, one by one it would. */
  #recent = new Map<string, Recent>();
  #before = new Map<string, Recent>();

  /**
   * @param identity of the message in the copy
   * @param hasId without one, an equal copy beyond the count is another message ("ok", "ok")
   * @param sentHere whether the sending is among the copies (the sender is on the same vhost)
   * @param receivers how many sessions the message is expected to reach
   */
  recognise(
    identity: string,
    hasId: boolean,
    sentHere: boolean,
    receivers: number,
    now: number,
  ): Recognition {
    const recent = this.#recent.get(identity) ?? this.#before.get(identity);
    const known = recent !== undefined && now - recent.at <= (hasId ? WITH_ID : WITHOUT_ID);
    if (known && (recent.due > 0 || hasId)) {
      recent.due = Math.max(0, recent.due - 1);
      recent.receptions++;
      recent.at = now;
      return { is: 'reception', nth: recent.receptions };
    }
    const nth = sentHere ? 0 : 1;
    this.#remember(identity, { due: receivers - nth, receptions: nth, at: now });
    return { is: sentHere ? 'sending' : 'arrival', nth };
  }

  #remember(identity: string, recent: Recent): void {
    if (this.#recent.size >= REMEMBERED) {
      this.#before = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(identity, recent);
  }
}
