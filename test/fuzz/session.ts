import type { Line } from './line.js';
import type { Stanza } from './stanza.js';
import type { Copy } from './wire.js';

/** What the process of a session took from the server, and its copy. */
export interface Handed {
  stanza: Stanza;
  copy: Copy;
  /** The client has it, whether or not the server knows. */
  received: boolean;
}

/** The process of a session in ejabberd: it lives as long as the server believes in the session. */
export class Session {
  readonly jid: string;
  readonly key: number;
  /** Stream management (XEP-0198) is on. */
  readonly managed: boolean;
  /** null: it has sent no presence. */
  priority: number | null = null;
  /** What its last presence said; null: it never sent one. */
  presence: string | null = null;
  carbons = false;
  ended = false;
  line: Line | null = null;
  /** Ends it, when the time for a resumption is over or the server notices that the line is dead. */
  stopTimer: (() => void) | null = null;
  /** Until then the server works on what the client sent before. */
  busyUntil = 0;
  /** With stream management: what the client has not acknowledged. */
  unacknowledged: Handed[] = [];
  readonly #copy: (stanza: Stanza) => Copy;

  constructor(jid: string, key: number, managed: boolean, copy: (stanza: Stanza) => Copy) {
    this.jid = jid;
    this.key = key;
    this.managed = managed;
    this.#copy = copy;
  }

  get isAvailable(): boolean {
    return this.priority !== null;
  }

  /** Takes a stanza for its client. */
  deliver(stanza: Stanza): void {
    const handed: Handed = { stanza, copy: this.#copy(stanza), received: false };
    if (this.managed) this.unacknowledged.push(handed);
    this.line?.toClient(handed);
  }

  acknowledge(handed: Handed): void {
    const at = this.unacknowledged.indexOf(handed);
    if (at >= 0) this.unacknowledged.splice(at, 1);
  }

  /** Goes on over a new line: the client says what it has, and gets the rest. */
  resume(line: Line): void {
    this.stopTimer?.();
    this.stopTimer = null;
    this.line = line;
    this.unacknowledged = this.unacknowledged.filter(({ received }) => !received);
    for (const handed of this.unacknowledged) line.toClient(handed);
  }
}
