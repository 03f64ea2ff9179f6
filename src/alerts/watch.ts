import { randomUUID } from 'node:crypto';
import { printable } from '../cli/format.js';
import type { Log } from '../monitor/log.js';
import { ALERTS, type AlertName } from '../spool/alert-names.js';
import { LastingReader } from '../spool/lasting-reader.js';
import { describe } from '../xmpp/describe.js';
import { NS } from '../xmpp/namespaces.js';
import { escapeAttribute, escapeText } from '../xmpp/serialize.js';
import { type AlertSettings, Alerts, type Change, type Facts } from './alert.js';
import { diskFree, spoolFacts } from './facts.js';
import { runCommand } from './run-command.js';
import { environmentFor, fieldsFor, textOfChange } from './words.js';

export interface WatchOptions {
  settings: AlertSettings;
  domain: string;
  spoolPath: string;
  log: Log;
  /** Since when there is no connection, in ms since 1970; null: there is one. */
  disconnectedSince(): number | null;
  /** Puts stanzas on the stream; false while there is none. */
  send(text: string): boolean;
  /** Writes gauges into the spool, where metrics and the next start find them. */
  keep(values: Record<string, number>): void;
  /** Between two looks, and how long things have to be right until an alert is over, in ms. */
  every?: number;
  calm?: number;
}

const EVERY = 15_000;
/** A command may take so long, in ms. */
const COMMAND_TIMEOUT = 30_000;
/** While there is no stream, so many messages wait for it; the oldest go first. */
const MOST_WAITING = 100;

/** Looks at how things are, and tells people when that is not as it should be, and when it is again. */
export class AlertWatch {
  readonly #options: WatchOptions;
  readonly #reader: LastingReader;
  readonly #alerts: Alerts;
  readonly #ended = new AbortController();
  #waiting: { to: string; words: string; at: number }[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#reader = new LastingReader(options.spoolPath);
    const { thresholds } = options.settings;
    this.#alerts = new Alerts(thresholds, this.#toldBefore(), options.calm);
    // what was crossed and is not to be told any more is none
    options.keep(
      Object.fromEntries(ALERTS.map(alert => [`alert.${alert}`, this.#alerts.crossed.get(alert) ?? 0])),
    );
    this.#next();
  }

  /** What is crossed, with since when, in ms since 1970. */
  get crossed(): ReadonlyMap<AlertName, number> {
    return this.#alerts.crossed;
  }

  /** The stream is there: what has waited for it goes out. */
  online(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { to, words, at } of waiting) this.#send(to, words, at);
  }

  /** A message came back to us. */
  returned(id: string | undefined, from: string | undefined): void {
    if (!id?.startsWith('alert-')) return;
    this.#options.log.warn(`the alert to ${printable(from ?? '')} was returned: look at alerts.to`);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#ended.abort();
    this.#reader.close();
  }

  /** What was crossed when respool ended is not told once more; of a spool that cannot be read now, it is. */
  #toldBefore(): Map<AlertName, number> {
    const told = new Map<AlertName, number>();
    try {
      const before = this.#reader.use(reader => reader.stats().alerts);
      for (const alert of ALERTS) {
        const since = before[alert];
        if (since !== null) told.set(alert, since);
      }
    } catch (error) {
      this.#options.log.warn(
        `it cannot be read which alerts were told before the start; they are told again: ${describe(error)}`,
      );
    }
    return told;
  }

  #next(): void {
    this.#timer = setTimeout(() => void this.#look(), this.#options.every ?? EVERY);
  }

  async #look(): Promise<void> {
    const facts = await this.#facts();
    if (this.#ended.signal.aborted) return;
    const now = Date.now();
    for (const change of this.#alerts.judge(facts, now)) this.#tell(change, now);
    this.#next();
  }

  async #facts(): Promise<Facts> {
    const { spoolPath, disconnectedSince } = this.#options;
    const now = Date.now();
    const since = disconnectedSince();
    const disk_free = await diskFree(spoolPath);
    const disconnected_for = since === null ? 0 : Math.max(0, now - since);
    try {
      return this.#reader.use(reader => ({ ...spoolFacts(reader, now), disk_free, disconnected_for }));
    } catch {
      // not known now; the daemon itself says so where the spool does not work
      return { pending: null, oldest: null, success_rate: null, disk_free, disconnected_for };
    }
  }

  #tell(change: Change, now: number): void {
    const { settings, domain, log, keep } = this.#options;
    const words = textOfChange(change, domain, now);
    if (change.state === 'crossed') log.warn(words, fieldsFor(change));
    else log.info(words, fieldsFor(change));
    keep({ [`alert.${change.alert}`]: change.state === 'crossed' ? change.since : 0 });
    for (const to of settings.to) this.#send(to, words, now);
    if (settings.command !== null) void this.#run(settings.command, change, words);
  }

  async #run(command: readonly string[], change: Change, words: string): Promise<void> {
    const facts = environmentFor(change, this.#options.domain, words);
    const { signal } = this.#ended;
    const failure = await runCommand(command, facts, words, { timeout: COMMAND_TIMEOUT, signal });
    if (failure === null || signal.aborted) return;
    this.#options.log.error(`alerts.command (${command[0]}) failed: ${printable(failure)}`);
  }

  #send(to: string, words: string, at: number): void {
    const { domain, send } = this.#options;
    const [from, recipient] = [domain, to].map(escapeAttribute);
    const stamp = new Date(at).toISOString();
    const late = Date.now() - at > 1_000;
    const delay = late ? `<delay xmlns='${NS.delay}' from='${from}' stamp='${stamp}'/>` : '';
    const attributes = `from='${from}' to='${recipient}' type='chat' id='alert-${randomUUID()}'`;
    if (send(`<message ${attributes}><body>${escapeText(words)}</body>${delay}</message>`)) return;
    this.#waiting.push({ to, words, at });
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
  }
}
