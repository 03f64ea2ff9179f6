import { fingerprints } from '../config/fingerprints.js';
import type { Live } from '../monitor/live.js';
import type { Replay } from '../replay/replay.js';
import type { SpoolClient } from '../spool/client.js';
import type { StandbyState } from '../standby/standby.js';
import type { Vhost } from '../xmpp/vhosts.js';
import type { Deeds } from './deeds.js';
import type { Handlers, Reply, Standing, Takes } from './requests.js';
import { asked, saidHandlers, spoolHandlers } from './spool-handlers.js';
import { Tail } from './tail.js';

export interface DaemonParts {
  spool: SpoolClient;
  replay: Replay;
  /** Says who has done what by hand. */
  deeds: Deeds;
  /** An account, a device or a domain was put on hold. */
  held(hold: { jid: string; by: string }): void;
  /** What was kept back of an account, a device or a domain goes on. */
  released(jid: string): void;
  isOnline(): boolean;
  /** How this respool stands with the other one; null: it is alone. */
  standby(): StandbyState | null;
  /** @throws Error where ejabberd cannot be asked */
  vhosts(): Promise<Vhost[]>;
  version: string;
  /** What each key of the config in force says; null: it is not known. */
  inForce(): ReadonlyMap<string, unknown> | null;
  live(): Live;
  /** @throws Error where the new one cannot go on; this one does then */
  handOver(by: Takes<'take-over'>): Promise<Reply<'take-over'>>;
}

/** The daemon's answers to all that may be asked of it. */
export function daemonHandlers(parts: DaemonParts): Handlers {
  const { spool, replay, isOnline, vhosts, version } = parts;
  const onSpool = saidHandlers(spoolHandlers(spool), parts.deeds);
  const tail = new Tail(spool);
  return {
    ...onSpool,
    async hold(takes) {
      const done = await onSpool.hold(takes);
      if (done) parts.held(takes);
      return done;
    },
    async release(takes) {
      const done = await onSpool.release(takes);
      if (done) parts.released(takes.jid);
      return done;
    },
    vhosts,
    live: async () => parts.live(),
    standby: async () => parts.standby(),
    async settings({ salt }) {
      const values = parts.inForce();
      return values === null ? null : fingerprints(values, salt);
    },
    about: async () => ({ pid: process.pid, version }),
    'take-over': by => parts.handOver(by),
    async ask({ accounts, within }) {
      const connected = () => {
        if (!isOnline()) throw new Error('the daemon is not connected to ejabberd; its log says why');
      };
      connected();
      const answers = await Promise.all(accounts.map(account => replay.ask(account, within)));
      connected(); // else nobody could answer
      return answers.flat();
    },
    sessions: async ({ accounts }) =>
      accounts.flatMap(account => replay.states(account).map(({ state }) => ({ ...state, account }))),
    standing: takes => standing(spool, replay, isOnline(), takes),
    tail: (wanted, give) => tail.follow(wanted, give),
  };
}

async function standing(
  spool: SpoolClient,
  replay: Replay,
  connected: boolean,
  { account, id, room }: Takes<'standing'>,
): Promise<Standing> {
  const sessions = replay.states(account).map(async ({ key: session, state }) => {
    return { ...state, ...(await asked(spool, { ask: 'place', session, id, room })) };
  });
  return { connected, sessions: await Promise.all(sessions) };
}
