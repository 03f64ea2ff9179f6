import type { Live } from '../monitor/live.js';
import type { Replay } from '../replay/replay.js';
import type { SpoolClient } from '../spool/client.js';
import type { StandbyState } from '../standby/standby.js';
import type { Vhost } from '../xmpp/vhosts.js';
import type { Handlers, Reply, Standing, Takes } from './requests.js';
import { asked, spoolHandlers } from './spool-handlers.js';
import { Tail } from './tail.js';

export interface DaemonParts {
  spool: SpoolClient;
  replay: Replay;
  isOnline(): boolean;
  /** How this respool stands with the other one; null: it is alone. */
  standby(): StandbyState | null;
  live(): Live;
  /** @throws Error where ejabberd cannot be asked */
  vhosts(): Promise<Vhost[]>;
  version: string;
  /** @throws Error where the new one cannot go on; this one does then */
  takeOver(by: Takes<'take-over'>): Promise<Reply<'take-over'>>;
}

/** The daemon's answers to all that may be asked of it. */
export function daemonHandlers(parts: DaemonParts): Handlers {
  const { spool, replay, isOnline, vhosts, version } = parts;
  const tail = new Tail(spool);
  return {
    ...spoolHandlers(spool),
    vhosts,
    live: async () => parts.live(),
    standby: async () => parts.standby(),
    about: async () => ({ pid: process.pid, version }),
    'take-over': by => parts.takeOver(by),
    async replay({ account }) {
      if (!isOnline()) throw new Error('the daemon is not connected to ejabberd; its log says why');
      replay.replayNow(account);
      return replay.states(account).map(({ state }) => state);
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
