import type { Directory } from '../presence/directory.js';
import type { Session } from '../presence/session.js';
import type { Clock } from './clock.js';
import type { Deliveries } from './deliveries.js';
import type { Delivery } from './delivery.js';

interface NobodyThereSurroundings {
  clock: Clock;
  directory: Directory;
  deliveries: Deliveries;
  /** The session's stream is another one than before for certain. */
  renew(session: Session): void;
}

/**
 * What it means that the server had nobody to hand a message to when it was sent: of those who were to get it, the stream
 * of that moment had ended.
 *
 * Example: the phone's connection dies, "a" is sent and goes to the offline queue, the phone binds anew and shows an equal
 * presence. Nobody was there when "a" was sent: so this presence is of another stream, and what the last one was handed
 * and has not proved is lost.
 */
export class NobodyThere {
  readonly #around: NobodyThereSurroundings;

  constructor(around: NobodyThereSurroundings) {
    this.#around = around;
  }

  /** It went to the offline queue, or there was no room for it there. */
  got(account: string, identity: string): void {
    const { clock, directory, deliveries } = this.#around;
    for (const delivery of [...deliveries.of(account)]) {
      const { session, evidence } = delivery;
      if (evidence.lacksSince(identity) === Number.POSITIVE_INFINITY) continue; // it was not to get it
      if (this.hasComeSince(delivery, identity)) continue;
      directory.doubt(session, clock.now());
      deliveries.tell(delivery, (one, now) => one.doubted(now));
    }
  }

  /** Has it shown its presence since that was sent? Then it is another stream, which may be known already. */
  hasComeSince({ session, evidence }: Delivery, identity: string): boolean {
    const sentAt = evidence.lacksSince(identity);
    if (sentAt >= session.availableAt) return false;
    if (sentAt < session.login.since) return true;
    this.#around.directory.wasAway(session);
    this.#around.renew(session);
    return true;
  }
}
