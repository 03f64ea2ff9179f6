import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { isLive } from '../../config/changes.js';
import type { Config } from '../../config/config.js';
import { fingerprints } from '../../config/fingerprints.js';
import type { Loaded } from '../../config/load.js';
import { ControlError } from '../../control/daemon-line.js';
import { onDaemon } from '../../control/reach.js';
import { within } from '../../control/within.js';
import { VERSION } from '../../version.js';
import { describe } from '../../xmpp/describe.js';
import { type Finding, findingsOn } from './finding.js';
import { unreachable } from './wire.js';

/** How long a connection may take, in ms. */
const PATIENCE = 5_000;

export interface Running {
  findings: Finding[];
  /** The keys in which the running daemon differs from the file. */
  differs: readonly string[];
}

/** Has the running daemon the values of the file, and is it of this version? */
export async function compareRunning(
  spoolPath: string,
  file: string,
  values: Loaded['values'],
): Promise<Running> {
  const { ok, skipped, warning } = findingsOn('config');
  const salt = randomBytes(16).toString('hex');
  try {
    return await onDaemon(spoolPath, async daemon => {
      const { pid, version } = await within(PATIENCE, daemon.ask('about', {}), isStuck);
      const theirs = await within(PATIENCE, daemon.ask('settings', { salt }), isStuck);
      const who = `the running daemon (respool ${version}, process ${pid})`;
      const findings: Finding[] = [];
      if (version !== VERSION) {
        findings.push(
          warning(`${who} is not of this version, ${VERSION}`, {
            remedy: 'have it hand over, as its user: respool run --take-over --no-start',
          }),
        );
      }
      if (theirs === null)
        return { findings: [...findings, skipped(`${who} does not tell its config`)], differs: [] };
      const differs = differing(fingerprints(values, salt), theirs);
      findings.push(
        differs.length === 0 ? ok(`${who} has the values of the file`) : otherValues(who, file, differs),
      );
      return { findings, differs };
    });
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    return {
      findings: [
        skipped(`the running daemon does not tell its config (${error.message})`, {
          remedy: 'where it is of an older version, restart it',
        }),
      ],
      differs: [],
    };
  }
}

const isStuck = () => new ControlError(`no answer within ${PATIENCE / 1_000} s`);

/** Keys that only one of the two versions knows are left out. */
function differing(
  ours: Readonly<Record<string, string>>,
  theirs: Readonly<Record<string, string>>,
): string[] {
  return Object.keys(ours).filter(key => theirs[key] !== undefined && theirs[key] !== ours[key]);
}

function otherValues(who: string, file: string, differs: readonly string[]): Finding {
  const { warning } = findingsOn('config');
  const [live, restart] = [differs.filter(isLive), differs.filter(key => !isLive(key))];
  const remedies = [
    ...(live.length > 0 ? [`systemctl reload respool has it take over ${live.join(', ')}`] : []),
    ...(restart.length > 0 ? [`systemctl restart respool has it take over ${restart.join(', ')}`] : []),
    "do nothing if only the daemon's environment (/etc/default/respool) sets them, and not that of this check",
  ];
  return warning(`${who} has other values than ${file}: ${differs.join(', ')}`, {
    means:
      'the lines below about the daemon are for the values that it has; the values of the file hold after a reload or restart',
    remedy: remedies.join('; '),
  });
}

/**
 * Tests what the file says of the connection and the running daemon does not have. The secret cannot be: a second
 * connection under one name would take copies from the first.
 */
export async function checkOtherComponent(
  { component }: Pick<Config, 'component'>,
  differs: readonly string[],
): Promise<Finding[]> {
  const { ok, skipped } = findingsOn('connection');
  const findings: Finding[] = [];
  if (differs.includes('component.host') || differs.includes('component.port')) {
    const { nodes, port } = component;
    const reached = nodes.map(async host => {
      const at = `${host}:${port}`;
      const failure = await reach(host, port);
      return failure === null ? ok(`somebody listens on ${at}, as the file says`) : unreachable(failure, at);
    });
    findings.push(...(await Promise.all(reached)));
  }
  if (differs.includes('component.secret')) {
    findings.push(
      skipped('the secret of the file was not tested: a test would take copies from the running daemon', {
        remedy: 'compare it with ejabberd.yml; after systemctl restart respool, check again',
      }),
    );
  }
  return findings;
}

async function reach(host: string, port: number): Promise<string | null> {
  const socket = connect({ host, port });
  socket.setTimeout(PATIENCE, () => socket.destroy(new Error(`no answer within ${PATIENCE / 1_000} s`)));
  try {
    await once(socket, 'connect');
    return null;
  } catch (error) {
    return describe(error);
  } finally {
    socket.destroy();
  }
}
