import type { Change } from '../presence/change.js';
import type { Surroundings } from './surroundings.js';

type Of<Kind extends Change['kind']> = Extract<Change, { kind: Kind }>;

/** Whom accounts block: what those have written before waits until they are not blocked any more. */
export class Blocked {
  readonly #around: Surroundings;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  changed({ jid, change, jids }: Of<'blocks'>): void {
    const { spool, clock, deliveries } = this.#around;
    const account = jid.bare;
    spool.tell({ do: 'blocks', account, change, jids: [...jids], at: clock.date() });
    if (change !== 'more') deliveries.checkAll(account);
  }

  /** A replay came back to its sender. */
  filtered({ jid, sender, identity }: Of<'filtered'>): void {
    const { spool, clock, directory } = this.#around;
    const session = directory.get(jid)?.key;
    if (session === undefined) return;
    spool.tell({ do: 'filtered', session, sender: sender.bare, identity, at: clock.date() });
  }
}
