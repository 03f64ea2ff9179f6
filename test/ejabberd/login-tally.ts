import type { Element } from '@xmpp/component';
import { deliveryOf, type Form } from './delivery.js';

/** What came so short a time before a session's end may be unproved, in ms: its copy, its ping and the answer take time. */
const UNPROVED = 1_000;

interface Coming {
  form: Form;
  at: number;
  /** The login that it came in, in words. */
  login: string;
}

/** What one device has got over all its sessions, and what it should have. */
export class LoginTally {
  /** What came again that should not have. */
  readonly repeated: string[] = [];
  /** How many came from respool, and at a later login out of mod_offline's queue too. */
  keptInQueue = 0;
  readonly #owed = new Set<string>();
  readonly #had = new Map<string, Coming[]>();
  /** What may come once more, for a session ended before it could be proved. */
  readonly #open = new Set<string>();

  owe(id: string): void {
    this.#owed.add(id);
  }

  /** Of these, or of all that was owed, what has not come. */
  missing(): string[] {
    return [...this.#owed].filter(id => !this.#had.has(id));
  }

  get count(): number {
    return this.#owed.size;
  }

  /** Something came. @param login in which, in words */
  came(message: Element, login: string): void {
    const delivery = deliveryOf(message);
    if (delivery === null) return;
    const { id, form } = delivery;
    const before = this.#had.get(id) ?? [];
    const coming = { form, at: performance.now(), login };
    this.#had.set(id, [...before, coming]);
    if (before.length === 0 || this.#open.delete(id)) return;
    if (isKeptInQueue(coming, before)) this.keptInQueue++;
    if (!isRepeat(coming, before)) return;
    this.repeated.push(`${id}: ${[...before, coming].map(inWords).join(', ')}`);
  }

  /** A session ends, while this is still owed to the device by respool's account. */
  ended(pending: ReadonlySet<string>): void {
    const now = performance.now();
    for (const [id, comings] of this.#had) {
      const last = comings.at(-1)?.at ?? 0;
      if (pending.has(id) || now - last < UNPROVED) this.#open.add(id);
    }
  }
}

/** As a trace has its times. */
function inWords({ form, at, login }: Coming): string {
  return `${form} ${new Date(performance.timeOrigin + at).toISOString().slice('2026-11-29T'.length)} in ${login}`;
}

/** Is it respool that repeats? History and archive bring what a client asks for, and ejabberd may flood what it has archived. */
function isRepeat(coming: Coming, before: readonly Coming[]): boolean {
  if (coming.form === 'replay') return true;
  const isLate = coming.form === 'late' && !isKeptInQueue(coming, before);
  return (coming.form === 'live' || isLate) && before.some(({ form }) => form === 'replay');
}

/**
 * What mod_offline stores a moment after it has flooded a session, for that was not in its tables as the message was
 * routed, it floods to the next one, though this one has got it from respool.
 */
function isKeptInQueue({ form, login }: Coming, before: readonly Coming[]): boolean {
  const replays = before.filter(one => one.form === 'replay');
  return form === 'late' && replays.length > 0 && replays.every(one => one.login !== login);
}
