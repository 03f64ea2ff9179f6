/**
 * Receptions without an id that may have been sendings: "ok" and "ok" again look alike. Where the session turns out to
 * have been gone, they were sendings.
 */
export class Unsure {
  readonly #byGroup = new Map<number, { identity: string; at: number }[]>();

  /** It came at that moment, in ms. */
  add(group: number, identity: string, at: number): void {
    const known = this.#byGroup.get(group);
    if (known === undefined) this.#byGroup.set(group, [{ identity, at }]);
    else known.push({ identity, at });
  }

  /**
   * The server returned a message to its sender: if it is among them, it was a reception, and is not to be stored
   * again.
   */
  remove(identity: string): boolean {
    for (const [group, identities] of this.#byGroup) {
      const at = identities.findIndex(one => one.identity === identity);
      if (at < 0) continue;
      identities.splice(at, 1);
      if (identities.length === 0) this.#byGroup.delete(group);
      return true;
    }
    return false;
  }

  /** Takes out those of some groups. Returns those that came since a moment. */
  take(groups: readonly number[], since = Number.NEGATIVE_INFINITY): string[] {
    if (this.#byGroup.size === 0) return [];
    return groups.flatMap(group => {
      const identities = this.#byGroup.get(group) ?? [];
      this.#byGroup.delete(group);
      return identities.filter(({ at }) => at >= since).map(({ identity }) => identity);
    });
  }
}
