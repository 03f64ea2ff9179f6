import type { UnansweredPing } from './ping.js';

/** What a delivery wants done, in this order. Pings and groups by their numbers. */
export type Effect =
  | { do: 'ping'; ping: number }
  /** A ping was made, whether it goes out or not: the spool notes which message was stored last. */
  | { do: 'mark'; ping: number }
  /** `took`: how long its answer took, in ms; null: the client has not answered, ejabberd's copy counts as proof. */
  | { do: 'prove'; ping: number; groups: readonly number[]; took: number | null }
  /** It has answered a ping that went out then, in ms: it was there. */
  | { do: 'there'; pingedAt: number }
  /** These did not arrive: they are owed again, to others of the account too. */
  | { do: 'release'; groups: readonly number[] }
  /** Does the spool owe the session something? The answer goes to `owes`. */
  | { do: 'ask' }
  /** Takes so many messages into each of these chunks. What comes goes to `took`. */
  | { do: 'take'; chunks: readonly number[]; limit: number }
  /** The first chunk was sent so long after its presence, in ms. */
  | { do: 'waited'; ms: number }
  /** Its device is to get so many messages of a replay at a time. */
  | { do: 'narrow'; most: number }
  | { do: 'silent'; silent: boolean }
  | { do: 'mute'; mute: boolean }
  /** It lets these pings pass: what it was handed, and is from now on, is to outlast this process. */
  | { do: 'write-down'; pings: readonly UnansweredPing[] }
  /** It has answered: that is not needed any more. */
  | { do: 'wipe' }
  /** A message that was taken for received was a sending. */
  | { do: 'store-again'; identity: string }
  /** The server says that there is no such session any more. */
  | { do: 'gone' }
  /** `asleep`: it let a ping pass and is asleep from now on. */
  | { do: 'note'; line: string; asleep?: true };

/** @returns the effects that `act` gives out */
export function collect(act: (out: Effect[]) => void): Effect[] {
  const out: Effect[] = [];
  act(out);
  return out;
}
