import type { ConfigDocument } from './document.js';
import { nearest } from './nearest.js';
import type { Problem } from './problem.js';
import { KEYS } from './schema.js';
import type { Issue } from './settings.js';

const LONGEST_SHOWN = 60;
/** What may be in these is not shown: a URL may have a token in it. */
const SECRET = new Set(['component.secret', 'alerts.heartbeat']);

/** Says what is wrong in words that an operator can act on. */
export function describeIssue({ path, unknown }: Issue, document: ConfigDocument): Problem[] {
  if (unknown !== undefined) return unknown.map(name => unknownKey(name, path, document));
  const key = path.join('.');
  return [{ ...document.originOf(path), key, what: badValue(key, document.valueAt(path)) }];
}

function badValue(key: string, value: unknown): string {
  const known = KEYS.get(key);
  if (known === undefined) {
    const off = key === 'http' ? ', or false to turn it off' : '';
    const section = key === '' ? 'the file' : 'this section';
    return `${show(key, value)} is not allowed; ${section} takes the keys ${siblings(key).join(', ')}${off}`;
  }
  const rule = known.fallback === null ? '' : `; the default is ${JSON.stringify(known.fallback)}`;
  if (value === undefined) return `is missing; set it to ${known.allowed}`;
  if (typeof value === 'number' && known.allowed.endsWith('(text)')) {
    return `a number is not allowed; put it in quotes${rule}`;
  }
  return `${show(key, value)} is not allowed; allowed is ${known.allowed}${rule}`;
}

/** Never shows what may be a secret. */
function show(key: string, value: unknown): string {
  if (value === null) return 'no value';
  if (SECRET.has(key)) return 'this value';
  if (typeof value === 'object') return Array.isArray(value) ? 'this list' : 'a section';
  const shown = JSON.stringify(value) ?? String(value);
  return shown.length > LONGEST_SHOWN ? `${shown.slice(0, LONGEST_SHOWN)}…` : shown;
}

function unknownKey(name: string, path: readonly string[], document: ConfigDocument): Problem {
  const section = path.join('.');
  const here = siblings(section);
  const guess = nearest(name, here) ?? elsewhere(name, section);
  const meant = guess === undefined ? 'remove it.' : `did you mean ${guess}?`;
  return {
    ...document.originOf([...path, name]),
    key: [...path, name].join('.'),
    what: `unknown key; ${meant} Allowed here: ${here.join(', ')}`,
  };
}

/** A key that exists in another section, by its full name. */
function elsewhere(name: string, section: string): string | undefined {
  const full = [...KEYS.keys()].filter(key => key.includes('.'));
  const same = full.find(key => key === name || key.endsWith(`.${name}`));
  const found = same ?? nearest(name, full);
  if (found === undefined) return undefined;
  const [home, key] = found.split('.');
  return home === section ? key : `${key} in the section ${home}`;
}

/** The keys that a section takes, or those of the file ('' is its name). */
function siblings(section: string): string[] {
  const keys = [...KEYS.keys()];
  if (section === '') return [...new Set(keys.map(key => key.split('.')[0] as string))];
  return keys.filter(key => key.startsWith(`${section}.`)).map(key => key.slice(section.length + 1));
}
