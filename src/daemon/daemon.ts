import type { Config } from '../config/config.js';
import { serveControl } from '../control/control.js';
import { daemonHandlers } from '../control/daemon-handlers.js';
import { controlPath } from '../control/daemon-line.js';
import { Deeds } from '../control/deeds.js';
import type { Live } from '../monitor/live.js';
import type { Log } from '../monitor/log.js';
import { Summed } from '../monitor/summed.js';
import { Presence } from '../presence/presence.js';
import { systemClock } from '../replay/clock.js';
import type { Quarantine } from '../replay/quarantine.js';
import { SpoolClient } from '../spool/client.js';
import { SpoolUnavailableError } from '../spool/open.js';
import type { News } from '../standby/news.js';
import { Early } from '../take-over/early.js';
import type { Successor } from '../take-over/successor.js';
import { Tap } from '../tap/tap.js';
import { VERSION } from '../version.js';
import { Backoff } from '../xmpp/backoff.js';
import { askVhosts } from '../xmpp/vhosts.js';
import { untilItWorks } from './again.js';
import { Connection } from './connection.js';
import { doorOf } from './door-of.js';
import { followSpool } from './follow-spool.js';
import { HandOver, LAST_PROOFS } from './hand-over.js';
import { Intake } from './intake.js';
import { alertsOf, heartbeatOf, quarantineOf, remoteOf, removalOf, replayOf, wireOf } from './makers.js';
import { Parts } from './part.js';
import { releaserOf } from './released.js';
import { habitsOf, limitsOf } from './settings.js';
import { standbyOf } from './standby.js';
import type { Start, Wanted } from './started.js';
import { Sweeper } from './sweeper.js';
import { Vitals } from './vitals.js';

export interface Daemon {
  /**
   * Ends it with everything committed.
   * @param patience so long, in ms, is tried again what the spool cannot write
   */
  stop(patience?: number): Promise<void>;
  /** Resolves when it cannot go on, with the reason. */
  readonly failed: Promise<Error>;
  /** Resolves when another process has the stream, and waits for the spool. */
  readonly handedOver: Promise<Successor>;
  /** Why it does not do its work at the moment, or null. */
  trouble(): string | null;
  /** Resolves when the spool's thread has answered. */
  answers(): Promise<unknown>;
  /** The spool cannot be written. */
  readonly isFailing: boolean;
  /** What it knows of itself. */
  live(): Live;
  /** Takes over what can change while it runs (config/changes.ts says what). */
  reconfigure(config: Config): void;
}

/** It was ended before it had started. */
export class StartEndedError extends Error {}

/** Between two attempts to open the spool, in ms. */
const LONGEST_WAIT = 5_000;
/** How long vhosts may take to say what they run, in ms: ejabberd tries to reach those that it does not serve. */
const VHOSTS_ANSWER = 10_000;

/**
 * Starts the parts, in the order of the way of a stanza: wire, copy, event, spool, replay, proof.
 * @throws SpoolError where the spool cannot be used, StartEndedError; nothing is left of it then
 */
export async function startDaemon(config: Config, log: Log, start: Start = {}): Promise<Daemon> {
  const parts = new Parts();
  try {
    return await startParts(parts, { config, log, ...start });
  } catch (error) {
    await parts.stop();
    throw error;
  }
}

