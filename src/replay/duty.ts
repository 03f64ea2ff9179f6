/** What respool may begin at the moment, for all sessions alike. */
export class Duty {
  /** It is about to go: nobody is to wait, and nothing new is begun. */
  isLeaving = false;
  /** Another respool asks and replays: this one keeps the same books by what it sees of that. */
  isWatching = false;

  /** It may replay. */
  get replays(): boolean {
    return !this.isLeaving && !this.isWatching;
  }
}
