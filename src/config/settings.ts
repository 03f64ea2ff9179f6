import { isSection } from './document.js';
import { Key } from './key.js';
import { SCHEMA, SWITCHES } from './schema.js';

type Section = { readonly [name: string]: Key<unknown> | Section };
type Values<Shape> = { [Name in keyof Shape]: Shape[Name] extends Key<infer T> ? T : Values<Shape[Name]> };
type All = Values<typeof SCHEMA>;

type Switch = (typeof SWITCHES)[number];

/** The config file, as an object of the same form with its values read; a section that is off is null. */
export type Settings = { [Name in keyof All]: Name extends Switch ? All[Name] | null : All[Name] };

type Path = readonly string[];

/** What is wrong at a path: names there that the schema does not have, or else the value. */
export interface Issue {
  path: Path;
  unknown?: readonly string[];
}

/**
 * Reads the values of the config file. It is not zod that does it: every command reads the config, and has to be there
 * before zod would be loaded.
 * @returns the settings; what an issue is of counts as absent, so that they are whole where no required key is missing
 */
export function readSettings(file: unknown): { settings: Settings; issues: Issue[] } {
  const issues: Issue[] = [];
  return { settings: readSection(file, SCHEMA, [], issues) as Settings, issues };
}

function readSection(values: unknown, shape: Section, path: Path, issues: Issue[]): Record<string, unknown> {
  if (!isSection(values)) {
    issues.push({ path });
    return {};
  }
  const unknown = Object.keys(values).filter(name => !Object.hasOwn(shape, name));
  if (unknown.length > 0) issues.push({ path, unknown });
  const read = Object.entries(shape).map(([name, entry]) => [
    name,
    readEntry(values[name], entry, [...path, name], issues),
  ]);
  return Object.fromEntries(read);
}

function readEntry(value: unknown, entry: Key<unknown> | Section, path: Path, issues: Issue[]): unknown {
  if (entry instanceof Key) return readKey(value, entry, path, issues);
  const mayBeOff = (SWITCHES as readonly string[]).includes(path[0] ?? '');
  const isOff = mayBeOff && (value === null || value === false);
  return isOff ? null : readSection(value ?? {}, entry, path, issues);
}

function readKey(value: unknown, { kind, fallback, required }: Key<unknown>, path: Path, issues: Issue[]) {
  if (value === undefined && fallback === null && !required) return undefined;
  const read = kind.read(value === undefined ? fallback : value);
  if (read !== undefined) return read;
  issues.push({ path });
  return fallback === null ? undefined : kind.read(fallback);
}