async function startParts(parts: Parts, wanted: Wanted): Promise<Daemon> {
  const { config, log, inherited, vitals = newVitals() } = wanted;
  parts.add(vitals);
  const { component, hosts } = config;
  let fail: (reason: Error) => void = () => undefined;
  const failed = new Promise<Error>(resolve => {
    fail = resolve;
  });
  let isBehind = () => false;
  const stream = wireOf(component, () => isBehind());
  let isTended = false;
  parts.add({ stop: () => (isTended ? undefined : stream.stop()) });
  stream.once('fatal', fail);
  const early = new Early(stream);
  if (inherited !== undefined) stream.adopt(inherited.stream);
  const spool = await openSpool(wanted);
  let patience = 0;
  parts.add({ stop: () => spool.close(patience) });
  vitals.follow(spool);
  isBehind = () => spool.isBehind;

  const presence = new Presence();
  const { directory } = presence;
  const send = (text: string) => {
    const isSent = stream.send(text);
    if (isSent) vitals.sent(text);
    return isSent;
  };
  const tell = (news: News) => standby?.tell(news);
  const tap = new Tap({ hosts, domain: component.domain, peer: config.standby.peer });
  const intake = parts.add(
    new Intake({
      ...{ tap, log, spool, parts, vitals },
      take: event => replay.take(event),
      direct: stanza => door.enter(stanza),
      pushed: stanza => tell({ is: 'pushed', stanza }),
    }),
  );
  const quarantine = quarantineOf(wanted, { send, stream, spool });
  const put: Quarantine['put'] = messages => quarantine.put(messages);
  const sleepers = parts.add(new Summed(log, systemClock, asleepLine));
  const replay = parts.add(replayOf(wanted, { send, put, stream, presence, spool, tell, sleepers }));
  const remote = config.remote.retry
    ? parts.add(remoteOf(wanted, { send, put, presence, spool, replay, tell }))
    : null;
  const { peer } = config.standby;
  const goesOn = releaserOf({ spool, replay, remote });
  const actors = remote === null ? [replay] : [replay, remote];
  const standby =
    peer === null
      ? null
      : parts.add(standbyOf(wanted, peer, { stream, spool, presence, replay, intake, actors, goesOn }));
  const removal = parts.add(removalOf(wanted, { send, presence, spool }));
  const connection = new Connection({
    ...{ stream, component, log, parts },
    drained: () => replay.drained(),
    finish: () => replay.finish(LAST_PROOFS),
    lost: error => quarantine.lost(error),
  });
  const alerts = parts.add(alertsOf(wanted, { stream, spool, connection }));
  const { heartbeat } = config.alerts;
  if (heartbeat !== null) parts.add(heartbeatOf(wanted, heartbeat, { spool, connection, alerts }));
  parts.add(connection);
  parts.add({
    online: () => wanted.status?.(`connected to ejabberd as ${component.domain}`),
    offline: () => wanted.status?.(connection.trouble ?? ''),
  });
  vitals.ask({
    away: () => connection.away,
    sessions: () => directory.size,
    standby: () => standby?.state ?? null,
    alerts: () => alerts.crossed,
  });
  isTended = true;
  const deeds = parts.add(new Deeds(line => log.info(line)));
  stream.on('dropped', reason => intake.unreadable(`a stanza ${reason}`));
  stream.on('mended', reason => intake.mended(reason));
  followSpool(spool, { log, parts, intake, fail });

  const trouble = () => connection.trouble;
  const handOver = new HandOver({ config, stream, directory, replay, trouble });
  const handlers = daemonHandlers({
    ...{ spool, replay, deeds, version: VERSION, live: () => vitals.live },
    inForce: () => wanted.inForce?.() ?? null,
    held: ({ jid, by }) => tell({ is: 'on-hold', jid, by }),
    released(jid) {
      goesOn(jid);
      tell({ is: 'released', jid });
    },
    handOver: by => handOver.handOver(by),
    isOnline: () => connection.isOnline,
    standby: () => standby?.state ?? null,
    async vhosts() {
      if (connection.trouble !== null) throw new Error(connection.trouble);
      return askVhosts(stream, component.domain, hosts, VHOSTS_ANSWER);
    },
  });
  const door = doorOf(wanted, VERSION, {
    stream,
    spool,
    replay,
    removal,
    alerts,
    intake,
    standby,
    deeds,
    handlers,
  });
  parts.add({ stop: await serveControl(controlPath(config.spool.path), handlers) });
  spool.tell({ do: 'begin', at: systemClock.date() });
  parts.add(new Sweeper(spool, log));
  parts.add(handOver);
  if (inherited !== undefined) replay.inherit(inherited.sessions);
  connection.start();
  const lost = await early.giveTo(stanza => intake.read(stanza));
  vitals.lost(lost);
  if (lost > 0)
    log.error(`${lost} copies lost: while the spool was being opened, more came than fit into memory`);
  stream.start();

  return {
    failed,
    handedOver: handOver.done,
    trouble: () =>
      spool.failure === null ? connection.trouble : `the spool cannot be written: ${spool.failure}`,
    answers: () => spool.ask({ ask: 'owes', session: -1, at: systemClock.date() }), // of nobody: it costs nothing
    get isFailing() {
      return spool.failure !== null;
    },
    live: () => vitals.live,
    reconfigure(changed) {
      spool.limit(limitsOf(changed));
      replay.change(habitsOf(changed));
    },
    stop(writesFor = 0) {
      patience = writesFor;
      return parts.stop();
    },
  };
}

/** Of so many of the last minute; which they are is shown at log.level debug. */
function asleepLine(count: number): string {
  return `${count} more ${count === 1 ? 'device has' : 'devices have'} not answered a ping; their messages stay pending`;
}

/** For whoever is to tell of a daemon from its very beginning. */
export function newVitals(): Vitals {
  return new Vitals(VERSION);
}

/** Opens the spool as soon as its disk lets it: respool is of more use waiting for it than ended. */
async function openSpool({ config, log, signal, waitsFor, inherited }: Wanted): Promise<SpoolClient> {
  const settings = { path: config.spool.path, limits: limitsOf(config) };
  if (inherited !== undefined) {
    waitsFor?.('the process before this one still writes');
    await inherited.left;
  }
  const spool = await untilItWorks(() => SpoolClient.open(settings, line => log.info(line)), {
    mayPass: error => error instanceof SpoolUnavailableError,
    failed({ message }, wait) {
      waitsFor?.(message);
      log.error(`${message}; trying again in ${Math.ceil(wait / 1000)} s, and copies are lost meanwhile`);
    },
    signal: signal ?? new AbortController().signal,
    backoff: new Backoff({ most: LONGEST_WAIT }),
  });
  if (spool === null) throw new StartEndedError('ended before the spool could be opened');
  return spool;
}
