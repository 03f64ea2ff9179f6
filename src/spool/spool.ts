import type { Database } from 'better-sqlite3';
import type { Command } from './command.js';
import { type CommandTable, carryOut, commandsOf } from './command-table.js';
import type { Told } from './evictions.js';
import { Journal } from './journal.js';
import type { SpoolLimits } from './limits.js';
import { type Parts, partsOf } from './parts.js';
import type { Question } from './question.js';
import { answer, type QuestionTable, questionsOf } from './question-table.js';
import { type Work, workOf } from './work.js';

export type { SpoolLimits } from './limits.js';

type Answered = (replies: unknown[]) => void;

/**
 * Who is still owed what. It is told what happened in batches, each one transaction, and answers questions in their
 * order. Holds are in memory: a failed batch leaves them undefined, so the spool is then to be opened anew.
 */
export class Spool {
  readonly #parts: Parts;
  readonly #work: Work;
  readonly #commands: CommandTable;
  readonly #questions: QuestionTable;
  readonly #transaction: (batch: Iterable<Command | Question>, answered: Answered) => unknown[];

  /** @param journal is told what happens, for a spool that is opened anew as well */
  constructor(db: Database, limits: SpoolLimits, journal = new Journal(db)) {
    this.#parts = partsOf(db, limits, journal);
    this.#work = workOf(this.#parts);
    this.#commands = commandsOf(this.#parts, this.#work);
    this.#questions = questionsOf(this.#parts, this.#work);
    // Immediate: a transaction that reads first and writes later fails at once where another process writes
    this.#transaction = db.transaction((batch: Iterable<Command | Question>, answered: Answered) => {
      const { replies, at, entries } = this.#run(batch);
      answered(replies);
      this.#parts.messages.age();
      if (at !== null) this.#work.sweeping.enforce(entries, at);
      this.#write();
      return replies;
    }).immediate;
  }

  /**
   * Carries out a batch and commits it.
   * @param answered is called with the replies before the commit, which may take its time
   * @returns the replies to the questions in it, in their order
   * @throws SqliteError where it could not be committed: nothing of it is stored then, and this object is of no more use
   */
  apply(batch: Iterable<Command | Question>, answered: Answered = () => undefined): unknown[] {
    return this.#transaction(batch, answered);
  }

  /** Has other limits hold from now on; what is over one goes with the next message or sweep. */
  limit(limits: SpoolLimits): void {
    const { devices, rooms, remote } = this.#parts;
    this.#parts.limits = limits;
    this.#parts.journal.limit(limits.history);
    this.#work.storing.limit();
    devices.limit(limits.devices);
    rooms.limit(limits.rooms);
    remote.rows.limit(limits.maxPerAccount);
  }

  /** What was evicted since this was last asked, of what has been committed since. */
  takeEvictions(): Told | null {
    return this.#parts.evictions.take();
  }

  /** Returns the replies, when the last of it was told or asked, and how many entries there were. */
  #run(batch: Iterable<Command | Question>): { replies: unknown[]; at: number | null; entries: number } {
    const replies: unknown[] = [];
    let at: number | null = null;
    let entries = 0;
    for (const entry of batch) {
      entries++;
      at = momentOf(entry) ?? at;
      if ('ask' in entry) replies.push(answer(this.#questions, entry));
      else carryOut(this.#commands, entry);
    }
    return { replies, at, entries };
  }

  #write(): void {
    this.#parts.messages.endedOfLate.write();
    this.#parts.accounts.write();
    this.#parts.ledger.write();
  }
}

/** When this is told or asked, as a date in ms. */
function momentOf(entry: Command | Question): number | null {
  if ('at' in entry) return entry.at;
  return 'message' in entry && entry.message !== null ? entry.message.receivedAt : null;
}
