import type { Element } from '@xmpp/component';
import debug from 'debug';
import type { Tapped } from '../tap/tap.js';

const trace = debug('respool:tap');

/** Counts copies until they are written to the spool. */
export class Counted {
  #counts: Record<string, number> = {};

  add(tapped: Tapped, stanza: Element): void {
    if (tapped.kind === 'direct') return;
    if (tapped.kind === 'copy') this.#count(`copies.${copiedKind(stanza)}`);
    else this.#count(tapped.kind === 'push' ? 'copies.push' : 'forged');
    for (const { kind } of tapped.events) {
      trace('%s', kind);
      this.#count(`events.${kind}`);
    }
  }

  unreadable(): void {
    this.#count('unreadable');
  }

  take(): Record<string, number> | null {
    const counts = this.#counts;
    this.#counts = {};
    return Object.keys(counts).length === 0 ? null : counts;
  }

  #count(name: string): void {
    this.#counts[name] = (this.#counts[name] ?? 0) + 1;
  }
}

function copiedKind(copy: Element): string {
  const [forwarded] = copy.getChildElements();
  return forwarded?.getChildElements()[0]?.name ?? 'unknown';
}
