import { LETTER, type Line, readLine, type Stored } from './lines.js';
import { wholeLines } from './reading.js';
import { isDamaged, isGone, type Segment } from './segments.js';

/** Which messages a search is for. */
export interface Wanted {
  /** Is it one of those? */
  wants(line: Stored): boolean;
  /** Its number, where that is known. */
  readonly id?: number;
  /** What is in each line that tells of one of them, or of somebody who has one, as it stands in JSON; undefined: nothing. */
  readonly name?: string;
  /** Also what was said in a room, once there is a line with that name. */
  readonly ofRooms: boolean;
}

/** So much of what was said in rooms is remembered until it is known who has it. */
const MOST_SAID = 50_000;
const OF_ROOM = Buffer.from(',null,');
const CODE = {
  stored: LETTER.stored.charCodeAt(0),
  happening: LETTER.happening.charCodeAt(0),
  session: LETTER.session.charCodeAt(0),
};

/**
 * Reads a history through once, in its order.
 * @param unreadable is told of a file of which the rest cannot be read
 * @returns the lines of the messages that are wanted, and of all sessions from the first of those on
 */
export async function* search(
  segments: readonly Segment[],
  wanted: Wanted,
  unreadable: (segment: Segment) => void = () => undefined,
): AsyncGenerator<Line> {
  const sieve = new Sieve(wanted);
  for (const segment of segments) {
    try {
      for await (const lines of wholeLines(segment)) {
        for (const line of lines) yield* sieve.take(line);
      }
    } catch (error) {
      if (isDamaged(error)) unreadable(segment);
      else if (!isGone(error)) throw error; // it was too old meanwhile
    }
  }
}

/** Most lines are passed over by their first bytes. */
class Sieve {
  readonly #wanted: Wanted;
  readonly #name: Buffer | null;
  readonly #found = new Set<number>();
  readonly #said = new Map<number, Buffer>();

  constructor(wanted: Wanted) {
    this.#wanted = wanted;
    this.#name = wanted.name === undefined ? null : Buffer.from(wanted.name);
    if (wanted.id !== undefined) this.#found.add(wanted.id);
  }

  take(line: Buffer): Line[] {
    switch (line[0]) {
      case CODE.stored:
        return this.#stored(line);
      case CODE.happening:
        return this.#happening(line);
      case CODE.session:
        return this.#found.size === 0 ? [] : linesOf(line);
      default:
        return [];
    }
  }

  #stored(line: Buffer): Line[] {
    const id = numberOf(line);
    const [stored] = this.#found.has(id) || this.#isNamed(line) ? linesOf(line) : [];
    if (stored?.is === 'stored' && (this.#found.has(id) || this.#wanted.wants(stored))) {
      this.#found.add(id);
      return [stored];
    }
    if (this.#wanted.ofRooms && line.includes(OF_ROOM)) this.#remember(id, line);
    return [];
  }

  #happening(line: Buffer): Line[] {
    const id = numberOf(line);
    if (this.#found.has(id)) return linesOf(line);
    const said = this.#said.get(id);
    if (said === undefined || !this.#isNamed(line)) return [];
    this.#found.add(id);
    return [...linesOf(said), ...linesOf(line)];
  }

  #isNamed(line: Buffer): boolean {
    return this.#name === null || line.includes(this.#name);
  }

  #remember(id: number, line: Buffer): void {
    this.#said.set(id, Buffer.from(line)); // a part of a larger piece
    if (this.#said.size > MOST_SAID) this.#said.delete(this.#said.keys().next().value as number);
  }
}

function linesOf(line: Buffer): Line[] {
  const read = readLine(line.toString());
  return read === null ? [] : [read];
}

/** The number behind the first letter. */
function numberOf(line: Buffer): number {
  let number = 0;
  for (let at = 1; at < line.length; at++) {
    const digit = (line[at] as number) - 48;
    if (digit < 0 || digit > 9) break;
    number = number * 10 + digit;
  }
  return number;
}
