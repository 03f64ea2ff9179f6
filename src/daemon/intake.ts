import type { Element } from '@xmpp/component';
import debug from 'debug';
import { Counted } from '../monitor/counted.js';
import type { Log } from '../monitor/log.js';
import { limiter } from '../monitor/rarely.js';
import type { Change } from '../presence/change.js';
import { systemClock } from '../replay/clock.js';
import type { SpoolPort } from '../spool/client.js';
import type { TapEvent } from '../tap/event.js';
import type { Tap, Tapped } from '../tap/tap.js';
import { describe } from '../xmpp/describe.js';
import type { Part, Parts } from './part.js';
import type { Vitals } from './vitals.js';

const trace = debug('respool:tap');

/** Between writing what was counted, in ms. */
const REPORT = 1_000;

/** So much of a stranger's name is written to the log. */
const LONGEST_NAME = 200;

export interface IntakeOptions {
  tap: Tap;
  log: Log;
  spool: SpoolPort;
  /** Who is told what a copy means. */
  parts: Parts;
  vitals: Vitals;
  /** Takes what a copy means. Returns what has changed by it. */
  take(event: TapEvent): readonly Change[];
  /** mod_push_offline, which has one host, has told this respool. */
  pushed?(stanza: Element): void;
  /** Takes what is no copy, but for the component itself. */
  direct(stanza: Element): void;
}

/** Where stanzas come in: a copy is read and counted, and what it means is told; what cannot be read is dropped. */
export class Intake implements Part {
  readonly #options: IntakeOptions;
  readonly #counted = new Counted();
  readonly #rarely;
  readonly #timer;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#rarely = limiter(options.log, systemClock.now);
    this.#timer = setInterval(() => this.#report(), REPORT);
  }

  online(): void {
    this.#options.spool.tell({ do: 'gauge', values: { connected: 1 } });
  }

  offline(): void {
    this.#options.spool.tell({ do: 'gauge', values: { connected: 0 } });
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#report();
  }

  read(stanza: Element): void {
    const { kind } = this.#take(stanza) ?? {};
    if (kind === 'push') this.#options.pushed?.(stanza);
  }

  /** Reads a stanza of mod_push_offline that came to another respool. */
  readPushed(stanza: Element): void {
    this.#take(stanza);
  }

  #take(stanza: Element): Tapped | undefined {
    const { tap, take, parts, vitals, direct } = this.#options;
    const tapped = this.guarded(() => tap.read(stanza, systemClock.now()));
    if (tapped === undefined) return undefined;
    this.#counted.add(tapped);
    if (tapped.kind === 'forged')
      this.#rarely.warn(`forged copy from ${stanza.attrs.from?.slice(0, LONGEST_NAME) ?? 'nobody'} dropped`);
    else if (tapped.kind === 'direct') direct(stanza);
    else vitals.copied();
    for (const event of tapped.events) {
      for (const change of take(event)) {
        this.#counted.changed(change);
        parts.handle(change);
      }
    }
    return tapped;
  }

  /** A stanza could not be read, or not be kept. */
  unreadable(why: string): void {
    this.#counted.unreadable();
    this.#rarely.warn(`unreadable copy dropped: ${why}`);
  }

  /** Something in a copy was left out. */
  mended(why: string): void {
    this.#counted.mended();
    this.#rarely.warn(`a part of a copy was left out: ${why}`);
  }

  /** Copies were lost, for the spool cannot be written. */
  lost(count: number): void {
    this.#rarely.warn(`${count} copy lost: the spool cannot be written and memory for it is full`);
  }

  /** Reads what came from the network; what cannot be read is counted and dropped. */
  guarded<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      this.unreadable(describe(error));
      trace('unreadable: %O', error);
      return undefined;
    }
  }

  #report(): void {
    const counts = this.#counted.take();
    if (counts === null) return;
    const { spool } = this.#options;
    spool.tell({ do: 'count', counts });
    spool.tell({ do: 'gauge', values: { last_copy_at: systemClock.date() } });
  }
}
