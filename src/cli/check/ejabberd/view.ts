import { parseJid } from '../../../xmpp/jid.js';
import { asMap, joined, mapTexts, type Yaml, type YamlMap } from './yaml.js';

/** What of ejabberd.yml holds for one vhost. */
export class VhostView {
  readonly #options: YamlMap;

  constructor(
    readonly name: string,
    options: YamlMap,
  ) {
    const ours = new Map(options);
    for (const [option, value] of sectionOf(options, 'host_config', name)) ours.set(option, value);
    for (const [option, value] of sectionOf(options, 'append_host_config', name)) {
      ours.set(option, joined(ours.get(option), value));
    }
    const replaced = mapTexts(ours, text => text.replaceAll('@HOST@', name));
    this.#options = replaced as YamlMap;
  }

  option(name: string): Yaml | undefined {
    return this.#options.get(name);
  }

  /** A module's options, undefined where it is not on. */
  module(name: string): YamlMap | undefined {
    const modules = asMap(this.#options.get('modules'));
    return modules.has(name) ? asMap(modules.get(name)) : undefined;
  }

  /** Where a module keeps its data. */
  database(module: string): string {
    return String(this.module(module)?.get('db_type') ?? this.option('default_db') ?? 'mnesia');
  }
}

export interface Listener {
  module: string;
  port: number | string;
  options: YamlMap;
}

export function listenersOf(options: YamlMap): Listener[] {
  const listen = options.get('listen');
  return (Array.isArray(listen) ? listen : []).map(one => {
    const given = asMap(one);
    const port = given.get('port');
    return {
      module: String(given.get('module') ?? ''),
      port: typeof port === 'number' ? port : /^\d+$/.test(String(port)) ? Number(port) : String(port ?? ''),
      options: given,
    };
  });
}

/** The vhosts in normal form. */
export function vhostsOf(options: YamlMap): string[] {
  const hosts = options.get('hosts');
  return (Array.isArray(hosts) ? hosts : []).map(name => normalName(String(name)));
}

export function normalName(name: string): string {
  return parseJid(name)?.domain ?? name;
}

export function isTrue(value: Yaml | undefined): boolean {
  return value === true || /^(true|on|yes)$/.test(String(value));
}

export function isFalse(value: Yaml | undefined): boolean {
  return value === false || /^(false|off|no)$/.test(String(value));
}

const UNITS: readonly [unit: RegExp, seconds: number][] = [
  [/^(ms|msecs?|millisecs?|milliseconds?)$/, 0.001],
  [/^(|s|secs?|seconds?)$/, 1],
  [/^(m|mins?|minutes?)$/, 60],
  [/^(h|hours?)$/, 3_600],
  [/^(d|days?)$/, 86_400],
];

/** A time-out in seconds, as ejabberd reads `300`, `5 min` or `infinity`; undefined where it is none of these. */
export function secondsOf(value: Yaml): number | undefined {
  if (/^(infinity|infinite|unlimited)$/.test(String(value))) return Number.POSITIVE_INFINITY;
  const [, number, unit = ''] = /^(\d+)\s*([a-z]*)$/.exec(String(value)) ?? [];
  const factor = UNITS.find(([name]) => name.test(unit))?.[1];
  return number === undefined || factor === undefined ? undefined : Number(number) * factor;
}

function sectionOf(options: YamlMap, section: string, vhost: string): YamlMap {
  for (const [name, value] of asMap(options.get(section)))
    if (normalName(name) === vhost) return asMap(value);
  return new Map();
}
