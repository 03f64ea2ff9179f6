import { randomBytes } from 'node:crypto';
import type { Directory } from '../presence/directory.js';
import type { SessionEnd } from '../tap/session-end.js';
import type { Jid } from '../xmpp/jid.js';
import type { Deliveries } from './deliveries.js';
import type { Delivery } from './delivery.js';
import type { Recall } from './recall.js';
import type { Regain } from './regain.js';

interface AnswersSurroundings {
  directory: Directory;
  deliveries: Deliveries;
  /** Pings of the search for those who are there. */
  regain: Regain;
  recall: Recall;
}

/** Ids of pings: the number of the ping, and whose it is. */
export class PingIds {
  /** Of this process: a late answer to one before it counts where what it proves was written down. */
  readonly #prefix = randomBytes(6).toString('hex');

  /** @param key of a session; 0: of the search */
  make(key: number, number: number): string {
    return `${this.#prefix}-${key}-${number}`;
  }

  /** undefined: it is not of this process. */
  read(id: string): { key: number; number: number } | undefined {
    const [prefix, key, number] = id.split('-');
    return prefix === this.#prefix ? { key: Number(key), number: Number(number) } : undefined;
  }
}

/**
 * Whom an answer to a ping is for. Who knows an id of its own can guess others', so the JID counts too.
 */
export class Answers {
  readonly #ids: PingIds;
  readonly #around: AnswersSurroundings;

  constructor(ids: PingIds, around: AnswersSurroundings) {
    this.#ids = ids;
    this.#around = around;
  }

  /** A ping of this id has reached the session: whoever answers it is who was there then. */
  reached(jid: Jid, id: string): void {
    const { regain, deliveries } = this.#around;
    const ping = this.#ids.read(id);
    if (ping?.key === 0) regain.reached(jid, ping.number);
    else if (ping !== undefined)
      deliveries.tell(this.#addressed(jid, ping.key), (one, now) =>
        one.evidence.book.reached(ping.number, now),
      );
  }

  /** A client answered a ping of this id. */
  answered(from: Jid, id: string): void {
    const { regain, recall, deliveries } = this.#around;
    const ping = this.#read(id, from);
    if (ping === undefined) recall.keep(from, id);
    else if (ping.key === 0) regain.answered(from, ping.number);
    else deliveries.tell(this.#addressed(from, ping.key), (one, now) => one.answered(ping.number, now));
  }

  /** A ping of this id came back, for the session has ended (`end`), or with an error that says nothing of that. */
  returned(from: Jid, id: string, end: SessionEnd | null): void {
    const { regain, deliveries } = this.#around;
    const ping = this.#read(id, from);
    if (ping === undefined) return;
    if (ping.key === 0) return regain.returned(from, ping.number, end);
    deliveries.tell(this.#addressed(from, ping.key), (one, now) => one.returned(ping.number, end, now));
  }

  /**
   * Whose ping this is. If the id is not of a session that is known now, it is looked up among the unanswered pings of
   * the session of this JID: they may be from before respool, or its stream, was away.
   */
  #read(id: string, to: Jid): { key: number; number: number } | undefined {
    const own = this.#ids.read(id);
    if (own !== undefined && (own.key === 0 || this.#addressed(to, own.key) !== undefined)) return own;
    const key = this.#around.directory.get(to)?.key;
    const number =
      key === undefined ? undefined : this.#around.deliveries.get(key)?.evidence.book.numberOf(id);
    return key === undefined || number === undefined ? undefined : { key, number };
  }

  #addressed(jid: Jid, key: number): Delivery | undefined {
    const delivery = this.#around.deliveries.get(key);
    return delivery?.session.jid.full === jid.full ? delivery : undefined;
  }
}
