import type { SpoolClient } from '../spool/client.js';
import { type Happened, isWanted, type QueueEvent, type Wanted } from '../spool/journal.js';

interface Follower {
  wanted: Wanted;
  give(item: QueueEvent | { missed: number }): void;
}

/** Those who follow what happens to messages. The spool tells what one of them wants, and nothing while there is none. */
export class Tail {
  readonly #spool: SpoolClient;
  readonly #followers = new Set<Follower>();

  constructor(spool: SpoolClient) {
    this.#spool = spool;
    spool.on('happened', happened => this.#tell(happened));
  }

  /** Gives what is wanted from now on. Returns what ends it. */
  follow(wanted: Wanted, give: Follower['give']): () => void {
    const follower = { wanted, give };
    this.#followers.add(follower);
    this.#want();
    return () => {
      this.#followers.delete(follower);
      this.#want();
    };
  }

  #want(): void {
    this.#spool.follow([...this.#followers].map(({ wanted }) => wanted));
  }

  #tell({ events, missed }: Happened): void {
    for (const { wanted, give } of this.#followers) {
      for (const event of events) if (isWanted(event, wanted)) give(event);
      if (missed > 0) give({ missed });
    }
  }
}
