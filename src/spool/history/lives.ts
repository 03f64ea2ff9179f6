import type { Happening, Line, OfSession, SessionKind, Stored } from './lines.js';

/** One step of a message's way. */
export interface Step {
  /** In ms since 1970. */
  readonly at: number;
  readonly event: string;
  /** The session's full JID; null: it happened to the message as a whole. */
  readonly jid: string | null;
  /** Who had delivered what was proved. */
  readonly by: 'ejabberd' | 'respool' | null;
}

/** What became of one message. */
export interface Life {
  readonly id: number;
  /** null: it was put into the spool before the history reaches. */
  readonly stored: Stored | null;
  /** In their order. */
  readonly steps: readonly Step[];
}

/** With what a session begins to have a message. */
export const GIVES: readonly string[] = ['handed', 'replaced', 'replayed'];
/** What ends a session's having a message unproved. */
const ENDS: readonly string[] = ['proved', 'lost'];
/** What a session does that others need not be told of again and again. */
const ONCE: readonly SessionKind[] = ['asked', 'answered'];

interface Growing {
  stored: Stored | null;
  steps: Step[];
  /** Sessions that have it unproved, and which of ONCE was told of them since. */
  readonly held: Map<string, Set<SessionKind>>;
}

/**
 * Puts lines of a history together to what became of each message: what happened to it, and to each session that had it and
 * had not proved it. Pure; lines come in their order.
 */
export class Lives {
  readonly #most: number;
  readonly #lives = new Map<number, Growing>();
  /** Which messages a session has unproved. */
  readonly #holding = new Map<string, Set<number>>();
  /** Those that are not kept any more. */
  readonly #omitted = new Set<number>();

  /** @param most so many messages are kept, the latest */
  constructor(most: number) {
    this.#most = most;
  }

  /** How many messages there were before those that are kept. */
  get omitted(): number {
    return this.#omitted.size;
  }

  add(line: Line): void {
    switch (line.is) {
      case 'stored':
        if (!this.#omitted.has(line.id)) this.#life(line.id).stored = line;
        return;
      case 'happening':
        return this.#omitted.has(line.id) ? undefined : this.#happens(line);
      case 'session':
        return this.#ofSession(line);
    }
  }

  /** All of them, by the moment of their first step. */
  all(): Life[] {
    const lives = [...this.#lives].map(([id, { stored, steps }]) => ({ id, stored, steps }));
    const begin = ({ stored, steps }: Life) => stored?.at ?? steps[0]?.at ?? 0;
    return lives.sort((one, other) => begin(one) - begin(other));
  }

  #happens({ id, at, kind, jid, by }: Happening): void {
    const life = this.#life(id);
    life.steps.push({ at, event: kind, jid, by });
    if (jid === null) return;
    if (ENDS.includes(kind)) this.#letGo(life, id, jid);
    else if (GIVES.includes(kind)) this.#holds(life, id, jid);
  }

  #ofSession({ at, kind, jid }: OfSession): void {
    const jids = jid === null ? [...this.#holding.keys()] : [jid];
    for (const one of jids) {
      for (const id of [...(this.#holding.get(one) ?? [])]) {
        const life = this.#lives.get(id);
        const told = life?.held.get(one);
        if (life === undefined || told === undefined || told.has(kind)) continue;
        if (ONCE.includes(kind)) told.add(kind);
        life.steps.push({ at, event: kind, jid: one, by: null });
        if (!ONCE.includes(kind) && kind !== 'came') this.#letGo(life, id, one);
      }
    }
  }

  #holds(life: Growing, id: number, jid: string): void {
    life.held.set(jid, new Set());
    const ids = this.#holding.get(jid);
    if (ids === undefined) this.#holding.set(jid, new Set([id]));
    else ids.add(id);
  }

  #letGo(life: Growing, id: number, jid: string): void {
    life.held.delete(jid);
    const ids = this.#holding.get(jid);
    ids?.delete(id);
    if (ids?.size === 0) this.#holding.delete(jid);
  }

  #life(id: number): Growing {
    const known = this.#lives.get(id);
    if (known !== undefined) return known;
    const life: Growing = { stored: null, steps: [], held: new Map() };
    this.#lives.set(id, life);
    if (this.#lives.size > this.#most) this.#forgetFirst();
    return life;
  }

  #forgetFirst(): void {
    const [first] = this.#lives;
    if (first === undefined) return;
    const [id, life] = first;
    for (const jid of [...life.held.keys()]) this.#letGo(life, id, jid);
    this.#lives.delete(id);
    this.#omitted.add(id);
  }
}
