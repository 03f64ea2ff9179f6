import { loadConfig } from '../../config/load.js';
import { ConfigError } from '../../config/problem.js';
import { actAsOwner } from '../as-owner.js';
import type { Output } from '../output.js';
import { checkAlerts } from './alerts.js';
import { checkDaemon } from './daemon.js';
import { checkEjabberd, findEjabberd, type WhichFile } from './ejabberd/check.js';
import { type Finding, findingsOn } from './finding.js';
import { checkLogin, type LoginQuestion } from './login/check.js';
import { render } from './render.js';
import { checkSpool } from './spool.js';
import { checkUnit } from './unit.js';
import { checkWire } from './wire.js';

export interface CheckQuestion {
  file: string;
  /** How long to wait for a copy, in ms. */
  wait: number;
  ejabberd: WhichFile;
  login: LoginQuestion | undefined;
  json: boolean;
}

/**
 * Looks at all that respool needs, and prints a line for each finding as it is made.
 * @returns the exit code: 0, 1 where something is an error, 2 where the config is
 */
export async function check(question: CheckQuestion, out: Output): Promise<number> {
  const { json } = question;
  const findings: Finding[] = [];
  const { columns } = out;
  const look = { columns, colour: columns !== undefined && !process.env.NO_COLOR };
  for await (const finding of lookAtAll(question)) {
    findings.push(finding);
    if (!json) await out.line(render(finding, look));
  }
  if (json) await out.line(JSON.stringify(findings, null, 2));
  const errors = findings.filter(({ level }) => level === 'error');
  if (errors.length === 0) return 0;
  return errors.some(({ check }) => check === 'config') ? 2 : 1;
}

async function* lookAtAll({ file, wait, ejabberd, login }: CheckQuestion): AsyncGenerator<Finding> {
  const { ok, warning, error } = findingsOn('config');
  let loaded: ReturnType<typeof loadConfig>;
  try {
    loaded = loadConfig(file);
  } catch (failure) {
    if (!(failure instanceof ConfigError)) throw failure;
    yield* failure.message.split('\n').map(line => error(line));
    return;
  }
  const { config, warnings } = loaded;
  const ejabberdFile = findEjabberd(ejabberd);
  actAsOwner(config.spool.path);
  yield ok(`${file} is right; serving ${[...config.hosts].join(', ')}`);
  yield* warnings.map(line => warning(line));
  const { findings, running } = await checkSpool(config);
  yield* findings;
  let connected = false;
  for await (const finding of running !== null
    ? checkDaemon(config, running, Date.now())
    : checkWire(config, wait)) {
    connected ||= finding.check === 'connection' && finding.level === 'ok';
    yield finding;
  }
  yield* checkAlerts(config, running, Date.now());
  yield* checkUnit();
  yield* checkEjabberd(config, ejabberdFile, connected);
  if (login !== undefined) yield* checkLogin(config, login, running !== null);
}
