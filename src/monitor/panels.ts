/** The parts of a dashboard of Grafana, in the form of its JSON model. */

interface Target {
  refId: string;
  expr: string;
  legendFormat: string;
  datasource: typeof SOURCE;
}

/** Where something lies on a board of 24 columns. */
interface Place {
  x: number;
  y: number;
  w: number;
  h: number;
}

interface Panel {
  id: number;
  type: string;
  title: string;
  gridPos: Place;
  [key: string]: unknown;
}

/** A panel without its place and number. */
export interface Tile {
  size: { w: number; h: number };
  panel: { type: string; title: string; targets: Target[]; [key: string]: unknown };
}

export interface Board {
  uid: string;
  title: string;
  panels: Panel[];
  templating: { list: { name: string; [key: string]: unknown }[] };
  [key: string]: unknown;
}

/** The data source that is chosen in the variable of this name. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own
const SOURCE = { type: 'prometheus', uid: '${datasource}' } as const;
const COLUMNS = 24;

interface Look {
  /** As Grafana names it. */
  unit?: string;
  /** What its title does not say. */
  about?: string;
}

/** One number, of now or of the time shown. It is red where it is wrong. @param show `name`: only what it is called */
export function stat(
  title: string,
  expr: string,
  {
    unit = 'short',
    about,
    legend = '',
    wrongBelow,
    wrongAbove,
    show = legend === '' ? 'value' : 'value_and_name',
  }: Look & {
    legend?: string;
    wrongBelow?: number;
    wrongAbove?: number;
    show?: 'name' | 'value' | 'value_and_name';
  },
): Tile {
  const [low, high] = wrongAbove === undefined ? ['red', 'green'] : ['green', 'red'];
  const bound = wrongBelow ?? wrongAbove;
  const steps = bound === undefined ? [] : [{ color: high, value: bound }];
  const color = bound === undefined ? 'blue' : low;
  return {
    size: { w: 3, h: 4 },
    panel: {
      ...described('stat', title, about),
      targets: targetsOf([[expr, legend]]),
      fieldConfig: {
        defaults: { unit, thresholds: { mode: 'absolute', steps: [{ color, value: null }, ...steps] } },
        overrides: [],
      },
      options: {
        reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
        colorMode: 'value',
        graphMode: 'none',
        textMode: show,
      },
    },
  };
}

/** Lines over time; `log`: where they differ by far. */
export function timeseries(
  title: string,
  lines: readonly (readonly [expr: string, legend: string])[],
  { unit = 'short', about, log = false }: Look & { log?: boolean },
): Tile {
  const scale = log ? { type: 'log', log: 10 } : { type: 'linear' };
  return {
    size: { w: 8, h: 8 },
    panel: {
      ...described('timeseries', title, about),
      targets: targetsOf(lines),
      fieldConfig: {
        defaults: {
          unit,
          ...(log ? {} : { min: 0 }),
          custom: { drawStyle: 'line', fillOpacity: 10, showPoints: 'never', scaleDistribution: scale },
        },
        overrides: [],
      },
      options: {
        legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
        tooltip: { mode: 'multi', sort: 'desc' },
      },
    },
  };
}

/** A board of rows, each with its title, and its tiles from left to right. */
export function board(rows: readonly (readonly [title: string, tiles: readonly Tile[]])[]): Board {
  const panels: Panel[] = [];
  let y = 0;
  for (const [title, tiles] of rows) {
    const head = { id: panels.length + 1, type: 'row', title, collapsed: false, panels: [] };
    panels.push({ ...head, gridPos: { x: 0, y: y++, w: COLUMNS, h: 1 } });
    let x = 0;
    let height = 0;
    for (const { size, panel } of tiles) {
      if (x + size.w > COLUMNS) [x, y, height] = [0, y + height, 0];
      panels.push({ id: panels.length + 1, ...panel, gridPos: { x, y, ...size } });
      x += size.w;
      height = Math.max(height, size.h);
    }
    y += height;
  }
  return {
    uid: 'respool',
    title: 'respool',
    description: 'How delivery goes, and what respool saved. Made by respool init --grafana.',
    tags: ['respool', 'xmpp'],
    schemaVersion: 38,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: '1m',
    time: { from: 'now-6h', to: 'now' },
    timezone: 'browser',
    templating: { list: [DATA_SOURCE, variable('job'), variable('instance')] },
    annotations: { list: [] },
    panels,
  };
}

const DATA_SOURCE = {
  name: 'datasource',
  label: 'Data source',
  type: 'datasource',
  query: 'prometheus',
  refresh: 1,
  hide: 0,
};

/** The respools that there are, by this label; several may be chosen. */
function variable(label: 'job' | 'instance') {
  const which = label === 'job' ? '' : '{job=~"$job"}';
  const query = `label_values(respool_build_info${which}, ${label})`;
  return {
    ...{ name: label, label: label === 'job' ? 'Job' : 'Instance', type: 'query', datasource: SOURCE },
    ...{ definition: query, query: { query, refId: label }, refresh: 2, sort: 1 },
    ...{ multi: true, includeAll: true, allValue: '.+', hide: 0 },
    current: { selected: true, text: ['All'], value: ['$__all'] },
  };
}

function described(type: string, title: string, about: string | undefined) {
  return { type, title, ...(about === undefined ? {} : { description: about }), datasource: SOURCE };
}

function targetsOf(lines: readonly (readonly [expr: string, legend: string])[]): Target[] {
  return lines.map(([expr, legendFormat], at) => {
    return { refId: String.fromCharCode(65 + at), expr, legendFormat, datasource: SOURCE };
  });
}
