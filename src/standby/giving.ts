import type { InheritedSession } from '../presence/inherited-session.js';
import type { HeldBy } from '../spool/content.js';
import type { QueueRecord } from '../spool/record.js';
import type { Page, PageOf } from './words.js';

/** What a respool reads of its own spool for another one. */
export interface Source {
  structure(): Iterator<QueueRecord>;
  /** What is pending. */
  queue(): Iterator<QueueRecord>;
  /** The first and the last id that is, or may be, pending. */
  ids(): { first: number; last: number };
  /** Of these messages those that are pending. */
  pendingOf(ids: readonly number[]): QueueRecord[];
  /** Who is believed to have which of them, without proof yet; told when all that came before is committed. */
  held(ids: readonly number[]): Promise<HeldBy[]>;
  /** Who is believed online. */
  sessions(): readonly InheritedSession[];
}

/** About so many characters in a page, so that neither side holds up others for long. */
const PAGE = 64 << 10;

/** Reads the spool page by page for the other respool: one reading at a time, for it asks for one page after the other. */
export class Giving {
  readonly #source: Source;
  #reading: { of: PageOf; next: number; records: Iterator<QueueRecord> } | null = null;

  constructor(source: Source) {
    this.#source = source;
  }

  /**
   * @param nth 0 begins anew
   * @returns the page, or null where it is not the next one
   */
  async page(of: PageOf, nth: number): Promise<Page | null> {
    if (nth === 0) {
      await this.#source.held([]); // what was received so far is in the spool then: the other one has cleared it
      const records = of === 'structure' ? this.#source.structure() : this.#source.queue();
      this.#reading = { of, next: 0, records };
    }
    const reading = this.#reading;
    if (reading === null || reading.of !== of || reading.next !== nth) return null;
    reading.next++;
    const isFirst = of === 'structure' && nth === 0;
    const { records, last } = recordsOf(reading.records);
    return {
      ...(isFirst ? { ids: this.#source.ids(), sessions: this.#source.sessions() } : {}),
      ...{ records, last, held: await this.#source.held(messageIds(records)) },
    };
  }

  /** How it stands with some messages now. */
  async again(ids: readonly number[]): Promise<Page> {
    const held = await this.#source.held(ids); // before it is read: what is proved in between is not pending
    return { records: this.#source.pendingOf(ids), last: true, held };
  }

  stop(): void {
    this.#reading = null;
  }
}

function messageIds(records: readonly QueueRecord[]): number[] {
  return records.flatMap(record => (record.record === 'message' ? record.id : []));
}

/** The next of some records, as many as are about a page. */
export function recordsOf(records: Iterator<QueueRecord>): Pick<Page, 'records' | 'last'> {
  const some: QueueRecord[] = [];
  for (let size = 0; size < PAGE; ) {
    const { value, done } = records.next();
    if (done === true) return { records: some, last: true };
    some.push(value);
    size += 'payload' in value ? value.payload.length + 500 : 200;
  }
  return { records: some, last: false };
}
