import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { cause } from './cause.js';
import type { Config } from './config.js';
import { ConfigDocument } from './document.js';
import { applyEnvironment } from './environment.js';
import { describeIssue } from './issue.js';
import { ConfigError, type Problem } from './problem.js';
import { KEYS } from './schema.js';
import { findSecret, isReadableByOthers } from './secret.js';
import { readSettings, type Settings } from './settings.js';

export interface Loaded {
  config: Config;
  /** What is not wrong but unwise; for the operator. */
  warnings: string[];
  /** What each key says, by its full name, to tell one reading of the file from another. */
  values: ReadonlyMap<string, unknown>;
}

/** What the commands that only read the spool need: they work without the secret. */
export type ReadingConfig = Common & { domain: string };

type Common = Omit<Config, 'component'>;

/**
 * Reads the config file and the secret.
 * @throws ConfigError with all that is wrong
 */
export function loadConfig(file: string, env: NodeJS.ProcessEnv = process.env): Loaded {
  const document = open(file);
  const misspelt = applyEnvironment(document, env);
  const { settings, problems } = check(document);
  const found = findSecret(document, dirname(file), env);
  const { secret } = found;
  const warnings = [...misspelt, ...found.warnings];
  if (problems.length + found.problems.length > 0) {
    throw new ConfigError(file, [...problems, ...found.problems].sort(byPlace));
  }
  if (document.valueAt(['component', 'secret']) !== undefined && isOpenToOthers(file)) {
    warnings.push(`${file} holds the secret and others can read it: chmod 600 ${file}`);
  }
  const { host: nodes, port, domain } = settings.component;
  const [host = ''] = nodes;
  const config = { ...common(file, settings), component: { host, nodes, port, domain, secret } };
  return {
    config,
    warnings,
    values: new Map(valuesOf({ ...settings, component: { ...settings.component, secret } })),
  };
}

/**
 * Reads the config file but not the secret.
 * @throws ConfigError with all that is wrong
 */
export function loadForReading(file: string, env: NodeJS.ProcessEnv = process.env): ReadingConfig {
  const document = open(file);
  applyEnvironment(document, env);
  const { settings, problems } = check(document);
  if (problems.length > 0) throw new ConfigError(file, problems.sort(byPlace));
  return { ...common(file, settings), domain: settings.component.domain };
}

/** Keys without which it is not known whose spool is meant. */
const NEEDED: readonly string[] = ['component.domain', 'spool', 'spool.path'];

/**
 * Reads the config file as far as it is right, for commands that change nothing: while it is being edited a daemon may run
 * by what it was before. A key whose value is wrong counts as absent.
 * @returns the config, and what is wrong in the file, in words
 * @throws ConfigError where it cannot be read, or is wrong where it says whose spool is meant
 */
export function loadAsFarAsRight(
  file: string,
  env: NodeJS.ProcessEnv = process.env,
): { config: ReadingConfig; wrong: string[] } {
  const document = open(file);
  applyEnvironment(document, env);
  const { settings, problems } = check(document);
  const { domain } = settings.component;
  const failure = new ConfigError(file, problems.sort(byPlace));
  if (domain === undefined || problems.some(({ key }) => NEEDED.includes(key))) throw failure;
  const wrong = problems.length === 0 ? [] : failure.message.split('\n');
  return { config: { ...common(file, settings), domain }, wrong };
}

const MIB = 1 << 20;

function open(file: string): ConfigDocument {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const remedy = isMissing
      ? 'respool init --domain DOMAIN writes one; or name another one with -c FILE'
      : 'run this as root, or as the user that runs respool; or name another one with -c FILE';
    const what = `cannot be read (${cause(error)}); ${remedy}`;
    throw new ConfigError(file, [{ line: null, column: null, key: '', what }]);
  }
  const document = new ConfigDocument(text);
  const [first] = document.syntaxErrors; // the others mostly follow from it
  if (first === undefined) return document;
  const remedy = "look at this line and the one above it for a missing ':', a quote or another indentation";
  throw new ConfigError(file, [{ ...first, key: '', what: `not YAML: ${first.what}; ${remedy}` }]);
}

