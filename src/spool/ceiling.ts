import type { Database } from 'better-sqlite3';
import type { Evictions } from './evictions.js';
import type { Held, Kind, Kinds } from './held.js';
import type { Lines } from './lines.js';
import { oldestOfMost } from './oldest-of-most.js';
import { weightOf } from './weight.js';

/** How many rows were looked at, and how many of them evicted. */
interface Work {
  looked: number;
  evicted: number;
}

/** What may be evicted of one class. */
interface Evictable {
  /** Its part of the whole, where others want theirs. */
  readonly share: number;
  readonly weight: number;
  /** Evicts about so many bytes, and no more than so many rows. */
  evict(bytes: number, rows: number, at: number): Work;
  /** What was looked at is to be looked at anew the next time. */
  end(): void;
}

/** So many times as many rows are evicted with a batch at most as it has entries, for an entry may bring some. */
const ROWS_FOR_ENTRY = 3;
/** But so many in any case, so that a limit that was lowered comes to hold. */
const LEAST_ROWS = 2_000;
/** So many times as many are looked at, or little more. */
const LOOKS_FOR_ROW = 10;
/** Of one owner so many messages are looked at. */
const MOST_LOOKED_AT = 2_000;
/** At one turn an owner loses this part, so that looking at what he has is worth it. */
const PART = 1 / 8;
/** Kept free for what is counted and put in order at the end of the batch, in bytes. */
const RESERVE = 64 << 10;
/** Lines removed at one turn at least. */
const FEWEST_LINES = 100;

/**
 * Keeps the database under its limit, whatever fills it: what goes is of the class that is most over its share, in it of
 * the owner that has most, of that the oldest of the sender that has most there.
 */
export class Ceiling {
  readonly #classes: readonly Evictable[];
  readonly #pageSize: number;
  readonly #pagesUsed;

  constructor(db: Database, { users, rooms, servers }: Kinds, lines: Lines, evictions: Evictions) {
    this.#pageSize = db.pragma('page_size', { simple: true }) as number;
    this.#pagesUsed = db
      .prepare<[], number>('SELECT page_count - freelist_count FROM pragma_page_count, pragma_freelist_count')
      .pluck();
    this.#classes = [
      messagesOf(users, 0.5, evictions),
      messagesOf(rooms, 0.25, evictions),
      messagesOf(servers, 0.15, evictions),
      linesOf(lines, 0.1),
    ];
  }

  /**
   * Evicts what is over a size in bytes; a part of it where that is very much, so that the batch does not take long.
   * @param entries of the batch
   */
  enforce(maxSize: number, entries: number, at: number): void {
    let rows = Math.max(LEAST_ROWS, ROWS_FOR_ENTRY * entries);
    let looks = LOOKS_FOR_ROW * rows;
    while (rows > 0 && looks > 0) {
      const over = (this.#pagesUsed.get() ?? 0) * this.#pageSize - (maxSize - RESERVE);
      if (over <= 0) break;
      const { looked, evicted } = mostOverShare(this.#classes).evict(over, rows, at);
      if (evicted === 0) break;
      rows -= evicted;
      looks -= looked;
    }
    for (const one of this.#classes) one.end();
  }
}

function mostOverShare(classes: readonly Evictable[]): Evictable {
  return classes.reduce((most, one) => (one.weight / one.share > most.weight / most.share ? one : most));
}

function messagesOf<Owner>(kind: Kind<Owner>, share: number, evictions: Evictions): Evictable {
  /** Of whom something was looked at with this batch: what of that is left. */
  const looks = new Map<Owner, Held[]>();
  return {
    share,
    get weight() {
      return kind.weights.total;
    },
    evict(bytes, rows, at) {
      const { first } = kind.weights;
      if (first === undefined) return { looked: 0, evicted: 0 };
      const { owner, weight } = first;
      const known = looks.get(owner);
      const held = known?.length ? known : kind.heldBy(owner, MOST_LOOKED_AT);
      const chosen = oldestOfMost(held, Math.min(bytes, weight * PART)).slice(0, rows);
      for (const { id, sender, size } of chosen) {
        evictions.add('max_size', kind.nameOf(owner), sender, size);
        kind.evict(id, owner, at);
      }
      const gone = new Set(chosen);
      looks.set(
        owner,
        held.filter(one => !gone.has(one)),
      );
      return { looked: held === known ? 0 : held.length, evicted: chosen.length };
    },
    end: () => looks.clear(),
  };
}

function linesOf(lines: Lines, share: number): Evictable {
  return {
    share,
    get weight() {
      return lines.total;
    },
    evict(bytes, rows) {
      const wanted = Math.max(FEWEST_LINES, Math.ceil(bytes / weightOf(FEWEST_LINES)));
      const evicted = lines.removeOldest(Math.min(wanted, rows));
      return { looked: evicted, evicted };
    },
    end: () => undefined,
  };
}
