import type { SessionEnd } from '../tap/session-end.js';
import type { Jid } from '../xmpp/jid.js';
import type { Clock } from './clock.js';

interface StraysSurroundings {
  clock: Clock;
  ping(jid: Jid, number: number): void;
  /** Whether the operator wants no ping to it. */
  neverPing(jid: Jid): boolean;
  /** Nobody was there under this JID at that moment, in ms. */
  notThere(jid: Jid, at: number): void;
}

/** One that is asked whether it is there. */
interface Asked {
  /** Of its ping, and when that went out, in ms; null: it is still to go out. */
  ping: { readonly number: number; readonly at: number } | null;
  /** More has come since for it, or for who stands in for it. */
  again: boolean;
  callOff: () => void;
}

/** One ping is to follow all that comes within this time, in ms. */
const BURST = 50;
/** An answer is awaited for so long, in ms: after that it is decided without one. */
const PATIENCE = 2_000;
/** So many are asked at the same time. */
const MOST = 1_000;

/**
 * Asks under a JID that was addressed, and at which no session is known, whether somebody is there: what was sent to it
 * came to another session of the account, or to one of its own that has not been seen yet. If the server returns the ping,
 * nobody was there, and the other one has it.
 */
export class Strays {
  readonly #around: StraysSurroundings;
  readonly #asked = new Map<string, Asked>();
  #numbers = 0;

  constructor(around: StraysSurroundings) {
    this.#around = around;
  }

  /** Something for this JID came to somebody. */
  ask(jid: Jid): void {
    const { clock, neverPing } = this.#around;
    const known = this.#asked.get(jid.full);
    if (known !== undefined) known.again = true;
    if (known !== undefined || this.#asked.size >= MOST || neverPing(jid)) return;
    const asked: Asked = {
      ping: null,
      again: false,
      callOff: clock.after(BURST, () => this.#ping(jid, asked)),
    };
    this.#asked.set(jid.full, asked);
  }

  /** Somebody is there: the ping has reached a session, or was answered. */
  found(jid: Jid, number: number): void {
    this.#take(jid, number);
  }

  /** The server has returned the ping. */
  returned(jid: Jid, number: number, end: SessionEnd | null): void {
    const asked = this.#take(jid, number);
    if (asked?.ping == null) return;
    if (end === 'missing') this.#around.notThere(jid, asked.ping.at);
    if (asked.again) this.ask(jid);
  }

  clear(): void {
    for (const { callOff } of this.#asked.values()) callOff();
    this.#asked.clear();
  }

  #ping(jid: Jid, asked: Asked): void {
    const { clock, ping } = this.#around;
    asked.ping = { number: ++this.#numbers, at: clock.now() };
    asked.again = false;
    asked.callOff = clock.after(PATIENCE, () => this.#asked.delete(jid.full));
    ping(jid, asked.ping.number);
  }

  #take(jid: Jid, number: number): Asked | undefined {
    const asked = this.#asked.get(jid.full);
    if (asked?.ping?.number !== number) return undefined;
    asked.callOff();
    this.#asked.delete(jid.full);
    return asked;
  }
}
