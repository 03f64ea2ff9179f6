import type { Session } from '../presence/session.js';
import type { SpoolPort } from '../spool/client.js';
import type { Way } from '../tap/event.js';
import type { Clock } from './clock.js';
import type { Deliveries } from './deliveries.js';
import type { Delivery } from './delivery.js';

/** No device: the server makes all-digit resources anew at each login. */
const SERVER_MADE = /^\d+$/;

interface AssigningSurroundings {
  clock: Clock;
  spool: SpoolPort;
  deliveries: Deliveries;
}

/** Sessions get their deliveries, and those are told what ejabberd has handed to them. */
export class Assigning {
  readonly #around: AssigningSurroundings;

  constructor(around: AssigningSurroundings) {
    this.#around = around;
  }

  /** The delivery of a session, which begins with the first that is heard of it. */
  deliveryOf(session: Session): Delivery {
    const { deliveries } = this.#around;
    const known = deliveries.get(session.key);
    if (known !== undefined) return known;
    const delivery = deliveries.add(session);
    this.tellArrival(session, true);
    return delivery;
  }

  /** The spool is to know who is there. @param anew this may be another stream than before */
  tellArrival({ key: session, jid, priority, cameBack: back, roomsSince }: Session, anew: boolean): void {
    const { spool, clock } = this.#around;
    const { bare: account, resource } = jid;
    const device = priority !== null && !SERVER_MADE.test(resource);
    const at = clock.date();
    const arrival = { session, account, resource, device, priority: priority ?? -1, anew, back };
    spool.tell({ do: 'arrive', ...arrival, roomsSince: roomsSince - clock.now() + at, at });
  }

  /**
   * ejabberd handed a message to a session. Returns the group that it is in there.
   * @param unsure it may have been a sending
   * @param hold for so many ms it may turn out that another session has it
   */
  handed(delivery: Delivery, identity: string, way: Way, unsure = false, hold = 0): number {
    let group = 0;
    this.#around.deliveries.tell(delivery, (one, now) => {
      group = one.handed(identity, way, now, unsure, hold);
    });
    return group;
  }
}
