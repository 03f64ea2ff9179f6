import type { Kind } from './kinds.js';

/** What the documentation says about a key. */
export interface KeyDoc {
  /** As written in the file; null where there is none, with the reason in `meaning`. */
  fallback: unknown;
  allowed: string;
  meaning: string;
  kind: Kind<unknown>;
}

/** What a key takes, for where many are listed: that durations and sizes need a unit is said once there. */
export function briefly({ allowed }: KeyDoc): string {
  return allowed.replace(/, with its unit .*| \(text\)$/, '');
}

/** A key as it may stand in the file: `T` is what is read from it. */
export class Key<T> implements KeyDoc {
  readonly kind: Kind<T>;
  readonly allowed: string;
  readonly fallback: unknown;
  readonly meaning: string;
  /** Has to be set. */
  readonly required: boolean;

  constructor(kind: Kind<T>, meaning: string, { fallback = null as unknown, required = false } = {}) {
    this.kind = kind;
    this.allowed = kind.allowed;
    this.meaning = meaning;
    this.fallback = fallback;
    this.required = required;
  }
}

/** A key with a default, given as an operator would write it. */
export function key<T>(kind: Kind<T>, fallback: string | number | boolean, meaning: string): Key<T> {
  return new Key(kind, meaning, { fallback });
}

/** A key that has to be set. */
export function required<T>(kind: Kind<T>, meaning: string): Key<T> {
  return new Key(kind, meaning, { required: true });
}

/** A key whose default, if any, is found elsewhere. */
export function optional<T>(kind: Kind<T>, meaning: string): Key<T | undefined> {
  return new Key<T | undefined>(kind, meaning);
}
