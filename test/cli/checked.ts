import assert from 'node:assert/strict';
import type { Finding } from '../../src/cli/check/finding.js';
import { respool } from './process.js';

/** What `respool check` finds that is of a test. */
export interface Findings {
  /** `check level`, in order. */
  levels: string[];
  texts: Record<string, string>;
}

export interface Checked extends Findings {
  code: number | null;
}

/** Its options: without what lies on this machine. */
export const CHECK = ['check', '--json', '--no-ejabberd', '--wait', '50ms'] as const;

/** Checks a config, in this process. */
export async function checkOf(config: string, ...args: string[]): Promise<Checked> {
  const { code, stdout, stderr } = await respool([...CHECK, ...args, '-c', config]);
  assert.equal(stderr, '');
  const all: Finding[] = JSON.parse(stdout);
  assert.ok(all.some(({ check }) => check === 'dns') || code === 2);
  return { code, ...relevant(all) };
}

/** All but what DNS and systemd say on this machine. */
export function relevant(all: readonly Finding[]): Findings {
  const findings = all.filter(({ check }) => check !== 'dns' && check !== 'unit');
  return {
    levels: findings.map(({ check, level }) => `${check} ${level}`),
    texts: Object.fromEntries(
      findings.map(({ check, level, text, means, remedy }) => [
        `${check} ${level}`,
        [text, means, remedy].filter(part => part !== undefined).join('; '),
      ]),
    ),
  };
}
