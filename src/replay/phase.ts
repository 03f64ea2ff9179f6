/** Where a session is on its way from presence to proof. Times in ms. */
export type Phase =
  /** It takes no replays: its presence has not been seen, or has a negative priority. */
  | { readonly is: 'unannounced' }
  /** ejabberd's own flood, a room's history or the archive may still bring what it is owed. */
  | {
      readonly is: 'settling';
      readonly since: number;
      readonly until: number;
      readonly queries: ReadonlySet<string>;
    }
  | { readonly is: 'idle' }
  /** The spool is asked whether it owes the session something. */
  | { readonly is: 'asking'; readonly since: number; readonly again: boolean }
  /** It does; a ping sent since then has to be answered before anything is replayed. */
  | { readonly is: 'checking'; readonly since: number }
  /**
   * The spool is asked for messages, into these chunks. `isShort`: by the word of an answer that came before it was known
   * that something is owed, so that it may be none of what that answer allows.
   */
  | {
      readonly is: 'taking';
      readonly chunks: readonly number[];
      readonly again: boolean;
      readonly isShort: boolean;
    }
  /** As much is under way as the line takes. `again`: something else may have come to be owed meanwhile. */
  | { readonly is: 'replaying'; readonly again: boolean }
  | { readonly is: 'ended' };

/** However busy flood and archive are, a session has settled after this long, in ms. */
const SETTLED_AT_LAST = 60_000;

type Settling = Extract<Phase, { is: 'settling' }>;

/** Something of the flood, of a history or of the archive came, or may come: it settles for so long from now on. */
export function settle(phase: Phase, settle: number, now: number, queries?: ReadonlySet<string>): Settling {
  const before = phase.is === 'settling' ? phase : { since: now, queries: new Set<string>() };
  const asked = queries ?? before.queries;
  const atLast = before.since + SETTLED_AT_LAST;
  const until = asked.size > 0 ? atLast : Math.min(now + settle, atLast);
  return { is: 'settling', since: before.since, until, queries: asked };
}
