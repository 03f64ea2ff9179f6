import { createRequire } from 'node:module';
import type { Element } from '@xmpp/component';
import debug from 'debug';
import { AlertWatch, type WatchOptions } from './alerts/watch.js';
import { AdHoc } from './commands/ad-hoc.js';
import { adminCommands } from './commands/commands.js';
import type { Config } from './config/config.js';
import { serveControl } from './control/control.js';
import { daemonHandlers } from './control/daemon-handlers.js';
import { controlPath } from './control/daemon-line.js';
import { Counted } from './monitor/counted.js';
import type { Log } from './monitor/log.js';
import { limiter } from './monitor/rarely.js';
import { Directory } from './presence/directory.js';
import { Remote } from './remote/remote.js';
import { systemClock } from './replay/clock.js';
import { Quarantine } from './replay/quarantine.js';
import { Replay, type ReplayHabits } from './replay/replay.js';
import { SpoolClient } from './spool/client.js';
import { isKept } from './spool/rules.js';
import type { SpoolLimits } from './spool/spool.js';
import { Early } from './take-over/early.js';
import type { Inheritance } from './take-over/heir.js';
import { type Place, Successor } from './take-over/successor.js';
import { sessionEndIn } from './tap/bounce.js';
import type { ReplayMarks } from './tap/event.js';
import { Tap } from './tap/tap.js';
import { type About, answerTo } from './xmpp/answers.js';
import { type Jid, parseJid } from './xmpp/jid.js';
import { matcherOf } from './xmpp/jid-pattern.js';
import { Stream } from './xmpp/stream.js';
import { askVhosts } from './xmpp/vhosts.js';

const trace = debug('respool:tap');
const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

export interface Daemon {
  /** Ends it with everything committed. */
  stop(): Promise<void>;
  /** Resolves when it cannot go on, with the reason. */
  readonly failed: Promise<Error>;
  /** Resolves when another process has the stream, to be told to go on once this one has stopped. */
  readonly succeeded: Promise<Successor>;
  /** Why it does not do its work at the moment, or null. */
  trouble(): string | null;
  /** Takes over what can change while it runs (config/changes.ts says what). */
  reconfigure(config: Config): void;
}

/** What a config does not say. */
export interface Start {
  inherited?: Inheritance;
  waits?: AlertWaits;
}

/** Between writing what was counted, in ms. */
const REPORT = 1_000;
/** At its end respool waits so long for the proofs that are outstanding, in ms. */
const LAST_PROOFS = 1_500;
/** Between sweeps of what has expired, in ms. */
const SWEEP = 5_000;
/** A replay waits while so many bytes wait for the socket. */
const MOST_BUFFERED = 1 << 20;
/** How long vhosts may take to say what they run, in ms: ejabberd tries to reach those that it does not serve. */
const VHOSTS_ANSWER = 10_000;

/** Messages dropped in one transaction. */
const DROPPED_AT_ONCE = 1_000;

/** Other waits of the alerts than the usual ones, in ms. */
export type AlertWaits = Pick<WatchOptions, 'every' | 'calm'>;

/**
 * Wires the way of a stanza: wire, copy, event, spool, replay, proof.
 * @throws SpoolError where the spool cannot be used
 */
