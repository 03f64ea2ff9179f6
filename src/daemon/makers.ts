import { AlertWatch } from '../alerts/watch.js';
import { Remote } from '../remote/remote.js';
import { systemClock } from '../replay/clock.js';
import { Replay } from '../replay/replay.js';
import type { Started, Wanted } from './daemon.js';
import { habitsOf } from './settings.js';

/** A replay waits while so many bytes wait for the socket. */
const MOST_BUFFERED = 1 << 20;

export function replayOf(
  { config, log }: Wanted,
  { send, stream, sessions, spool }: Pick<Started, 'send' | 'stream' | 'sessions' | 'spool'>,
): Replay {
  return new Replay({
    domain: config.component.domain,
    ...habitsOf(config),
    ...{ sessions, spool, clock: systemClock },
    send,
    isClear: () => stream.bufferedBytes < MOST_BUFFERED,
    note: line => log.info(line),
  });
}

export function remoteOf(
  { config, log }: Wanted,
  { send, sessions, spool, replay }: Pick<Started, 'send' | 'sessions' | 'spool' | 'replay'>,
): Remote {
  return new Remote({
    settings: config.remote,
    ...{ sessions, spool, clock: systemClock },
    send,
    neverPing: jid => replay.neverPings(jid),
    note: line => log.info(line),
  });
}

export function alertsOf(
  { config, log, waits }: Wanted,
  { stream, spool, connection }: Pick<Started, 'stream' | 'spool' | 'connection'>,
): AlertWatch {
  return new AlertWatch({
    settings: config.alerts,
    domain: config.component.domain,
    spoolPath: config.spool.path,
    log,
    disconnectedSince: () => connection.disconnectedSince,
    send: text => stream.send(text),
    keep: values => spool.tell({ do: 'gauge', values }),
    ...waits,
  });
}