/** The settings, which are right where there is no problem. */
function check(document: ConfigDocument): { settings: Settings; problems: Problem[] } {
  const { settings, issues } = readSettings(document.value() ?? {});
  const problems = issues.flatMap(issue => describeIssue(issue, document));
  if (problems.length > 0) return { settings, problems };
  const { hosts, component } = settings;
  const at = (path: string[], what: string) =>
    problems.push({ ...document.originOf(path), key: path.join('.'), what });
  if (hosts?.has(component.domain)) {
    at(['hosts'], `${component.domain} is the component itself; name the vhosts of ejabberd that it serves`);
  }
  if (settings.standby.peer === component.domain) {
    at(['standby', 'peer'], `${component.domain} is this respool itself; name the other one`);
  }
  if (hosts === undefined && !component.domain.includes('.')) {
    at(['component', 'domain'], 'has no first label to leave out; name the vhosts served with hosts: [...]');
  }
  return { settings, problems };
}

function common(file: string, settings: Settings): Common {
  const { component, spool, replay, devices, rooms, remote, alerts, log, standby, history, http } = settings;
  const parent = component.domain.slice(component.domain.indexOf('.') + 1);
  return {
    file,
    hosts: settings.hosts ?? new Set([parent]),
    admins: settings.admins ?? new Set(),
    contact: settings.contact ?? new Set([...(settings.admins ?? [])].map(admin => `xmpp:${admin}`)),
    spool: {
      path: resolve(dirname(file), spool.path),
      maxAge: spool.max_age,
      maxPerAccount: spool.max_per_account,
      maxPerSender: spool.max_per_sender ?? Math.max(100, Math.floor(spool.max_per_account / 4)),
      maxSizePerAccount: spool.max_size_per_account ?? Math.max(MIB, Math.floor(spool.max_size / 16)),
      maxSize: spool.max_size,
    },
    replay: {
      settle: replay.settle,
      proofAfter: replay.proof_after,
      proofTimeout: replay.proof_timeout,
      chunk: replay.chunk,
    },
    devices: {
      sync: devices.sync,
      forgetAfter: devices.forget_after,
      maxPerAccount: devices.max_per_account,
      neverPing: devices.never_ping ?? new Set(),
    },
    remote: {
      retry: remote.retry,
      maxAge: remote.max_age,
      retryUnknown: remote.retry_unknown,
      minWait: remote.min_wait,
      maxWait: remote.max_wait,
    },
    rooms: { replay: rooms.replay, maxAge: rooms.max_age, maxPerRoom: rooms.max_per_room },
    alerts: {
      thresholds: {
        pending: alerts.pending,
        oldest: alerts.oldest,
        success_rate: alerts.success_rate,
        disk_free: alerts.disk_free,
        disconnected_for: alerts.disconnected_for,
      },
      to: [...(alerts.to ?? [])],
      command: alerts.command ?? null,
      heartbeat: alerts.heartbeat ?? null,
    },
    log: { level: log.level, format: log.format },
    standby: { peer: standby.peer ?? null },
    history: history === null ? null : { keep: history.keep, maxSize: history.max_size },
    http: http === null ? null : { ...http.listen, names: http.names },
  };
}

/** The values by the full names of their keys; a section that is turned off has none. */
function* valuesOf(settings: Settings): Generator<[string, unknown]> {
  for (const key of KEYS.keys()) {
    const [section = '', name] = key.split('.');
    const value = (settings as Record<string, unknown>)[section];
    yield [key, name === undefined ? value : (value as Record<string, unknown> | null)?.[name]];
  }
}

function isOpenToOthers(file: string): boolean {
  return isReadableByOthers(statSync(file));
}

function byPlace(a: Problem, b: Problem): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}
