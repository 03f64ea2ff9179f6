import { Heartbeat, type HeartbeatSettings } from '../alerts/heartbeat.js';
import { AlertWatch } from '../alerts/watch.js';
import type { Config } from '../config/config.js';
import { Remote } from '../remote/remote.js';
import { Removal } from '../removal/removal.js';
import { type Clock, systemClock } from '../replay/clock.js';
import { Quarantine } from '../replay/quarantine.js';
import { Replay } from '../replay/replay.js';
import type { SpoolClient } from '../spool/client.js';
import { arrivedOf } from '../standby/news.js';
import { Stream } from '../xmpp/stream.js';
import { Streams } from '../xmpp/streams.js';
import type { Wire } from '../xmpp/wire.js';
import type { Connection } from './connection.js';
import { habitsOf } from './settings.js';
import type { Telling } from './standby.js';
import type { Started, Wanted } from './started.js';

/** A replay waits while so many bytes wait for the socket. */
const MOST_BUFFERED = 1 << 20;

export function replayOf(
  { config, log }: Wanted,
  {
    send,
    put,
    stream,
    presence,
    spool,
    tell,
    sleepers,
  }: Pick<Started, 'send' | 'put' | 'stream' | 'presence' | 'spool' | 'sleepers'> & Telling,
): Replay {
  return new Replay({
    domain: config.component.domain,
    ...habitsOf(config),
    ...{ presence, spool, clock: systemClock },
    send,
    put,
    gone: (jid, age) => tell({ is: 'gone', jid: jid.full, age }),
    isClear: () => stream.bufferedBytes < MOST_BUFFERED,
    note: line => log.info(line),
    noteAsleep: line => sleepers.add(line),
  });
}

export function remoteOf(
  { config, log }: Wanted,
  {
    send,
    put,
    presence: { directory },
    spool,
    replay,
    tell,
  }: Pick<Started, 'send' | 'put' | 'presence' | 'spool' | 'replay'> & Telling,
): Remote {
  return new Remote({
    settings: config.remote,
    ...{ directory, spool, clock: systemClock },
    send,
    put,
    arrived: messages => tell({ is: 'arrived', messages: arrivedOf(messages) }),
    neverPing: jid => replay.neverPings(jid),
    note: line => log.info(line),
  });
}

export function removalOf(
  { config, log }: Wanted,
  { send, presence: { directory }, spool }: Pick<Started, 'send' | 'presence' | 'spool'>,
): Removal {
  const { domain } = config.component;
  return new Removal({ domain, directory, spool, clock: systemClock, send, note: line => log.info(line) });
}

export function quarantineOf(
  { log }: Wanted,
  { send, stream, spool }: Pick<Started, 'send' | 'stream' | 'spool'>,
): Quarantine {
  return new Quarantine({
    send,
    confirm: () => stream.confirm(),
    refuse: (id, reason) => spool.tell({ do: 'refuse', id, reason, at: systemClock.date() }),
    note: line => log.warn(line),
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

/** What says whether all is well. */
interface HeartbeatSigns {
  spool: Pick<SpoolClient, 'failure'>;
  connection: Pick<Connection, 'trouble'>;
  alerts: Pick<AlertWatch, 'crossed'>;
}

export function heartbeatOf(
  { log }: Pick<Wanted, 'log'>,
  settings: HeartbeatSettings,
  { spool, connection, alerts }: HeartbeatSigns,
  clock: Clock = systemClock,
): Heartbeat {
  const trouble = () => connection.trouble ?? spool.failure ?? [...alerts.crossed.keys()][0] ?? null;
  return new Heartbeat({ ...settings, trouble, clock, log });
}

/** One stream, or one to each node of a cluster. */
export function wireOf({ nodes, ...component }: Config['component'], isBehind: () => boolean): Wire {
  const options = { ...component, isBehind };
  return nodes.length === 1 ? new Stream(options) : new Streams(nodes, options);
}
