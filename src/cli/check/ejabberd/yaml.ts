import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import { cause } from '../../../config/cause.js';

/** A value of ejabberd.yml. A Map, for the order of an object's numeric keys is not that of the file. */
export type Yaml = string | number | boolean | null | Yaml[] | YamlMap;
export type YamlMap = Map<string, Yaml>;
type Entry = [option: string, value: Yaml];

/** The file, or one that it includes, cannot be read as ejabberd would. */
export class EjabberdYamlError extends Error {
  constructor(
    message: string,
    readonly code: string | undefined = undefined,
  ) {
    super(message);
  }
}

export interface EjabberdFile {
  /** The top-level options, with what is included in its place and macros replaced. */
  options: YamlMap;
  /** The file itself and those that it includes, in order. */
  files: string[];
}

/**
 * Reads ejabberd.yml as ejabberd does: files included, equal top-level options joined, macros replaced.
 * @throws EjabberdYamlError whose message quotes nothing of the file
 */
export function readEjabberdYaml(file: string): EjabberdFile {
  const files: string[] = [];
  const entries = read(resolve(file), files, []);
  const macros = new Map<string, Yaml>();
  for (const [option, value] of entries) {
    if (option !== 'define_macro' && option !== 'define_keyword') continue;
    for (const [name, one] of asMap(value)) macros.set(name, one);
  }
  const options: YamlMap = new Map();
  for (const [option, value] of entries) {
    if (option === 'define_macro' || option === 'define_keyword') continue;
    options.set(option, joined(options.get(option), withMacros(value, macros)));
  }
  return { options, files };
}

/** A map as it is, or a list of maps as one: ejabberd takes both for many options. */
export function asMap(value: Yaml | undefined): YamlMap {
  if (value instanceof Map) return value;
  if (!Array.isArray(value)) return new Map();
  return new Map(value.flatMap(one => (one instanceof Map ? [...one] : [])));
}

/** Two values of one option: lists and maps are joined, else the last one holds. */
export function joined(first: Yaml | undefined, second: Yaml): Yaml {
  if (Array.isArray(first) && Array.isArray(second)) return [...first, ...second];
  if (first instanceof Map && second instanceof Map) return new Map([...first, ...second]);
  return second;
}

/** Replaces texts everywhere in a value, keys included. */
export function mapTexts(value: Yaml, change: (text: string) => Yaml): Yaml {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map(one => mapTexts(one, change));
  if (!(value instanceof Map)) return value;
  return new Map([...value].map(([key, one]) => [String(change(key)), mapTexts(one, change)]));
}

function read(file: string, files: string[], within: readonly string[]): Entry[] {
  if (within.includes(file)) throw new EjabberdYamlError(`${file} includes itself`);
  files.push(file);
  return parse(file).flatMap(entry =>
    entry[0] === 'include_config_file' ? included(entry[1], file) : [entry],
  );

  function included(value: Yaml, from: string): Entry[] {
    return includesOf(value).flatMap(([name, rules]) => {
      const [disallow, only] = ['disallow', 'allow_only'].map(rule => listOf(rules.get(rule)));
      const all = read(resolve(dirname(from), name), files, [...within, file]);
      return all.filter(([option]) => (only?.length ? only.includes(option) : !disallow?.includes(option)));
    });
  }
}

function includesOf(value: Yaml): [file: string, rules: YamlMap][] {
  if (typeof value === 'string') return [[value, new Map()]];
  if (Array.isArray(value)) return value.flatMap(includesOf);
  return [...asMap(value)].map(([name, rules]) => [name, asMap(rules)]);
}

function listOf(value: Yaml | undefined): string[] {
  return value === undefined ? [] : (Array.isArray(value) ? value : [value]).map(String);
}

function parse(file: string): Entry[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new EjabberdYamlError(
      `${file} cannot be read (${cause(error)})`,
      (error as NodeJS.ErrnoException).code,
    );
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    const [words = ''] = error.message.split(/[:("'`\\]/); // the rest may quote a password
    throw new EjabberdYamlError(`${file}, line ${line}, column ${col}: not YAML: ${words.trim()}`);
  }
  const { contents } = document;
  if (contents === null) return [];
  if (!isMap(contents)) throw new EjabberdYamlError(`${file}: not a list of options`);
  return contents.items.map(({ key, value }) => {
    const plain: unknown = isNode(value) ? value.toJS(document, { mapAsMap: true }) : value;
    return [isScalar(key) ? String(key.value) : String(key), normal(plain)];
  });
}

function normal(value: unknown): Yaml {
  if (Array.isArray(value)) return value.map(normal);
  if (value instanceof Map) return new Map([...value].map(([key, one]) => [String(key), normal(one)]));
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  return String(value ?? '');
}

/** Macros may be made of macros, but not of themselves. */
function withMacros(value: Yaml, macros: ReadonlyMap<string, Yaml>, depth = 0): Yaml {
  if (macros.size === 0 || depth > macros.size) return value;
  return mapTexts(value, text => {
    const whole = macros.get(text);
    if (whole !== undefined) return withMacros(whole, macros, depth + 1);
    return text.replace(/@(\w+)@/g, (all, name: string) => {
      const part = macros.get(name);
      return part === undefined || part instanceof Map || Array.isArray(part)
        ? all
        : String(withMacros(part, macros, depth + 1));
    });
  });
}
