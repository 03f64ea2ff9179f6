import type { Element } from '@xmpp/component';
import type { RoomMessage } from '../spool/content.js';
import { NS } from '../xmpp/namespaces.js';

/** Messages asked for at a time. */
export const PAGE = 100;
/** What one room has answered is kept in memory up to so many characters, the newest of it. */
const MOST_KEPT = 4 << 20;
/** A message counts for so many characters more than are in it. */
const OF_EACH = 500;
/** So many characters go to the spool at once, or one message. */
const AT_A_TIME = 1 << 20;
/** An archive's name for a place in it is not longer, or is not used. */
const LONGEST_PLACE = 1_000;

/** A message of an archive; null where it is not to be kept. */
export interface Found {
  /** The archive's id of it, in short. */
  readonly id: string;
  readonly message: RoomMessage | null;
}

/** What a room's archive has answered so far: the newest page first, each with its oldest message first. */
export class ArchivePages {
  #page: Found[] = [];
  /** Of the pages before: later in time. */
  #later: Found[] = [];
  #size = 0;
  /** More came than is kept, so that no earlier page is of use. */
  #isFull = false;

  /** Of all pages that are complete, oldest first. */
  get found(): readonly Found[] {
    return this.#later;
  }

  /** Another page is asked for. */
  begin(): void {
    this.#page = [];
  }

  /** A message of the page that is coming; the oldest go where that is too much. */
  add(found: Found): void {
    if (this.#page.length >= PAGE) return;
    this.#page.push(found);
    this.#size += sizeOf(found);
    while (this.#size > MOST_KEPT) {
      const oldest = this.#page.shift();
      if (oldest === undefined) return;
      this.#size -= sizeOf(oldest);
      this.#isFull = true;
    }
  }

  /**
   * The page is complete.
   * @param after what follows this message is wanted
   * @param fin what the archive says of the page (XEP-0313, XEP-0059)
   * @returns before which place the next page is, null where there is none of use
   */
  turn(after: string | null, fin: Element | undefined): string | null {
    const known = this.#page.findLastIndex(({ id }) => id === after);
    const isLast = known >= 0 || this.#page.length === 0 || fin?.attrs.complete === 'true';
    this.#later = [...this.#page.slice(known + 1), ...this.#later];
    this.#page = [];
    const first = fin?.getChild('set', NS.rsm)?.getChildText('first') ?? '';
    return isLast || this.#isFull || first === '' || first.length > LONGEST_PLACE ? null : first;
  }
}

/** What is to be kept of these, in portions for the spool. */
export function inPortions(found: readonly Found[]): RoomMessage[][] {
  const portions: RoomMessage[][] = [];
  let room = 0;
  for (const one of found) {
    room -= sizeOf(one);
    if (room < 0 || (portions.at(-1)?.length ?? PAGE) >= PAGE) {
      portions.push([]);
      room = AT_A_TIME - sizeOf(one);
    }
    if (one.message !== null) portions.at(-1)?.push(one.message);
  }
  return portions;
}

function sizeOf({ message }: Found): number {
  return OF_EACH + (message === null ? 0 : message.payload.length + message.from.length);
}
