import type { Element } from '@xmpp/component';
import type Database from 'better-sqlite3';
import type { FakeClock } from '../fake-clock.js';
import { emptySpool, Respool } from './respool.js';
import { DOMAIN, type Moment, type Stanza, textOf, VHOST } from './stanza.js';

/** From the server to respool and back, in ms. */
const TRAVEL = 1;

/** A stanza on its way to respool; `seen`: when that read it, null: it has not. */
export interface Copy {
  text: string;
  seen: Moment | null;
  /** Called when respool is about to read it. */
  read: (() => void) | undefined;
}

/** Is shown each stanza that respool reads or sends, and when. */
export type Watch = (at: number, way: 'in' | 'out', text: string) => void;

/** The component's stream: what is written while respool is not connected is lost. */
export class Wire {
  readonly #clock: FakeClock;
  readonly #latency: number;
  readonly #db: Database.Database = emptySpool();
  /** Hands the server what respool has sent. */
  readonly #deliver: (stanza: Element, sent: Moment) => void;
  /** Called when respool sends something. */
  readonly #sent: (stanza: Element, sent: Moment) => void;
  readonly #watch: Watch | undefined;
  #respool: Respool | null = null;
  #connected = false;
  #stay = 0;
  #ids = 0;
  #under: Copy[] = [];

  constructor(
    clock: FakeClock,
    latency: number,
    on: {
      sent: (stanza: Element, sent: Moment) => void;
      deliver: (stanza: Element, sent: Moment) => void;
      watch?: Watch | undefined;
    },
  ) {
    this.#clock = clock;
    this.#latency = latency;
    this.#sent = on.sent;
    this.#deliver = on.deliver;
    this.#watch = on.watch;
  }

  /** Starts respool where it does not run, and connects it. */
  up(): void {
    if (this.#respool === null) {
      this.#respool = new Respool({
        clock: this.#clock,
        db: this.#db,
        latency: this.#latency,
        send: stanzas => this.#out(stanzas),
      });
    }
    if (this.#connected) return;
    this.#connected = true;
    this.#stay++;
    this.#respool.online();
  }

  /** The stream breaks. */
  cut(): void {
    if (!this.#connected) return;
    this.#connected = false;
    this.#under = [];
    this.#respool?.offline();
  }

  kill(): void {
    this.#connected = false;
    this.#under = [];
    this.#respool?.kill();
    this.#respool = null;
  }

  /** Ends respool as its operator does, which takes a moment for the last proofs. */
  stop(done: () => void): void {
    const stopping = this.#respool;
    const end = () => {
      if (stopping === this.#respool) this.kill();
      done();
    };
    if (stopping === null || !this.#connected) end();
    else void stopping.stop().then(end);
  }

  close(): void {
    this.kill();
    this.#db.close();
  }

  /** mod_service_log's copy of a stanza. */
  copy(stanza: Stanza, read?: () => void): Copy {
    const inner = textOf(stanza, 'jabber:client');
    const id = ++this.#ids;
    return this.direct(
      `<message to='${DOMAIN}' from='${VHOST}' id='${id}'><forwarded xmlns='urn:xmpp:forward:0'>${inner}</forwarded></message>`,
      read,
    );
  }

  /** A stanza to the component itself. */
  direct(text: string, read?: () => void): Copy {
    const copy: Copy = { text, seen: null, read };
    if (!this.#connected) return copy;
    this.#under.push(copy);
    if (this.#under.length === 1) {
      const under = this.#under;
      this.#clock.after(TRAVEL, () => under === this.#under && this.#flush());
    }
    return copy;
  }

  #flush(): void {
    const copies = this.#under;
    this.#under = [];
    for (const copy of copies) {
      if (this.#respool === null || !this.#connected) return;
      copy.seen = this.#now;
      copy.read?.();
      this.#watch?.(this.#clock.now(), 'in', copy.text);
      this.#respool.feed(copy.text);
    }
  }

  /** Which stay of respool on its stream this is. */
  get stay(): number {
    return this.#stay;
  }

  get #now(): Moment {
    return { at: this.#clock.now(), stay: this.#stay };
  }

  #out(stanzas: Element[]): boolean {
    if (!this.#connected) return false;
    const sent = this.#now;
    for (const stanza of stanzas) {
      this.#sent(stanza, sent);
      this.#watch?.(this.#clock.now(), 'out', stanza.toString());
    }
    this.#clock.after(TRAVEL, () => {
      for (const stanza of stanzas) this.#deliver(stanza, sent);
    });
    return true;
  }
}
