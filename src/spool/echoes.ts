/** Copies of a session's own replays that are still to come back, and are no news then. */
export class Echoes {
  readonly #expected = new Map<string, number>();

  expect(identity: string): void {
    this.#expected.set(identity, (this.#expected.get(identity) ?? 0) + 1);
  }

  /** True where such a copy was expected; it is so once less from now on. */
  take(identity: string): boolean {
    const expected = this.#expected.get(identity);
    if (expected === undefined) return false;
    if (expected === 1) this.#expected.delete(identity);
    else this.#expected.set(identity, expected - 1);
    return true;
  }
}
