import { readFileSync } from 'node:fs';

/**
 * @param file as group(5) describes it
 * @returns the number of a group of this machine; undefined where there is none of this name
 */
export function groupId(name: string, file = '/etc/group'): number | undefined {
  const groups = readFileSync(file, 'utf8').split('\n');
  const id = groups.map(line => line.split(':')).find(([one]) => one === name)?.[2];
  return id !== undefined && /^\d+$/.test(id) ? Number(id) : undefined;
}
