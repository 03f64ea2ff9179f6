import type { Directory } from '../presence/directory.js';
import type { Session } from '../presence/session.js';
import type { SpoolPort } from '../spool/client.js';
import type { KnownDevice } from '../spool/content.js';
import type { Clock } from './clock.js';
import { BEFORE_PRESENCE } from './schedule.js';

interface IntroductionSurroundings {
  clock: Clock;
  spool: SpoolPort;
  directory: Directory;
  /** A session of this device still has not shown its presence. */
  introduce(device: KnownDevice): void;
  /**
   * Since when, as a date, respool has seen what devices do. A device that was seen to go after that is a new stream
   * when it acts.
   */
  since(): number;
}

interface Introduction {
  readonly callOff: () => void;
  /** null: it is no known one, or the spool has not said yet. */
  device: KnownDevice | null;
}

/**
 * Sessions that act and have shown no presence: the spool is asked which devices they are. They may have shown it while
 * respool was away, and what is sent to their accounts comes to them as well, or to them alone.
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
    const { clock, spool, directory, since } = this.#around;
    const { key, jid } = session;
    const callOff = clock.after(BEFORE_PRESENCE, () => this.#introduce(session));
    const introduction: Introduction = { callOff, device: null };
    this.#underWay.set(key, introduction);
    const { bare: account, resource } = jid;
    const device = await spool.ask({ ask: 'device', account, resource, since: since() });
    if (this.#underWay.get(key) !== introduction) return false;
    introduction.device = device ?? null;
    if (device !== undefined) directory.formerly(session, device?.priority ?? null);
    return session.priority === null;
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
    this.#underWay.delete(session.key);
    if (session.priority === null && session.loginAt === null && device !== null)
      this.#around.introduce(device);
    this.#around.directory.introduced(session);
  }
}
