import { ControlError } from '../../control/daemon-line.js';
import { onDaemon } from '../../control/reach.js';
import type { StandbyState } from '../../standby/standby.js';
import { duration } from '../format.js';
import { type Finding, findingsOn } from './finding.js';

const { ok, warning, error } = findingsOn('standby');

/** Between the clocks of the two machines, in ms: what a replay says of its time would differ. */
const MOST_APART = 2_000;

/**
 * How does this respool stand with the other one?
 * @param peer the other one's domain
 */
export async function checkStandby(spoolPath: string, peer: string): Promise<Finding[]> {
  try {
    const state = await onDaemon(spoolPath, daemon => daemon.ask('standby', {}));
    return state === null ? [notStarted(peer)] : reviewStandby(state, peer);
  } catch (failure) {
    if (!(failure instanceof ControlError)) throw failure;
    return [
      warning(`the running daemon cannot be asked for ${peer} (${failure.message})`, {
        remedy: 'where it is of an older version, restart it',
      }),
    ];
  }
}

/** @param peer the other one's domain */
export function reviewStandby(state: StandbyState, peer: string): Finding[] {
  const { role, other, isFilled, pending, pendingThere, clockAhead } = state;
  if (other.is !== 'there') {
    return [
      error(`this respool ${role}, and ${peer} is not there`, {
        means: 'nobody takes over where this one ends, and what is pending is on this machine alone',
        remedy: `start respool there, or see its log; ejabberd.yml needs a listener of its own for ${peer}`,
      }),
    ];
  }
  const findings = [ok(`this respool ${role}, and ${peer} ${other.role}`)];
  if (!isFilled) {
    findings.push(
      warning(`this respool does not have yet all that ${peer} has`, {
        means: 'where that one ends now, some of it is not replayed until it is back',
        remedy: 'check again in a minute; where it stays so, the log says why',
      }),
    );
  }
  if (pending !== null && pendingThere !== null)
    findings.push(ok(`${pending} pending here, ${pendingThere} there`));
  if (clockAhead !== null && Math.abs(clockAhead) > MOST_APART) {
    findings.push(
      warning(
        `the clock of ${peer} is ${duration(Math.abs(clockAhead))} ${clockAhead > 0 ? 'ahead' : 'behind'}`,
        {
          means: 'stamps and the ends of messages differ between the two',
          remedy: 'have both machines set their clocks by NTP',
        },
      ),
    );
  }
  return findings;
}

function notStarted(peer: string): Finding {
  return warning(`the running daemon was started without standby.peer: ${peer}`, {
    remedy: 'restart it: systemctl restart respool',
  });
}
