import type { Config } from '../config/config.js';
import type { ReplayHabits } from '../replay/options.js';
import type { SpoolLimits } from '../spool/spool.js';
import type { Place } from '../take-over/successor.js';
import { matcherOf } from '../xmpp/jid-pattern.js';

/** Where it works; whoever takes over has to work there too. */
export function placeOf({ component: { nodes, port, domain }, spool }: Config): Place {
  return { host: nodes.join(','), port, domain, spool: spool.path };
}

export function limitsOf({
  spool,
  devices,
  rooms,
  history,
}: Pick<Config, 'spool' | 'devices' | 'rooms' | 'history'>): SpoolLimits {
  const { maxPerAccount, maxPerSender, maxSizePerAccount, maxSize } = spool;
  return { maxPerAccount, maxPerSender, maxSizePerAccount, maxSize, devices, rooms, history };
}

export function habitsOf({ spool, replay, devices, rooms }: Config): ReplayHabits {
  const neverPing = matcherOf(devices.neverPing);
  return { settings: replay, maxAge: spool.maxAge, sync: devices.sync, rooms, neverPing };
}
