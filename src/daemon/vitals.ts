import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { Live } from '../monitor/live.js';
import { Peak } from '../monitor/peak.js';
import { systemClock } from '../replay/clock.js';
import { ALERTS, type AlertName } from '../spool/alert-names.js';
import type { SpoolClient } from '../spool/client.js';
import type { StandbyState } from '../standby/standby.js';
import { NS } from '../xmpp/namespaces.js';
import type { Part } from './part.js';

/** Between looks at the event loop, in ms; it measures by this itself. */
const LOOK = 1_000;
const RESOLUTION = 20;
/** How a ping ends, as respool writes it. */
const PING_END = `<ping xmlns='${NS.ping}'/></iq>`;

/** What is asked when somebody looks. */
export interface VitalSigns {
  /** Why there is no connection; null: there is one. */
  away(): string | null;
  sessions(): number;
  /** How it stands with another respool; null: it is alone. */
  standby(): StandbyState | null;
  /** Since when each alert is crossed. */
  alerts(): ReadonlyMap<AlertName, number>;
}

/** What the process knows of itself, from its memory alone: the truth also while nothing can be written. */
export class Vitals implements Part {
  readonly #version: string;
  readonly #startedAt = systemClock.date();
  #spool: Pick<SpoolClient, 'failure' | 'backlog'> | null = null;
  #signs: VitalSigns | null = null;
  #pings = 0;
  #lost = 0;
  #lastCopyAt: number | null = null;
  readonly #lag = new Peak(systemClock.now);
  readonly #commits = new Peak(systemClock.now);
  readonly #loop: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION });
  readonly #timer;

  constructor(version: string) {
    this.#version = version;
    this.#loop.enable();
    this.#timer = setInterval(() => this.#look(), LOOK);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#loop.disable();
  }

  follow(spool: SpoolClient): void {
    this.#spool = spool;
    spool.on('committed', took => this.#commits.add(took));
    spool.on('lost', count => this.lost(count));
  }

  /** All has been started that can be asked. */
  ask(signs: VitalSigns): void {
    this.#signs = signs;
  }

  /** This goes out. */
  sent(text: string): void {
    if (text.endsWith(PING_END)) this.#pings++;
  }

  copied(): void {
    this.#lastCopyAt = systemClock.date();
  }

  lost(count: number): void {
    this.#lost += count;
  }

  get live(): Live {
    this.#look();
    const standby = this.#signs?.standby() ?? null;
    const away = this.#signs === null ? 'it has just started' : this.#signs.away();
    const crossed = this.#signs?.alerts();
    return {
      version: this.#version,
      startedAt: this.#startedAt,
      connected: away === null,
      away,
      lastCopyAt: this.#lastCopyAt,
      acts: standby === null || standby.role === 'acts',
      peer: standby === null ? null : standby.other.is === 'there',
      sessions: this.#signs?.sessions() ?? 0,
      pings: this.#pings,
      loopLag: this.#lag.value,
      commit: this.#commits.value,
      failing: this.#spool === null || this.#spool.failure !== null,
      backlog: this.#spool?.backlog ?? 0,
      lost: this.#lost,
      alerts: Object.fromEntries(ALERTS.map(name => [name, crossed?.get(name) ?? null])) as Live['alerts'],
    };
  }

  #look(): void {
    this.#lag.add(Math.max(0, this.#loop.max / 1e6 - RESOLUTION));
    this.#loop.reset();
  }
}
