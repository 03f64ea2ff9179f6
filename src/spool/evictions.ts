/** Why something was evicted: which limit it was over. */
export type Quota =
  | 'max_size'
  | 'max_per_account'
  | 'max_size_per_account'
  | 'max_per_sender'
  | 'max_per_room'
  | 'size_of_room'
  | 'size_of_device'
  | 'size_of_server'
  | 'rooms_of_device';

/** What was evicted together: of one sender, from one account, room or domain. */
export interface Evicted {
  quota: Quota;
  /** Whose it was: an account, a room, another server, or a device. */
  owner: string;
  sender: string;
  /** Or rooms, where a device is in too many. */
  messages: number;
  /** In bytes. */
  size: number;
}

/** What is told of a time: who had too much, the largest first, and what others lost. */
export interface Told {
  bursts: Evicted[];
  others: Pick<Evicted, 'messages' | 'size'>;
}

/** So many are told of by name each time; the rest together. */
const MOST_NAMED = 10;
/** So many are told apart. */
const MOST_APART = 1_000;

/** What has been evicted since it was last told, so that a burst is one line and not thousands. */
export class Evictions {
  readonly #bursts = new Map<string, Evicted>();
  /** What came when there were too many to be told apart. */
  #others = { messages: 0, size: 0 };

  add(quota: Quota, owner: string, sender: string, size: number): void {
    const key = `${quota} ${owner} ${sender}`;
    const known = this.#bursts.get(key);
    if (known !== undefined) {
      known.messages++;
      known.size += size;
    } else if (this.#bursts.size < MOST_APART) {
      this.#bursts.set(key, { quota, owner, sender, messages: 1, size });
    } else this.#others = { messages: this.#others.messages + 1, size: this.#others.size + size };
  }

  /** What was evicted since, the largest first, or null. */
  take(): Told | null {
    if (this.#bursts.size === 0) return null;
    const sorted = [...this.#bursts.values()].sort((one, other) => other.size - one.size);
    const others = { ...this.#others };
    for (const { messages, size } of sorted.slice(MOST_NAMED)) {
      others.messages += messages;
      others.size += size;
    }
    this.#bursts.clear();
    this.#others = { messages: 0, size: 0 };
    return { bursts: sorted.slice(0, MOST_NAMED), others };
  }
}
