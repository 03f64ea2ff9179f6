import { randomBytes } from 'node:crypto';
import type { Directory } from '../presence/directory.js';
import type { SessionEnd } from '../tap/session-end.js';
import type { Jid } from '../xmpp/jid.js';
import type { Deliveries } from './deliveries.js';
import type { Delivery } from './delivery.js';
import type { Recall } from './recall.js';
import type { Regain } from './regain.js';
import type { Strays } from './strays.js';

interface AnswersSurroundings {
  directory: Directory;
  deliveries: Deliveries;
  /** Pings of the search for those who are there. */
  regain: Regain;
  recall: Recall;
  strays: Strays;
}

/** Whose ping it is: of the session with this key, of the search, or of what came to somebody else than was addressed. */
type Whose = number | 'search' | 'stray';

/** Ids of pings: the number of the ping, and whose it is. */
export class PingIds {
  /** Of this process: a late answer to one before it counts where what it proves was written down. */
  readonly #prefix = randomBytes(6).toString('hex');

  make(whose: Whose, number: number): string {
    return `${this.#prefix}-${whose}-${number}`;
  }

  /** undefined: it is not of this process. */
  read(id: string): { whose: Whose; number: number } | undefined {
    const [prefix, text, number] = id.split('-');
    const whose = text === 'search' || text === 'stray' ? text : Number(text);
    return prefix === this.#prefix ? { whose, number: Number(number) } : undefined;
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
    const { regain, strays, deliveries } = this.#around;
    const { whose, number } = this.#ids.read(id) ?? {};
    if (whose === undefined || number === undefined) return;
    if (whose === 'search') return regain.reached(jid, number);
    if (whose === 'stray') return strays.found(jid, number);
    deliveries.tell(this.#addressed(jid, whose), (one, now) => one.evidence.book.reached(number, now));
  }

  /** A client answered a ping of this id. */
  answered(from: Jid, id: string): void {
    const { regain, recall, strays, deliveries } = this.#around;
    const ping = this.#read(id, from);
    if (ping === undefined) return void recall.keep(from, id);
    const { whose, number } = ping;
    if (whose === 'search') return regain.answered(from, number);
    if (whose === 'stray') return strays.found(from, number);
    deliveries.tell(this.#addressed(from, whose), (one, now) => one.answered(number, now));
  }

  /** A ping of this id came back, for the session has ended (`end`), or with an error that says nothing of that. */
  returned(from: Jid, id: string, end: SessionEnd | null): void {
    const { regain, strays, deliveries } = this.#around;
    const ping = this.#read(id, from);
    if (ping === undefined) return;
    const { whose, number } = ping;
    if (whose === 'search') return regain.returned(from, number, end);
    if (whose === 'stray') return strays.returned(from, number, end);
    deliveries.tell(this.#addressed(from, whose), (one, now) => one.returned(number, end, now));
  }

  /**
   * Whose ping this is. If the id is not of a session that is known now, it is looked up among the unanswered pings of
   * the session of this JID: they may be from before respool, or its stream, was away.
   */
  #read(id: string, to: Jid): { whose: Whose; number: number } | undefined {
    const own = this.#ids.read(id);
    if (typeof own?.whose === 'string') return own;
    if (own !== undefined && this.#addressed(to, own.whose as number) !== undefined) return own;
    const key = this.#around.directory.get(to)?.key;
    const number =
      key === undefined ? undefined : this.#around.deliveries.get(key)?.evidence.book.numberOf(id);
    return key === undefined || number === undefined ? undefined : { whose: key, number };
  }

  #addressed(jid: Jid, key: number): Delivery | undefined {
    const delivery = this.#around.deliveries.get(key);
    return delivery?.session.jid.full === jid.full ? delivery : undefined;
  }
}
