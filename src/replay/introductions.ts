import type { Session } from '../presence/directory.js';
import type { SpoolPort } from '../spool/client.js';
import type { KnownDevice } from '../spool/command.js';
import type { Clock } from './clock.js';
import { BEFORE_PRESENCE } from './schedule.js';

export interface IntroductionSurroundings {
  clock: Clock;
  spool: SpoolPort;
  /** A session of this device still has not shown its presence. */
  introduce(device: KnownDevice): void;
}

interface Introduction {
  readonly callOff: () => void;
  /** null: it is no known one; undefined: the spool has not said yet. */
  device: KnownDevice | null | undefined;
}

/**
 * Directory that act and have shown no presence. They may have shown it while respool was away, and what is sent to their
 * accounts comes to them as well, or to them alone.
 */
export class Introductions {
  readonly #around: IntroductionSurroundings;
  /** By the sessions' keys. */
  readonly #underWay = new Map<number, Introduction>();

  constructor(around: IntroductionSurroundings) {
    this.#around = around;
  }

  /** A session acts. Resolves when the spool has said which device it is, true where it is still there unintroduced. */
  async begin(session: Session): Promise<boolean> {
    const { clock, spool } = this.#around;
    const { key, jid } = session;
    const callOff = clock.after(BEFORE_PRESENCE, () => this.#introduce(session));
    const introduction: Introduction = { callOff, device: undefined };
    this.#underWay.set(key, introduction);
    introduction.device = await spool.ask({ ask: 'device', account: jid.bare, resource: jid.resource });
    return this.#underWay.get(key) === introduction && session.priority === null;
  }

  /** The priority that a session has or had when its presence was last seen; null where that is not known. */
  priorityOf({ key, priority }: Session): number | null {
    return priority ?? this.#underWay.get(key)?.device?.priority ?? null;
  }

  /** Whether a session that was there without anybody's knowing may have a higher priority than this. */
  mayBeAbove(session: Session, priority: number): boolean {
    // who logs in has not had a presence until now
    if (session.priority !== null || session.loginAt !== null) return false;
    const introduction = this.#underWay.get(session.key);
    if (introduction === undefined) return false;
    return introduction.device === undefined || (introduction.device?.priority ?? priority) > priority;
  }

  end({ key }: Session): void {
    this.#underWay.get(key)?.callOff();
    this.#underWay.delete(key);
  }

  clear(): void {
    for (const { callOff } of this.#underWay.values()) callOff();
    this.#underWay.clear();
  }

  #introduce(session: Session): void {
    const device = this.#underWay.get(session.key)?.device ?? null;
    if (session.priority === null && session.loginAt === null && device !== null)
      this.#around.introduce(device);
    this.#underWay.delete(session.key);
  }
}
