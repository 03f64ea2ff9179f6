import { EventEmitter, once } from 'node:events';

/** So long a client has to get what it waits for, in ms. */
const PATIENCE = 20_000;
/** So many lines say enough of a failure. */
const MOST_LINES = 3;

/** What a client got, and when: by this a test counts. */
export class Heard extends EventEmitter<{ arrival: [] }> {
  readonly #arrivals: { body: string; at: number; stamp: string | null }[] = [];
  readonly #began = performance.now();
  readonly #complaints: () => string;

  /** @param complaints what the client says besides, which a failure shows */
  constructor(complaints: () => string) {
    super();
    this.#complaints = complaints;
  }

  /** Takes down a message. @param stamp the time that the client gives it, as it writes that; null: that of its arrival */
  add(body: string, stamp: string | null = null): void {
    this.#arrivals.push({ body, at: performance.now() - this.#began, stamp });
    this.emit('arrival');
  }

  /** Waits for the login, and gives up as for a message. */
  async loggedIn(login: Promise<unknown>): Promise<void> {
    let giveUp: NodeJS.Timeout | undefined;
    const tooLate = new Promise((_, reject) => {
      giveUp = setTimeout(
        () => reject(new Error(`the login is not through\n${this.#complaints()}`)),
        PATIENCE,
      );
    });
    await Promise.race([login, tooLate]).finally(() => clearTimeout(giveUp));
  }

  /** Waits until a message with this body has come. */
  async until(body: string): Promise<void> {
    const giveUp = AbortSignal.timeout(PATIENCE);
    while (!this.#arrivals.some(arrival => arrival.body === body)) {
      await once(this, 'arrival', { signal: giveUp }).catch(() => {
        const came = this.#arrivals.map(arrival => arrival.body).join(', ');
        throw new Error(`waited in vain for "${body}"; there came: ${came}\n${this.#complaints()}`);
      });
    }
  }

  /** The time that the client gives to a message. */
  stampOf(body: string): string | null {
    return this.#arrivals.find(arrival => arrival.body === body)?.stamp ?? null;
  }

  /** What came more or less often than once of what was wanted, with the times; '' where all is right. */
  notOnce(wanted: readonly string[]): string {
    const lines = wanted.flatMap(body => {
      const times = this.#arrivals.filter(arrival => arrival.body === body).map(({ at }) => secondsOf(at));
      return times.length === 1
        ? []
        : `"${body}" ${times.length === 0 ? 'never' : `at ${times.join(' and ')}`}`;
    });
    const more =
      lines.length > MOST_LINES ? [`and ${lines.length - MOST_LINES} more of ${wanted.length}`] : [];
    return [...lines.slice(0, MOST_LINES), ...more].join('; ');
  }
}

function secondsOf(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** Where and as whom a client logs in. */
export interface Login {
  ip: string;
  port: number;
  /** The full JID. */
  jid: string;
  /** Rooms that it joins at each login. */
  rooms: readonly string[];
}

/** A client that nobody here wrote. */
export interface ForeignClient {
  readonly heard: Heard;
  /** The day that it shows with a message, YYYY-MM-DD; null: it shows none, or not the message. */
  dayOf(body: string): Promise<string | null>;
  /** Ends it without a word to the server. */
  kill(): Promise<void>;
}

/** Starts such a client, and waits until its login is through: roster fetched, rooms joined. */
export type Start = (login: Login) => Promise<ForeignClient>;
