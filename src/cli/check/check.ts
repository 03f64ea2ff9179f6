import { loadConfig } from '../../config/load.js';
import { ConfigError } from '../../config/problem.js';
import type { Output } from '../output.js';
import { checkAlerts } from './alerts.js';
import { checkDaemon } from './daemon.js';
import { type Finding, findingsOn } from './finding.js';
import { checkSpool } from './spool.js';
import { checkWire } from './wire.js';

export interface CheckQuestion {
  file: string;
  /** How long to wait for a copy, in ms. */
  wait: number;
  json: boolean;
}

/**
 * Looks at all that respool needs, and prints a line for each finding as it is made.
 * @returns the exit code: 0, 1 where something is an error, 2 where the config is
 */
export async function check({ file, wait, json }: CheckQuestion, out: Output): Promise<number> {
  const findings: Finding[] = [];
  for await (const finding of look(file, wait)) {
    findings.push(finding);
    if (!json) await out.line(`${finding.level.padEnd(7)}  ${finding.check.padEnd(10)}  ${finding.text}`);
  }
  if (json) await out.line(JSON.stringify(findings, null, 2));
  const errors = findings.filter(({ level }) => level === 'error');
  if (errors.length === 0) return 0;
  return errors.some(({ check }) => check === 'config') ? 2 : 1;
}

async function* look(file: string, wait: number): AsyncGenerator<Finding> {
  const { ok, warning, error } = findingsOn('config');
  let loaded: ReturnType<typeof loadConfig>;
  try {
    loaded = loadConfig(file);
  } catch (failure) {
    if (!(failure instanceof ConfigError)) throw failure;
    yield* failure.message.split('\n').map(error);
    return;
  }
  const { config, warnings } = loaded;
  yield ok(`${file} is right; serving ${[...config.hosts].join(', ')}`);
  yield* warnings.map(warning);
  const { findings, running } = await checkSpool(config);
  yield* findings;
  if (running !== null) yield* checkDaemon(config, running, Date.now());
  else yield* checkWire(config, wait);
  yield* checkAlerts(config, running, Date.now());
}
