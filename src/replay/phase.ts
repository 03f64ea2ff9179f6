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
  /** The spool is asked whether it owes the session something. `again`: something else may have come to be owed meanwhile. */
  | { readonly is: 'asking'; readonly since: number; readonly again: boolean }
  /** It does; a ping sent since then has to be answered before anything is replayed. */
  | { readonly is: 'checking'; readonly since: number }
  /**
   * The spool is asked for messages, into these chunks. `isShort`: no new ping was answered, for a recent answer stands
   * for it. If the spool gives nothing then, the session is pinged after all.
   */
  | {
      readonly is: 'taking';
      readonly chunks: readonly number[];
      readonly again: boolean;
      readonly isShort: boolean;
    }
  /** As much is under way as the line takes. */
  | { readonly is: 'replaying'; readonly again: boolean }
  | { readonly is: 'ended' };

/** What happens to a session on that way. `room`: chunks for which there is room on its line now. Times in ms. */
export type Input =
  /** It does not want to get any messages. */
  | { readonly is: 'hides' }
  /** Something of a flood, a history or the archive came, or may come: it settles for so long from now on. */
  | { readonly is: 'settles'; readonly for: number; readonly queries?: ReadonlySet<string> }
  /** Nothing of that came for long enough. */
  | { readonly is: 'settled' }
  /** It may be owed something; `since` then it was not delivered. `underWay`: messages of a replay without proof. */
  | { readonly is: 'check'; readonly since: number; readonly underWay: number }
  /** The spool says whether it owes it something. `answered`: the last answer to a ping, and when that went out. */
  | {
      readonly is: 'owes';
      readonly owed: boolean;
      readonly answered: { readonly sentAt: number; readonly at: number };
      readonly room: readonly number[];
    }
  /** The spool has given so many chunks, which were sent. `underWay`: messages of a replay without proof. */
  | {
      readonly is: 'took';
      readonly given: number;
      readonly underWay: number;
      readonly room: readonly number[];
    }
  /** It has answered a ping of that moment. `lost`: something that it was expected to get before has not come. */
  | {
      readonly is: 'answered';
      readonly sentAt: number;
      readonly lost: boolean;
      readonly room: readonly number[];
    }
  | { readonly is: 'ends' };

/** However busy flood and archive are, a session has settled after this long, in ms. */
const SETTLED_AT_LAST = 60_000;
/** An answer no older than this, in ms, still shows that the session is there. */
const FRESH = 5_000;

type In<Name extends Phase['is']> = Extract<Phase, { is: Name }>;
type Of<Name extends Input['is']> = Extract<Input, { is: Name }>;

/** The next phase; the very same one where nothing changes. */
export function step(phase: Phase, input: Input, now: number): Phase {
  if (phase.is === 'ended') return phase;
  switch (input.is) {
    case 'hides':
      return { is: 'unannounced' };
    case 'settles':
      return settle(phase, input, now);
    case 'settled':
      return phase.is === 'settling' ? { is: 'idle' } : phase;
    case 'check':
      return check(phase, input);
    case 'owes':
      return phase.is === 'asking' ? owes(phase, input, now) : phase;
    case 'took':
      return phase.is === 'taking' ? took(phase, input, now) : phase;
    case 'answered':
      return answered(phase, input);
    case 'ends':
      return { is: 'ended' };
  }
}

function settle(phase: Phase, { for: settle, queries }: Of<'settles'>, now: number): Phase {
  const before = phase.is === 'settling' ? phase : { since: now, queries: new Set<string>() };
  const asked = queries ?? before.queries;
  const atLast = before.since + SETTLED_AT_LAST;
  const until = asked.size > 0 ? atLast : Math.min(now + settle, atLast);
  return { is: 'settling', since: before.since, until, queries: asked };
}

function check(phase: Phase, { since, underWay }: Of<'check'>): Phase {
  switch (phase.is) {
    case 'idle':
      return { is: 'asking', since, again: false };
    case 'replaying': // what was under way may be lost
      return underWay === 0 ? { is: 'asking', since, again: false } : { ...phase, again: true };
    case 'asking':
    case 'taking':
      return { ...phase, again: true };
    default:
      return phase; // it will be found when it has settled, or with the answer to the ping
  }
}

function owes({ since, again }: In<'asking'>, { owed, answered, room }: Of<'owes'>, now: number): Phase {
  if (!owed) return { is: 'idle' };
  if (answered.sentAt >= since && now - answered.at <= FRESH) return take(room, again, true);
  return { is: 'checking', since };
}

function took({ again, isShort }: In<'taking'>, { given, underWay, room }: Of<'took'>, now: number): Phase {
  if (given > 0) return take(room, again);
  if (isShort) return { is: 'checking', since: now };
  return underWay > 0 ? { is: 'replaying', again } : { is: 'idle' };
}

function answered(phase: Phase, { sentAt, lost, room }: Of<'answered'>): Phase {
  if (phase.is === 'replaying') return take(room, phase.again || lost);
  return phase.is === 'checking' && sentAt >= phase.since ? take(room, false) : phase;
}

function take(room: readonly number[], again: boolean, isShort = false): Phase {
  return room.length > 0 ? { is: 'taking', chunks: room, again, isShort } : { is: 'replaying', again };
}
