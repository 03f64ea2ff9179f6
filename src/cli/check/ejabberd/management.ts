import { BEGINS_WITH, LEAST, MOST } from '../../../replay/window.js';
import { duration } from '../../format.js';
import { type Finding, findingsOn } from '../finding.js';
import { isFalse, isTrue, secondsOf, type VhostView } from './view.js';
import type { Yaml, YamlMap } from './yaml.js';

const { ok, warning } = findingsOn('ejabberd');

/** In seconds. */
const DEFAULT_RESUME = 300;
const LONG_RESUME = 600;
/** So many stanzas wait for acknowledgement before ejabberd ends a session, unless it is told otherwise. */
const DEFAULT_ACK_QUEUE = 5_000;

/** What mod_stream_mgmt (XEP-0198) of a vhost does with what a session has not acknowledged. */
export function management(vhost: VhostView): Finding[] {
  const options = vhost.module('mod_stream_mgmt');
  if (options === undefined) {
    return [
      warning('mod_stream_mgmt is off', {
        means:
          'what is sent into a connection that has died is lost without a word; respool notices by its pings',
        remedy: 'under modules: mod_stream_mgmt: {resend_on_timeout: if_offline}',
      }),
    ];
  }
  const resume = secondsOf(options.get('resume_timeout') ?? DEFAULT_RESUME) ?? DEFAULT_RESUME;
  const kept = resume === Number.POSITIVE_INFINITY ? 'for ever' : `for ${duration(resume * 1_000)}`;
  const resend = options.get('resend_on_timeout') ?? false;
  const found = [...deadSessions(resume, kept), ...resending(resend, resume), ...ackQueue(options)];
  if (found.length > 0) return found;
  return [ok(`mod_stream_mgmt keeps dead sessions ${kept} and sends their messages again (${resend})`)];
}

function deadSessions(resume: number, kept: string): Finding[] {
  if (resume <= LONG_RESUME) return [];
  return [
    warning(`mod_stream_mgmt keeps dead sessions ${kept} (resume_timeout)`, {
      means:
        'all that time messages for the user go to the dead session, and ejabberd takes them for delivered',
      remedy: `resume_timeout: ${DEFAULT_RESUME} or less`,
    }),
  ];
}

function resending(resend: Yaml, resume: number): Finding[] {
  if (isFalse(resend)) {
    return [
      warning('mod_stream_mgmt does not send again what a dead session had (resend_on_timeout)', {
        means: `senders get an error when the session is given up, ${resume === 0 ? 'at once' : `after ${duration(resume * 1_000)}`}, though respool delivers the message later`,
        remedy:
          'resend_on_timeout: if_offline; then the sender gets no error where the user has no other session (ejabberd puts the message into his offline queue), and the same error as now where he has one',
      }),
    ];
  }
  if (!isTrue(resend)) return [];
  return [
    warning('mod_stream_mgmt sends what a dead session had to other devices too (resend_on_timeout)', {
      means: 'a device that has had a message gets it twice where the line of another one breaks',
      remedy:
        'resend_on_timeout: if_offline; then that does not happen, and the sender gets an error where the user has another session, though respool delivers the message later',
    }),
  ];
}

function ackQueue(options: YamlMap): Finding[] {
  const given = String(options.get('max_ack_queue') ?? DEFAULT_ACK_QUEUE);
  const most = /^\d+$/.test(given) ? Number(given) : Number.POSITIVE_INFINITY;
  if (most > MOST) return [];
  const learns =
    most > LEAST
      ? `respool begins a replay with ${BEGINS_WITH} and learns what a device takes, but it cannot slow down what else comes at once (an offline queue, the history of a room)`
      : `a replay sends at least ${LEAST}, which is already too much`;
  return [
    warning(`mod_stream_mgmt ends a session that has ${most} stanzas unacknowledged (max_ack_queue)`, {
      means: `a session that gets more than that at once is ended, and the senders get errors; ${learns}`,
      remedy: `max_ack_queue: ${DEFAULT_ACK_QUEUE}, as by default`,
    }),
  ];
}
