import { duration } from '../cli/format.js';
import type { Log } from '../monitor/log.js';
import { A_WHILE, type Jump } from '../spool/calendar.js';
import type { SpoolPort } from '../spool/client.js';
import { readClocks } from '../spool/clocks.js';
import type { Part } from './part.js';

/** Between sweeps of what has expired, in ms. */
const SWEEP = 5_000;

/** Tells the spool to compare the clocks of the machine, and then to remove what has had its time. */
export class Sweeper implements Part {
  readonly #spool: SpoolPort;
  readonly #log: Log;
  readonly #timer;

  constructor(spool: SpoolPort, log: Log) {
    this.#spool = spool;
    this.#log = log;
    this.#compareClocks();
    this.#timer = setInterval(() => this.#sweep(), SWEEP);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #sweep(): void {
    const at = this.#compareClocks();
    this.#spool.tell({ do: 'sweep', at });
  }

  /** Returns what the date is said to be. */
  #compareClocks(): number {
    const reading = readClocks();
    void this.#spool.ask({ ask: 'clocks', reading }).then(jump => {
      if (jump) this.#log.warn(wordsFor(jump)); // undefined where the spool fails, which is said
    });
    return reading.date;
  }
}

function wordsFor({ by }: Jump): string {
  const how = `${duration(Math.abs(by))} ${by > 0 ? 'ahead' : 'back'}`;
  const until = `until that has stood for ${duration(A_WHILE)}`;
  return `the date of this machine was set ${how}; nothing expires by the new date ${until}`;
}
