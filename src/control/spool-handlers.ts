import type { SpoolPort } from '../spool/client.js';
import { SpoolError } from '../spool/open.js';
import type { Questions } from '../spool/question.js';
import type { Handlers } from './requests.js';

/** What these do needs the spool alone: the daemon does it where one runs, else the command itself. */
export type SpoolRequest = 'forget-device' | 'forget-account' | 'drop' | 'reserve' | 'restore';

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
