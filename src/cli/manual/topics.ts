import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MANUAL } from '../paths.js';

const ENDING = '.md';

/** What `respool help` can explain: the names of the files of the manual. */
export function topicNames(): string[] {
  return readdirSync(MANUAL)
    .filter(name => name.endsWith(ENDING))
    .map(name => name.slice(0, -ENDING.length))
    .sort();
}

/** @returns the Markdown of a topic */
export function topicText(name: string): string {
  return readFileSync(join(MANUAL, name + ENDING), 'utf8');
}

/** @returns by each topic what it is about: its first line is `# NAME: WHAT` */
export function topics(): ReadonlyMap<string, string> {
  return new Map(
    topicNames().map(name => [name, /^# \w+: (.+)/.exec(topicText(name))?.[1]?.replaceAll('`', '') ?? name]),
  );
}
