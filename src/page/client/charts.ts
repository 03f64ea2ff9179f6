import type { AlignedData, Options, default as UPlot } from 'uplot';
import type { Period } from '../status.js';
import { day, minute, moment, short, whole } from './words.js';

/** uplot.js, which is loaded before, defines it. */
declare const uPlot: typeof UPlot;

/** How a time is cut: into so many slices of so many ms. The last ends with the minute or hour (`to`) that has begun. */
export interface Cut {
  readonly id: 'hour' | 'day' | 'month';
  readonly slice: number;
  readonly to: number;
  readonly each: string;
}

const HEIGHT = { server: 84, ours: 112 };
const X_AXIS = 28;
const Y_AXIS = 44;

const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** What ejabberd and what respool delivered, one below the other: each has its own scale, for the first is far more. */
export class Charts {
  readonly #cut: Cut;
  readonly #host: HTMLElement;
  readonly #readout: HTMLElement;
  readonly #plots: UPlot[];
  #series: Period['series'] = { delivered: [], replayed: [] };
  /** When the first slice begins, in ms since 1970. */
  #start = 0;
  #at: number | null = null;

  constructor(host: HTMLElement, readout: HTMLElement, cut: Cut) {
    this.#cut = cut;
    this.#host = host;
    this.#readout = readout;
    this.#plots = [this.#plot('server'), this.#plot('ours')];
    new ResizeObserver(() => this.#resize()).observe(host);
    // the colours are read anew with each drawing
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      for (const plot of this.#plots) plot.redraw(false, true);
    });
  }

  /** @param at when this was so, in ms since 1970 */
  show(series: Period['series'], at: number): void {
    const { slice, to } = this.#cut;
    const count = series.delivered.length;
    this.#start = (Math.floor(at / to) + 1) * to - count * slice;
    this.#series = series;
    const times = series.delivered.map((_, index) => (this.#start + (index + 0.5) * slice) / 1000);
    this.#plots[0]?.setData([times, series.delivered]);
    this.#plots[1]?.setData([times, series.replayed]);
    this.#host.setAttribute('aria-label', this.#summary());
    this.#tell();
  }

  #plot(which: 'server' | 'ours'): UPlot {
    const isLower = which === 'ours';
    const { slice, id } = this.#cut;
    const label = id === 'month' ? day : minute;
    const axis = { stroke: () => colour('--quiet'), font: '11px system-ui, sans-serif' };
    const lines = { stroke: () => colour('--line'), width: 1 };
    const options: Options = {
      width: this.#width(),
      height: HEIGHT[which],
      // The last label is centred below the last hour: half of it needs room on the right.
      padding: [8, 20, isLower ? 0 : 4, 0],
      legend: { show: false },
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: false, y: false },
        sync: { key: this.#cut.id },
      },
      scales: {
        x: {
          range: () => [this.#start / 1000, (this.#start + this.#series.delivered.length * slice) / 1000],
        },
        y: { range: (_, __, most) => [0, Math.max(1, most)] },
      },
      axes: [
        {
          ...axis,
          show: isLower,
          size: X_AXIS,
          space: 64,
          grid: { show: false },
          ticks: { ...lines, size: 4 },
          values: (_, times) => times.map(time => label(time * 1000)),
        },
        {
          ...axis,
          size: Y_AXIS,
          space: 28,
          grid: lines,
          ticks: { show: false },
          incrs: WHOLE,
          values: (_, counts) => counts.map(count => short(count)),
        },
      ],
      series: [
        {},
        {
          fill: () => colour(`--${which}`),
          width: 0,
          points: { show: false },
          paths: (uPlot.paths.bars as NonNullable<typeof uPlot.paths.bars>)({ size: [0.7, 40] }),
        },
      ],
      hooks: {
        setCursor: [plot => this.#pointedAt(plot.cursor.left ?? -1, plot.cursor.idx ?? null)],
      },
    };
    return new uPlot(options, [[], []] satisfies AlignedData, this.#host);
  }

  #pointedAt(left: number, index: number | null): void {
    this.#at = left < 0 ? null : index;
    this.#tell();
  }

  /** The slice that is pointed at in words, or how long each is. */
  #tell(): void {
    const { slice, each, id } = this.#cut;
    const at = this.#at;
    const { delivered, replayed } = this.#series;
    if (at === null || delivered[at] === undefined) {
      this.#readout.textContent = each;
      return;
    }
    const from = this.#start + at * slice;
    const shown = id === 'month' ? moment : minute;
    this.#readout.textContent =
      `${shown(from)}–${shown(from + slice)}: ${whole(delivered[at])} by ejabberd, ` +
      `${whole(replayed[at] ?? 0)} by respool`;
  }

  #summary(): string {
    const { delivered, replayed } = this.#series;
    const most = (of: number[]) => whole(Math.max(0, ...of));
    return `Deliveries, ${this.#cut.each}: at most ${most(delivered)} by ejabberd and ${most(replayed)} by respool`;
  }

  #width(): number {
    return Math.max(120, this.#host.clientWidth);
  }

  #resize(): void {
    const width = this.#width();
    for (const [index, plot] of this.#plots.entries()) {
      if (plot.width !== width) plot.setSize({ width, height: index === 0 ? HEIGHT.server : HEIGHT.ours });
    }
  }
}

/** Steps of an axis of counts. */
const WHOLE = Array.from({ length: 13 }, (_, power) => [1, 2, 5].map(step => step * 10 ** power)).flat();
