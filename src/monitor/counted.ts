import debug from 'debug';
import type { Change } from '../presence/change.js';
import type { Tapped } from '../tap/tap.js';

const trace = debug('respool:tap');

/** Counts copies until they are written to the spool. */
export class Counted {
  #counts = new Map<string, number>();

  add({ kind, copied }: Tapped): void {
    if (kind === 'direct') return;
    if (kind === 'forged') this.#count(kind);
    else this.#count(nameOf('copies', kind === 'push' ? kind : copied));
  }

  changed({ kind }: Change): void {
    if (trace.enabled) trace('%s', kind);
    this.#count(nameOf('events', kind));
  }

  unreadable(): void {
    this.#count('unreadable');
  }

  /** Something in a copy was left out. */
  mended(): void {
    this.#count('mended');
  }

  take(): Record<string, number> | null {
    if (this.#counts.size === 0) return null;
    const counts = Object.fromEntries(this.#counts);
    this.#counts.clear();
    return counts;
  }

  #count(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }
}

/** Made once: to put a name together for each copy costs more than to count it. */
const NAMES = { copies: new Map<string, string>(), events: new Map<string, string>() };

function nameOf(of: keyof typeof NAMES, what: string): string {
  const known = NAMES[of].get(what);
  if (known !== undefined) return known;
  const name = `${of}.${what}`;
  NAMES[of].set(what, name);
  return name;
}
