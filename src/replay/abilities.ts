import type { Session } from '../presence/session.js';
import type { SpoolPort } from '../spool/client.js';
import type { Ability } from '../spool/content.js';

/**
 * Tells the spool what devices can do. Many clients show it before their presence, as Gajim does with carbons; the spool
 * knows the device from its presence on.
 */
export class Abilities {
  readonly #spool: SpoolPort;
  /** Of sessions that have not shown their presence. */
  readonly #early = new WeakMap<Session, Set<Ability>>();

  constructor(spool: SpoolPort) {
    this.#spool = spool;
  }

  shown(session: Session, ability: Ability): void {
    if (session.priority !== null) return this.#tell(session, ability);
    const early = this.#early.get(session);
    if (early === undefined) this.#early.set(session, new Set([ability]));
    else early.add(ability);
  }

  /** It has shown its presence. */
  announced(session: Session): void {
    for (const ability of this.#early.get(session) ?? []) this.#tell(session, ability);
    this.#early.delete(session);
  }

  #tell({ key: session }: Session, ability: Ability): void {
    this.#spool.tell({ do: 'able', session, ability });
  }
}