export async function startDaemon(
  config: Config,
  log: Log,
  { inherited, waits = {} }: Start = {},
): Promise<Daemon> {
  const { component, hosts } = config;
  let isBehind = () => false;
  const stream = new Stream({ ...component, isBehind: () => isBehind() });
  let fail: (reason: Error) => void = () => undefined;
  const failed = new Promise<Error>(resolve => {
    fail = resolve;
  });
  stream.once('fatal', fail);
  const early = new Early(stream);
  if (inherited !== undefined) stream.adopt(inherited.stream);
  const settings = { path: config.spool.path, limits: limitsOf(config) };
  const spool = await SpoolClient.open(settings).catch(async error => {
    await stream.stop();
    throw error;
  });
  isBehind = () => spool.isBehind;
  const sessions = new Directory();
  const isEcho = (to: Jid, marks: ReplayMarks) => replay.isEcho(to, marks);
  const tap = new Tap({ hosts, domain: component.domain, sessions, isKept, isEcho });
  const quarantine = new Quarantine({
    send: text => stream.send(text),
    confirm: () => stream.confirm(),
    refuse: (id, reason) => spool.tell({ do: 'refuse', id, reason, at: systemClock.date() }),
    note: line => log.warn(line),
  });
  const put: Quarantine['put'] = messages => quarantine.put(messages);
  const replay = new Replay({
    domain: component.domain,
    ...habitsOf(config),
    sessions,
    spool,
    clock: systemClock,
    send: text => stream.send(text),
    put,
    isClear: () => stream.bufferedBytes < MOST_BUFFERED,
    note: line => log.info(line),
  });
  const remote = config.remote.retry
    ? new Remote({
        settings: config.remote,
        sessions,
        spool,
        clock: systemClock,
        send: text => stream.send(text),
        put,
        neverPing: jid => replay.neverPings(jid),
        note: line => log.info(line),
      })
    : null;
  const adHoc = new AdHoc({
    domain: component.domain,
    admins: config.admins,
    commands: adminCommands(config.spool.path, {
      replay: async account => replay.replayNow(account),
      drop: account => dropAll(spool, account),
    }),
    failed: (command, error) => log.error(`the command ${command} failed: ${describe(error)}`),
  });
  const startedAt = systemClock.now();
  const about: About = {
    version,
    domain: component.domain,
    uptime: () => (systemClock.now() - startedAt) / 1000,
    contact: config.contact,
    commandsFor: account => adHoc.commandsFor(account),
  };
  const counted = new Counted();
  const rarely = limiter(log, systemClock.now);
  let offlineReason = 'not yet connected';
  let disconnectedSince: number | null = systemClock.date();
  const alerts = new AlertWatch({
    settings: config.alerts,
    domain: component.domain,
    spoolPath: config.spool.path,
    log,
    disconnectedSince: () => disconnectedSince,
    send: text => stream.send(text),
    keep: values => spool.tell({ do: 'gauge', values }),
    ...waits,
  });

  let succeed: (successor: Successor) => void = () => undefined;
  const succeeded = new Promise<Successor>(resolve => {
    succeed = resolve;
  });
  const online = () => {
    log.info(`connected to ${component.host}:${component.port} as ${component.domain}`);
    spool.tell({ do: 'gauge', values: { connected: 1 } });
    disconnectedSince = null;
    replay.online();
    remote?.online();
    alerts.online();
  };
  stream.on('online', online);
  stream.on('offline', (reason, retryIn, error) => {
    if (error !== null || reason !== offlineReason)
      log.warn(`not connected: ${reason}; next attempt in ${Math.ceil(retryIn / 1000)} s`);
    offlineReason = reason;
    disconnectedSince ??= systemClock.date();
    spool.tell({ do: 'gauge', values: { connected: 0 } });
    quarantine.lost(error);
    remote?.offline();
    replay.offline();
  });
  stream.on('drain', () => replay.drained());
  stream.on('dropped', reason => unreadable(`a stanza ${reason}`));
  stream.on('mended', reason => {
    counted.mended();
    rarely.warn(`a part of a copy was left out: ${reason}`);
  });
  stream.on('handlerError', (error, event) => log.error(`unexpected, at ${event}: ${describe(error)}`));
  const read = (stanza: Element) => {
    const tapped = guarded(() => tap.read(stanza, systemClock.now()));
    if (tapped === undefined) return;
    counted.add(tapped);
    if (tapped.kind === 'forged') rarely.warn(`forged copy from ${stanza.attrs.from ?? 'nobody'} dropped`);
    else if (tapped.kind === 'direct') direct(stanza);
    for (const event of tapped.events) {
      replay.handle(event);
      remote?.handle(event);
    }
  };
  spool.on('failing', reason =>
    log.error(`the spool cannot be written (${reason}); trying again every second`),
  );
  spool.on('recovered', () => {
    log.info('the spool can be written again');
    replay.spoolRecovered();
    remote?.spoolRecovered();
  });
  spool.once('ended', reason => fail(new Error(`the spool's thread has ended: ${reason}`)));
  spool.on('lost', count =>
    rarely.warn(`${count} copy lost: the spool cannot be written and memory for it is full`),
  );

  /** Reads what came from the network; what cannot be read is counted and dropped. */
  function guarded<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      unreadable(describe(error));
      trace('unreadable: %O', error);
      return undefined;
    }
  }

  function unreadable(why: string): void {
    counted.unreadable();
    rarely.warn(`unreadable copy dropped: ${why}`);
  }

  /** What is for the component itself: answers to its pings, and what others want of it. */
  function direct(stanza: Element): void {
    const { type, id = '' } = stanza.attrs;
    const from = parseJid(stanza.attrs.from);
    if (from !== null && (guarded(() => replay.fromRoomArchive(stanza, from)) ?? true)) return;
    if (stanza.name === 'iq' && from !== null) {
      if (type === 'result') replay.pingAnswered(from, id);
      // A client's error answer has been copied, and counted as an answer, before it comes here itself.
      if (type === 'error') replay.pingReturned(from, id, sessionEndIn(stanza));
    }
    if (stanza.name === 'message' && type === 'error') alerts.returned(id, stanza.attrs.from);
    if (adHoc.isRequest(stanza)) void adHoc.answer(stanza).then(say);
    else say(answerTo(stanza, about));
  }

  function say(answer: string | null): void {
    if (answer !== null) stream.send(answer);
  }

  let [handingOver, stopping] = [false, false];
  async function takeOver({ node, launcher }: { node: string; launcher: string }): Promise<{ pid: number }> {
    const { fd } = stream;
    if (handingOver) throw new Error('another one is taking over already');
    if (fd === null) throw new Error(`not connected to ejabberd: ${offlineReason}; restart respool instead`);
    handingOver = true;
    const attempt = stream.counts.attempts;
    let successor: Successor | undefined;
    try {
      successor = await Successor.start({ node, launcher, file: config.file, fd, place: placeOf(config) });
      await replay.finish(LAST_PROOFS); // so that little is to be repeated
      if (stream.counts.attempts !== attempt || !(await stream.release())) {
        throw new Error('the connection to ejabberd was lost or is too busy to be handed over; try again');
      }
    } catch (error) {
      successor?.abandon();
      handingOver = false;
      if (!stopping) replay.goOn();
      throw error;
    }
    const by = successor;
    by.bequeath(sessions.list(systemClock.now()));
    setImmediate(() => succeed(by)); // the answer goes first: its socket ends with this daemon
    return { pid: by.pid };
  }

  const report = () => {
    const counts = counted.take();
    if (counts === null) return;
    spool.tell({ do: 'count', counts });
    spool.tell({ do: 'gauge', values: { last_copy_at: systemClock.date() } });
  };
  const timers = [
    setInterval(report, REPORT),
    setInterval(() => spool.tell({ do: 'sweep', at: systemClock.date() }), SWEEP),
  ];
  const parts = {
    spool,
    replay,
    version,
    takeOver,
    isOnline: () => stream.online,
    async vhosts() {
      if (!stream.online) throw new Error(`not connected to ejabberd: ${offlineReason}`);
      return askVhosts(stream, component.domain, hosts, VHOSTS_ANSWER);
    },
  };
  const endControl = await serveControl(controlPath(config.spool.path), daemonHandlers(parts));
  spool.tell({ do: 'begin', at: systemClock.date() });
  if (inherited !== undefined) replay.inherit(inherited.sessions);
  if (stream.online) online();
  const lost = await early.giveTo(read);
  if (lost > 0) log.error(`${lost} copies lost: more came than memory is for while the spool was opened`);
  stream.start();

  return {
    failed,
    succeeded,
    trouble() {
      if (spool.failure !== null) return `the spool cannot be written: ${spool.failure}`;
      return stream.online ? null : `not connected to ejabberd: ${offlineReason}`;
    },
    reconfigure(changed) {
      spool.limit(limitsOf(changed));
      replay.change(habitsOf(changed));
    },
    async stop() {
      stopping = true;
      for (const timer of timers) clearInterval(timer);
      alerts.stop();
      await endControl();
      if (stream.online) await replay.finish(LAST_PROOFS);
      await stream.stop();
      remote?.offline();
      replay.offline();
      report();
      spool.tell({ do: 'gauge', values: { connected: 0 } });
      await spool.close();
    },
  };
}

/** Where it works; whoever takes over has to work there too. */
export function placeOf({ component: { host, port, domain }, spool }: Config): Place {
  return { host, port, domain, spool: spool.path };
}

/** In pieces, so that what else is asked of the spool does not wait long. */
async function dropAll(spool: SpoolClient, account: string): Promise<number> {
  for (let all = 0; ; ) {
    const dropped = await spool.ask({ ask: 'drop', account, at: systemClock.date(), limit: DROPPED_AT_ONCE });
    if (dropped === undefined) throw new Error(`the spool cannot be written: ${spool.failure}`);
    all += dropped;
    if (dropped === 0) return all;
  }
}

function limitsOf({ spool, devices, rooms }: Config): SpoolLimits {
  return { maxPerAccount: spool.maxPerAccount, maxSize: spool.maxSize, devices, rooms };
}

function habitsOf({ spool, replay, devices, rooms }: Config): ReplayHabits {
  const neverPing = matcherOf(devices.neverPing);
  return { settings: replay, maxAge: spool.maxAge, sync: devices.sync, rooms, neverPing };
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
