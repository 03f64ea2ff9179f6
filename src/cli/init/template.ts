import { stringify } from 'yaml';
import { isLive } from '../../config/changes.js';
import { briefly, type KeyDoc } from '../../config/key.js';
import { KEYS, SWITCHES } from '../../config/schema.js';
import { wrap } from '../wrap.js';

const WIDTH = 100;

/** What a new config says; every other key is in it as a comment. By the full names of the keys. */
export interface Choices {
  set: ReadonlyMap<string, unknown>;
  /** Defaults that follow from what is set. */
  derived: ReadonlyMap<string, unknown>;
}

/**
 * Writes a config with every key that there is: what is chosen, and all else as a commented default with its
 * explanation. `## ` begins an explanation, `# ` a key: without that it is set to what it is anyway.
 */
export function configText(choices: Choices): string {
  const lines = [
    '## The config of respool. What is commented out is the default. Durations and sizes need their unit:',
    '## 2s, 14d, 4GiB. After a change: respool check, then SIGHUP (systemctl reload respool) for the keys',
    '## marked with *, a restart for the others.',
  ];
  let section = '';
  for (const [key, doc] of KEYS) {
    const [first = '', name] = key.split('.');
    if (first !== section) {
      section = first;
      lines.push('');
      if (name !== undefined) lines.push(`${section}:`);
    }
    const indent = name === undefined ? '' : '  ';
    for (const line of [...explanation(key, doc), ...setting(key, name ?? first, doc, choices)]) {
      lines.push(indent + line);
    }
  }
  return `${lines.join('\n')}\n`;
}

function explanation(key: string, doc: KeyDoc): string[] {
  const mark = isLive(key) ? '* ' : '';
  return wrap(`${mark}${doc.meaning}: ${briefly(doc)}`.replaceAll('`', ''), WIDTH).map(line => `## ${line}`);
}

function setting(key: string, name: string, { fallback }: KeyDoc, { set, derived }: Choices): string[] {
  if (set.has(key)) return [pair(name, set.get(key))];
  const value = fallback ?? derived.get(key);
  if (value === undefined || value === null) return [`## ${name}: …`];
  return [emptyTurnsOff(key) ? pair(name, value) : `# ${pair(name, value)}`];
}

/** Of a section that is off where it is empty, a key has to stand there. */
function emptyTurnsOff(key: string): boolean {
  const [section = '', name] = key.split('.');
  return (SWITCHES as readonly string[]).includes(section) && name !== undefined;
}

function pair(name: string, value: unknown): string {
  return `${name}: ${stringify(value, { collectionStyle: 'flow', flowCollectionPadding: false }).trimEnd()}`;
}
