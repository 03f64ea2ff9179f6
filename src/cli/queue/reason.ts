import type { Standing } from '../../control/requests.js';
import type { DeviceRow } from '../../spool/device-rows.js';
import type { Pending } from '../../spool/pendings.js';
import { duration, moment, printable } from '../format.js';

/** Why something is still pending: a word for scripts, and a sentence. */
export interface Reason {
  reason:
    | 'on-hold'
    | 'expired'
    | 'other-server'
    | 'blocked'
    | 'daemon-not-running'
    | 'not-connected'
    | 'not-online'
    | 'no-presence'
    | 'negative-priority'
    | 'not-in-room'
    | 'no-answer'
    | 'awaits-proof'
    | 'settling'
    | 'replaying'
    | 'next-check';
  why: string;
}

type Session = Standing['sessions'][number];

export interface Circumstances {
  /** The devices of the account. */
  devices: readonly DeviceRow[];
  /** The room that a device has to be in. */
  room: string | null;
  /** The other server that it is for. */
  domain: string | null;
  /** Its sender is blocked until then, in ms. */
  blockedUntil: number;
  /** What the daemon says; null: it is not running. */
  standing: Standing | null;
  now: number;
}

/** Says why something is still pending, from what is known about the device it is owed to. */
export function reasonOf(
  pending: Pending,
  { devices, room, domain, blockedUntil, standing, now }: Circumstances,
): Reason {
  if (pending.onHold)
    return {
      reason: 'on-hold',
      why: 'it is on hold; respool queue hold lists by whom, queue release ends it',
    };
  if (pending.expiresAt <= now)
    return { reason: 'expired', why: 'its time is over; it goes with the next sweep' };
  if (blockedUntil > now) return { reason: 'blocked', why: 'its recipient has blocked its sender' };
  if (standing === null) return { reason: 'daemon-not-running', why: 'the daemon is not running' };
  if (!standing.connected) return { reason: 'not-connected', why: 'the daemon is not connected to ejabberd' };
  if (domain !== null) {
    const why = `${printable(domain)} did not take it; it is sent again from time to time, while its writer is online`;
    return { reason: 'other-server', why };
  }
  const { resource } = pending;
  const sessions = standing.sessions.filter(one => resource === null || one.resource === resource);
  const [likeliest] = sessions.map(session => ofSession(session, room, now)).sort((a, b) => a.rank - b.rank);
  if (likeliest !== undefined) return likeliest.reason;
  return notOnline(pending, resource === null ? devices : devices.filter(one => one.resource === resource));
}

function notOnline({ resource, receivedAt }: Pending, devices: readonly DeviceRow[]): Reason {
  const lastSeen = Math.max(0, ...devices.map(device => device.lastSeen));
  const who = resource === null ? 'no device of the account' : 'the device';
  const not = resource === null ? '' : ' not';
  const say = (why: string): Reason => ({ reason: 'not-online', why });
  if (lastSeen === 0) return say(`${who} was${not} ever seen`);
  if (lastSeen < receivedAt)
    return say(`${who} has${not} been online since it came; last seen ${moment(lastSeen)}`);
  const then = moment(lastSeen);
  if (resource === null)
    return say(`${who} is online; the last one was until ${then}, and none has proved this message`);
  return say(`${who} is not online; it was until ${then}, and has not proved this message`);
}

/** The lower the rank, the nearer to its delivery. */
function ofSession(session: Session, room: string | null, now: number): { rank: number; reason: Reason } {
  const { priority, settlingFor, unansweredFor, held, here, replaying } = session;
  const ranked = (rank: number, reason: Reason['reason'], why: string) => {
    return { rank, reason: { reason, why: `${printable(session.resource)}: ${why}` } };
  };
  const since = (ms: number) => `${moment(now - ms)} (${duration(ms)} ago)`;
  const waits = unansweredFor !== null && unansweredFor > ANSWERS_WITHIN;
  if (waits) return ranked(3, 'no-answer', `its ping is unanswered since ${since(unansweredFor)}`);
  if (held) return ranked(0, 'awaits-proof', 'it was handed over; the proof is on its way');
  if (priority === null) return ranked(5, 'no-presence', 'it has sent no presence yet');
  if (priority < 0)
    return ranked(6, 'negative-priority', `its priority is ${priority}: it wants no messages`);
  if (room !== null && !here) {
    return ranked(4, 'not-in-room', `it is not in ${printable(room)}; it comes after the next join`);
  }
  if (settlingFor !== null) {
    return ranked(
      1,
      'settling',
      `it is left to ejabberd's own delivery since ${since(settlingFor)} (settle)`,
    );
  }
  if (replaying) return ranked(0, 'replaying', 'the replay is under way');
  return ranked(2, 'next-check', 'nothing holds it back: respool queue replay asks at once');
}

/** A client answers a ping in less, in ms. */
const ANSWERS_WITHIN = 2_000;
