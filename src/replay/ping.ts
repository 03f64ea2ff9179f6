import { boundBefore, unseenFor } from './signs.js';
import type { Group } from './unasked.js';

/** What has become of a ping. Times in ms. */
type Fate =
  | { readonly is: 'awaited' }
  /** Nobody waits for its answer any more; a late one counts all the same. */
  | { readonly is: 'overdue' }
  /** A later one was answered: what it closed is lost at that moment, unless its own answer comes sooner. */
  | { readonly is: 'overtaken'; readonly until: number }
  /** Answered, perhaps by a later stream than had what it closed: that is proved then, unless this has turned out. */
  | {
      readonly is: 'doubted';
      readonly answeredAt: number;
      /** So long after it went out. */
      readonly took: number;
      readonly until: number;
      /** Who answered lacked something that was sent before the ping. */
      readonly lacks: boolean;
      /** Some of a replay was not taken, and may come back to its sender. */
      readonly mayReturn: boolean;
    };

/** A ping, and what it closed that is neither proved nor lost. */
export interface Ping {
  readonly number: number;
  readonly sentAt: number;
  /**
   * When its copy showed that it had reached a session; null: that is not known. Copies come in order, but how long after
   * what they show depends on how busy this process is: against what else they show only this moment can be held.
   */
  reachedAt: number | null;
  /** The id under which it went out, before respool was away or by another respool; null: it is made of the number. */
  readonly id: string | null;
  /** In which it went out, see signs.ts. */
  readonly era: number;
  /** The era of the last sign that may come from the stream that the ping went to. */
  eraOfStream: number;
  groups: readonly Group[];
  fate: Fate;
}

/** A ping that has no answer, and the groups that it closed. */
export interface UnansweredPing {
  readonly number: number;
  readonly sentAt: number;
  readonly id: string | null;
  readonly groups: readonly number[];
}

/** A ping that had no answer when respool was away. */
export type Recalled = Pick<UnansweredPing, 'sentAt' | 'groups'> & { readonly id: string };

/** A ping that was answered: when it went out, and reached the session, and how many messages of a replay it had closed. */
export interface Answered {
  readonly sentAt: number;
  readonly reachedAt: number;
  readonly replayed: number;
  /** Groups that it had closed, and an earlier stream was handed. */
  readonly lost: readonly number[];
}

/** What the answer to a ping proves, now that nothing has spoken against it for some time. */
export interface Proved {
  readonly number: number;
  readonly groups: readonly number[];
}

/** As others see it. */
export function shown({ number, sentAt, id, groups }: Ping): UnansweredPing {
  return { number, sentAt, id, groups: groups.map(group => group.number) };
}

export function isUnanswered({ fate }: Ping): boolean {
  return fate.is === 'awaited' || fate.is === 'overdue';
}

/** Is what it closed proved at that moment? null: is it proved if nothing more comes, so that all but what may return is? */
export function isSettled({ fate }: Ping, now: number | null): boolean {
  return fate.is === 'doubted' && (now === null ? !fate.mayReturn : fate.until <= now);
}

/**
 * Is it answered, and by nobody else than who was there before a stream that began at that moment? null: there is none.
 * A ping that had reached a session before that stream was bound did not go to it, however late it is answered (XEP-0198 resumes).
 */
export function isAnsweredBefore({ reachedAt, fate }: Ping, since: number | null): boolean {
  if (fate.is !== 'doubted' || fate.lacks) return false;
  const { answeredAt, took } = fate;
  if (since === null || answeredAt < since - unseenFor(took)) return true;
  return reachedAt !== null && reachedAt < since - boundBefore(took);
}
