/** Waits until a condition holds: whoever may have changed it calls look(). */
export class Moment {
  #look: (() => void) | null = null;

  /**
   * @param has says whether it has come; asked now, and at each `look`
   * @param act is done at that very moment; its result is returned
   * @param within so many ms; false where it has not come by then
   */
  wait(has: () => boolean, act: () => boolean, within: number): Promise<boolean> {
    return new Promise(resolve => {
      const giveUp = setTimeout(() => {
        this.#look = null;
        resolve(false);
      }, within);
      this.#look = () => {
        if (!has()) return;
        clearTimeout(giveUp);
        this.#look = null;
        resolve(act());
      };
      this.#look();
    });
  }

  look(): void {
    this.#look?.();
  }
}
