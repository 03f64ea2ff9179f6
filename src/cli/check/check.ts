import { loadConfig } from '../../config/load.js';
import { ConfigError } from '../../config/problem.js';
import { SpoolReader } from '../../spool/spool-reader.js';
import { actAsOwner } from '../as-owner.js';
import type { Output } from '../output.js';
import { checkAlerts } from './alerts.js';
import { countsOf } from './counts.js';
import { checkDaemon, notLookedAt } from './daemon.js';
import { checkDns, whereIs } from './dns.js';
import { checkEjabberd, type FoundFile, findEjabberd, type WhichFile } from './ejabberd/check.js';
import { allowsServer, serverRule } from './ejabberd/s2s.js';
import { VhostView } from './ejabberd/view.js';
import { type Finding, findingsOn } from './finding.js';
import { checkHttp } from './http.js';
import { checkLogin, type LoginQuestion } from './login/check.js';
import { render } from './render.js';
import { checkOtherComponent, compareRunning } from './running.js';
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
 * Looks at all that respool needs, and prints a line for each finding as it is made, and at the end how many there are.
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
  await out.line(json ? JSON.stringify(findings, null, 2) : countsOf(findings));
  const errors = findings.filter(({ level }) => level === 'error');
  if (errors.length === 0) return 0;
  return errors.some(({ check }) => check === 'config') ? 2 : 1;
}

/** The login comes first: what it proves, nothing that follows may deny. */
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
  const { domain } = config.component;
  const whereabouts = whereIs(domain, wait); // it takes its time, beside the rest
  yield ok(`${file} is right; serving ${[...config.hosts].join(', ')}`);
  yield* warnings.map(line => warning(line));
  const { findings, running, isUnknown } = await checkSpool(config);
  yield* findings;
  let proved: string | undefined;
  if (login !== undefined && !isUnknown) {
    proved = login.account.domain;
    for await (const finding of checkLogin(config, login, running !== null)) {
      if (finding.level !== 'ok') proved = undefined;
      yield finding;
    }
  }
  let connected = false;
  let differs: readonly string[] = [];
  const isNew = () => differs.includes('component.domain');
  if (running !== null) {
    const compared = await compareRunning(config.spool.path, file, loaded.values);
    differs = compared.differs;
    yield* compared.findings;
    const now = login === undefined ? running : statsOf(config.spool.path); // the login has changed them
    for await (const finding of checkDaemon(config, now, Date.now())) {
      connected ||= finding.check === 'connection' && finding.level === 'ok';
      yield finding;
    }
    if (!isNew()) yield* await checkOtherComponent(config, differs);
  }
  if (isUnknown) yield notLookedAt();
  else if (running === null || isNew()) {
    for await (const finding of checkWire(config, wait)) {
      connected ||= finding.check === 'connection' && finding.level === 'ok';
      yield finding;
    }
  }
  const isServed = (running !== null || isUnknown) && !differs.includes('http.listen');
  yield* await checkHttp(config.http, isServed);
  yield* checkAlerts(config, running, Date.now());
  yield* checkUnit();
  yield checkDns(domain, await whereabouts, ...otherServers(ejabberdFile, config.hosts, domain));
  yield* checkEjabberd(config, ejabberdFile, { connected, proved });
}

function statsOf(spoolPath: string) {
  const reader = SpoolReader.open(spoolPath);
  try {
    return reader.stats();
  } finally {
    reader.close();
  }
}

/** Does every vhost refuse to look for this name on other servers, and by which access rule; null: it is not known. */
function otherServers(
  found: FoundFile,
  hosts: ReadonlySet<string>,
  domain: string,
): [barred: boolean | null, rule?: string] {
  if (found.is !== 'read') return [null];
  const views = [...hosts].map(name => new VhostView(name, found.file.options));
  const rule = views.map(serverRule).find(name => name !== undefined);
  const barred = views.every(view => !allowsServer(view, domain));
  return rule === undefined ? [barred] : [barred, rule];
}
