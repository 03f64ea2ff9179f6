import { harmless } from '../monitor/harmless.js';

/** What somebody has done to the queue by hand. */
export type Deed =
  | { did: 'dropped'; count: number; accounts: readonly string[] }
  | { did: 'imported'; count: number }
  | { did: 'forgot'; account: string; messages: number }
  | { did: 'forgot-device'; account: string; resource: string }
  | { did: 'held' | 'released'; jid: string };

interface Sum {
  count: number;
  /** Of whom, so many as are named. */
  accounts: Set<string>;
}

/** A command works in pieces: what it did is said once no piece has come for so long, in ms. */
const QUIET = 1_000;
/** Of more accounts only the number is said; from COUNTED on, only that they are so many or more. */
const NAMED = 3;
const COUNTED = 10_000;
/** A name is cut there. */
const LONGEST_NAME = 200;

/** Says who has done what by hand: one line for one command, though it may come in a thousand pieces. */
export class Deeds {
  readonly #say: (line: string) => void;
  readonly #sums = new Map<string, { by: string; deed: Deed; sum: Sum; timer: NodeJS.Timeout }>();

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  /** @param by who: a user of the operating system, or the JID of an admin */
  did(by: string, deed: Deed): void {
    if ((deed.did === 'dropped' || deed.did === 'imported') && deed.count === 0) return;
    const key = JSON.stringify([by, deed.did, 'account' in deed ? deed.account : null]);
    if (deed.did === 'held' || deed.did === 'released' || deed.did === 'forgot-device') {
      return this.#say(lineOf(by, deed, NOTHING));
    }
    const known = this.#sums.get(key);
    clearTimeout(known?.timer);
    const sum = known?.sum ?? { count: 0, accounts: new Set() };
    add(sum, deed);
    const timer = setTimeout(() => this.#tell(key), QUIET);
    this.#sums.set(key, { by, deed, sum, timer });
  }

  /** Says what is still to be said. */
  stop(): void {
    for (const key of [...this.#sums.keys()]) this.#tell(key);
  }

  #tell(key: string): void {
    const told = this.#sums.get(key);
    if (told === undefined) return;
    clearTimeout(told.timer);
    this.#sums.delete(key);
    this.#say(lineOf(told.by, told.deed, told.sum));
  }
}

const NOTHING: Sum = { count: 0, accounts: new Set() };

function add(sum: Sum, deed: Deed): void {
  if (deed.did === 'forgot') sum.count += deed.messages;
  if ('count' in deed) sum.count += deed.count;
  if (deed.did !== 'dropped') return;
  for (const account of deed.accounts) if (sum.accounts.size < COUNTED) sum.accounts.add(account);
}

function lineOf(by: string, deed: Deed, { count, accounts }: Sum): string {
  const who = nameOf(by);
  switch (deed.did) {
    case 'dropped':
      return `${who} dropped ${count} pending${ofWhom(accounts)}`;
    case 'imported':
      return `${who} imported ${count} records`;
    case 'forgot':
      return `${who} had ${nameOf(deed.account)} forgotten, with ${count} messages`;
    case 'forgot-device':
      return `${who} had the device ${nameOf(`${deed.account}/${deed.resource}`)} forgotten`;
    case 'held':
      return `${who} put ${nameOf(deed.jid)} on hold`;
    case 'released':
      return `${who} released ${nameOf(deed.jid)}`;
  }
}

function ofWhom(accounts: ReadonlySet<string>): string {
  if (accounts.size === 0) return '';
  if (accounts.size <= NAMED) return ` of ${[...accounts].map(nameOf).join(', ')}`;
  return accounts.size < COUNTED ? ` of ${accounts.size} accounts` : ` of ${COUNTED} accounts or more`;
}

/** What comes over the socket is not to forge a line. */
function nameOf(text: string): string {
  return harmless(text.slice(0, LONGEST_NAME));
}
