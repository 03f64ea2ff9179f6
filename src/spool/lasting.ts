import type { Command } from './command.js';
import type { Question, Questions } from './question.js';

/** What is kept of a command whose batch could not be written: `always`, `never`, or `message` where it brings one. */
type Lasting = 'always' | 'never' | 'message';

/** Those that last have a meaning without the holds of the moment. */
const LASTING: Readonly<Record<Command['do'], Lasting>> = {
  store: 'always',
  offline: 'always',
  'store-again': 'always',
  bounce: 'always',
  blocks: 'always',
  begin: 'always',
  count: 'always',
  gauge: 'always',
  expel: 'always',
  'remote-sent': 'always',
  'remote-bounced': 'always',
  'remote-receipt': 'always',
  'remote-heard': 'always',
  'remote-proved': 'always',
  'remote-release': 'always',
  hand: 'message',
  hear: 'message',
  arrive: 'never',
  leave: 'never',
  gone: 'never',
  hold: 'never',
  join: 'never',
  part: 'never',
  out: 'never',
  mark: 'never',
  prove: 'never',
  receipt: 'never',
  filtered: 'never',
  able: 'never',
  release: 'never',
  silent: 'never',
  mute: 'never',
  narrow: 'never',
  'write-down': 'never',
  wipe: 'never',
  refuse: 'never',
  reset: 'never',
  sweep: 'never',
};

/**
 * What is answered before the commit: nothing that was promised rests on it, and a replay need not wait for the disk. If
 * the commit fails, what was taken is still owed.
 */
const EARLY: Readonly<Record<keyof Questions, boolean>> = {
  owes: true,
  take: true,
  habits: true,
  device: true,
  absent: true,
  unheard: true,
  stranger: true,
  gaps: false,
  fill: false,
  forget: false,
  'drop-pendings': false,
  'put-on-hold': false,
  'release-hold': false,
  'forget-account': false,
  place: false,
  reserve: false,
  restore: false,
  'clear-rooms': false,
  clear: false,
  held: false,
  narrow: false,
  clocks: false,
  'remote-domains': false,
  'remote-due': false,
  'remote-take': false,
  drop: false,
  'owed-accounts': true,
  sleepers: false,
};

/** Is it to be told again where it could not be written? */
export function isLasting(entry: Command | Question): boolean {
  if ('ask' in entry) return false;
  const lasting = LASTING[entry.do];
  return lasting === 'always' || (lasting === 'message' && 'message' in entry && entry.message !== null);
}

/** Is it answered before the commit? */
export function isEarly(question: keyof Questions): boolean {
  return EARLY[question];
}
