import { AlertWatch } from '../alerts/watch.js';
import { Remote } from '../remote/remote.js';
import { systemClock } from '../replay/clock.js';
import { Quarantine } from '../replay/quarantine.js';
import { Replay } from '../replay/replay.js';
import { LastingReader } from '../spool/lasting-reader.js';
import { type Actor, Standby } from '../standby/standby.js';
import { habitsOf } from './settings.js';
import type { Started, Wanted } from './started.js';

/** A replay waits while so many bytes wait for the socket. */
const MOST_BUFFERED = 1 << 20;

export function replayOf(
  { config, log }: Wanted,
  { send, put, stream, presence, spool }: Pick<Started, 'send' | 'put' | 'stream' | 'presence' | 'spool'>,
): Replay {
  return new Replay({
    domain: config.component.domain,
    ...habitsOf(config),
    ...{ presence, spool, clock: systemClock },
    send,
    put,
    isClear: () => stream.bufferedBytes < MOST_BUFFERED,
    note: line => log.info(line),
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
  }: Pick<Started, 'send' | 'put' | 'presence' | 'spool' | 'replay'>,
): Remote {
  return new Remote({
    settings: config.remote,
    ...{ directory, spool, clock: systemClock },
    send,
    put,
    neverPing: jid => replay.neverPings(jid),
    note: line => log.info(line),
  });
}

/** @param actors who do what one of two respools does alone, in the order of the way of a stanza */
export function standbyOf(
  { config, log }: Wanted,
  peer: string,
  {
    stream,
    spool,
    presence,
    replay,
    actors,
  }: Pick<Started, 'stream' | 'spool' | 'presence' | 'replay'> & {
    actors: readonly Actor[];
  },
): Standby {
  const reader = new LastingReader(config.spool.path);
  for (const actor of actors) actor.watch();
  return new Standby({
    clock: systemClock,
    ...{ domain: config.component.domain, peer },
    send: text => stream.send(text),
    spool,
    source: {
      structure: () => reader.use(one => one.structure()),
      queue: () => reader.use(one => one.queue()),
      ids: () => reader.use(one => one.ids()),
      pendingOf: ids => reader.use(one => one.pendingOf(ids)),
      held: async ids => (await spool.ask({ ask: 'held', ids })) ?? [],
      sessions: () => presence.directory.list(systemClock.now()),
    },
    inherit: sessions => replay.inherit(sessions),
    hold: held => replay.hold(held),
    pending: () => pendingIn(reader),
    act: () => {
      for (const actor of actors) actor.act();
    },
    watch: () => {
      for (const actor of actors.toReversed()) actor.watch();
    },
    close: () => reader.close(),
    note: line => log.info(line),
  });
}

/** null: it cannot be read now; the daemon itself says so where the spool does not work. */
function pendingIn(reader: LastingReader): number | null {
  try {
    return reader.use(spool => spool.stats().pending);
  } catch {
    return null;
  }
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
