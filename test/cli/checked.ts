import assert from 'node:assert/strict';
import type { Finding } from '../../src/cli/check/finding.js';
import { respool } from './process.js';

export interface Checked {
  code: number | null;
  /** `check level`, in order. */
  levels: string[];
  texts: Record<string, string>;
}

/** What `respool check` finds that is of the test: not of DNS and systemd on this machine. */
export async function checkOf(config: string, ...args: string[]): Promise<Checked> {
  const { code, stdout, stderr } = await respool([
    'check',
    '--json',
    '--no-ejabberd',
    '--wait',
    '50ms',
    ...args,
    '-c',
    config,
  ]);
  assert.equal(stderr, '');
  const all: Finding[] = JSON.parse(stdout);
  assert.ok(all.some(({ check }) => check === 'dns') || code === 2);
  const findings = all.filter(({ check }) => check !== 'dns' && check !== 'unit');
  return {
    code,
    levels: findings.map(({ check, level }) => `${check} ${level}`),
    texts: Object.fromEntries(
      findings.map(({ check, level, text, means, remedy }) => [
        `${check} ${level}`,
        [text, means, remedy].filter(part => part !== undefined).join('; '),
      ]),
    ),
  };
}
