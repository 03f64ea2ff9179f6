import type { SpoolPort } from '../spool/client.js';
import { SpoolError } from '../spool/open.js';
import type { Questions } from '../spool/question.js';
import type { Deeds } from './deeds.js';
import type { Handlers } from './requests.js';

/** What these do needs the spool alone: the daemon does it where one runs, else the command itself. */
export type SpoolRequest =
  | 'forget-device'
  | 'forget-account'
  | 'drop'
  | 'reserve'
  | 'restore'
  | 'hold'
  | 'release';

/** A spool that says why it fails. */
export interface FailingSpool extends SpoolPort {
  readonly failure: string | null;
}

/** The answers to what the spool alone is needed for. */
export function spoolHandlers(spool: FailingSpool): Pick<Handlers, SpoolRequest> {
  return {
    'forget-device': takes => asked(spool, { ask: 'forget', ...takes }),
    'forget-account': takes => asked(spool, { ask: 'forget-account', ...takes }),
    drop: takes => asked(spool, { ask: 'drop-pendings', ...takes, at: Date.now() }),
    reserve: takes => asked(spool, { ask: 'reserve', ...takes }),
    restore: takes => asked(spool, { ask: 'restore', ...takes }),
    hold: takes => asked(spool, { ask: 'put-on-hold', ...takes, at: Date.now() }),
    release: ({ jid }) => asked(spool, { ask: 'release-hold', jid, at: Date.now() }),
  };
}

/** The same, and who has done what is said. */
export function saidHandlers(
  handlers: Pick<Handlers, SpoolRequest>,
  deeds: Deeds,
): Pick<Handlers, SpoolRequest> {
  return {
    ...handlers,
    async 'forget-device'(takes) {
      const done = await handlers['forget-device'](takes);
      if (done) deeds.did(takes.by, { did: 'forgot-device', ...takes });
      return done;
    },
    async 'forget-account'(takes) {
      const forgotten = await handlers['forget-account'](takes);
      const { messages, devices, lines } = forgotten;
      const isKnown = messages + devices + lines > 0;
      if (isKnown) deeds.did(takes.by, { did: 'forgot', account: takes.account, messages });
      return forgotten;
    },
    async drop(takes) {
      const count = await handlers.drop(takes);
      deeds.did(takes.by, { did: 'dropped', count, accounts: takes.pendings.map(([, account]) => account) });
      return count;
    },
    async restore(takes) {
      const restored = await handlers.restore(takes);
      deeds.did(takes.by, { did: 'imported', count: restored.stored });
      return restored;
    },
    async hold(takes) {
      const done = await handlers.hold(takes);
      if (done) deeds.did(takes.by, { did: 'held', jid: takes.jid });
      return done;
    },
    async release(takes) {
      const done = await handlers.release(takes);
      if (done) deeds.did(takes.by, { did: 'released', jid: takes.jid });
      return done;
    },
  };
}

/** @throws SpoolError where the spool cannot be written */
export async function asked<Name extends keyof Questions>(
  spool: FailingSpool,
  question: { ask: Name } & Questions[Name]['ask'],
): Promise<Questions[Name]['reply']> {
  const reply = await spool.ask(question);
  if (reply !== undefined) return reply;
  throw new SpoolError(`the spool cannot be written: ${spool.failure ?? 'it is closed'}`);
}
