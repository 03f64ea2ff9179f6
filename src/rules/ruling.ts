import type { Element } from '@xmpp/component';
import { insideMucSub } from '../tap/mucsub.js';
import type { Jid } from '../xmpp/jid.js';
import { NS } from '../xmpp/namespaces.js';
import type { Rule } from './rule.js';
import { TABLE, UNKEPT_TYPES } from './table.js';

/** What rings is of use so long, in ms (XEP-0353). */
export const CALL_LIFE = 60_000;

/** To whom a message is owed: the account and all of its devices; the device addressed alone; those in the room. */
export type Whom = 'account' | 'device' | 'room';

/** What the rules say of a message that is kept. */
export interface Ruling {
  readonly whom: Whom;
  /** How long it is of use by itself, in ms: infinite where it does not say so. */
  readonly life: number;
  /** The writer's other devices are owed it too. */
  readonly shared: boolean;
  /** True: if it ends before any device of the account has it, that counts as a loss. */
  readonly counts: boolean;
  /** The id of the message that it corrects, takes back, moderates or reacts to. */
  readonly refersTo: string | null;
}

const FOREVER = Number.POSITIVE_INFINITY;
/** The ruling of most messages: one object for all, so that none is made for each. */
const WORDS: Ruling = { whom: 'account', life: FOREVER, shared: true, counts: true, refersTo: null };
const WORDS_IN_ROOM: Ruling = { ...WORDS, whom: 'room' };

const BY_NAMESPACE = new Map<string, Rule[]>();
for (const rule of TABLE) {
  const others = BY_NAMESPACE.get(rule.xmlns);
  if (others === undefined) BY_NAMESPACE.set(rule.xmlns, [rule]);
  else others.push(rule);
}

/**
 * What is to become of a message by what is in it: the table's lines together.
 * @param to the addressee: an account, or one of its devices; not asked of what was said in a room
 * @returns null where it is owed to nobody
 */
export function rulingOn(message: Element, to: Pick<Jid, 'resource'>): Ruling | null {
  const said = insideMucSub(message);
  if (said !== undefined) return inAccount(rulingOn(said, to));
  const { type } = message.attrs;
  if (type !== undefined && Object.hasOwn(UNKEPT_TYPES, type)) return null;
  let [store, refuse, says, special, hasBody] = [false, false, false, false, false];
  for (const child of message.children) {
    if (typeof child === 'string') continue;
    const means = ruleOf(child)?.means;
    if (means === undefined) {
      says = true;
      hasBody ||= child.name === 'body';
    } else if (means === 'never') return null;
    else if (means === 'store') store = true;
    else if (means === 'refuse') refuse = true;
    else if (means !== 'nothing') {
      special = true;
      says ||= !isHint(child);
    }
  }
  if (!store && (refuse || !says)) return null;
  const words = type === 'groupchat' ? WORDS_IN_ROOM : WORDS;
  return special ? withRules(message, words, hasBody, to) : words;
}

/** By the lines that say more than whether it is kept. */
function withRules(
  message: Element,
  words: Ruling,
  hasBody: boolean,
  to: Pick<Jid, 'resource'>,
): Ruling | null {
  let { whom, life, shared, counts, refersTo } = words;
  const isOfDevice = whom === 'account' && to.resource !== '';
  for (const child of message.children) {
    if (typeof child === 'string') continue;
    switch (ruleOf(child)?.means) {
      case 'expire':
        life = Math.min(life, secondsOf(child) * 1000);
        break;
      case 'call':
        if (hasBody) break;
        life = Math.min(life, CALL_LIFE);
        counts = false;
        if (isOfDevice) whom = 'device';
        break;
      case 'private':
        shared = false;
        if (isOfDevice) whom = 'device';
        break;
      case 'device':
        if (isOfDevice) whom = 'device';
        break;
      case 'unshared':
        if (child.getChild('invite') === undefined) shared = false;
        break;
      case 'refers':
      case 'replaces':
        refersTo ??= child.attrs.id ?? null;
        break;
    }
  }
  if (whom === 'device') counts = false;
  return life <= 0 ? null : { whom, life, shared, counts, refersTo };
}

/**
 * True where a message stands in the place of the one that it means (a correction, a retraction), if one has written both.
 * Not asked of what was said in a room.
 */
export function replacesAnother(message: Element): boolean {
  return message.getChildElements().some(child => ruleOf(child)?.means === 'replaces');
}

/** A MucSub subscription is of an account: all of its devices are owed the message. */
function inAccount(ruling: Ruling | null): Ruling | null {
  return ruling === null ? null : { ...ruling, whom: 'account' };
}

function ruleOf(child: Element): Rule | undefined {
  const rules = BY_NAMESPACE.get(child.attrs.xmlns ?? NS.client);
  if (rules === undefined) return undefined;
  for (const rule of rules) {
    if (fits(rule, child)) return rule;
  }
  return undefined;
}

function fits({ names, node, child: grandchild }: Rule, child: Element): boolean {
  if (names !== undefined && !names.includes(child.name)) return false;
  if (grandchild !== undefined && child.getChildElements().every(({ name }) => name !== grandchild))
    return false;
  return node === undefined || child.getChild('items')?.attrs.node === node;
}

function isHint(child: Element): boolean {
  return child.attrs.xmlns === NS.hints;
}

/** XEP-0023; a number that cannot be read sets no limit. */
function secondsOf(expire: Element): number {
  const seconds = Number.parseInt(expire.attrs.seconds ?? '', 10);
  return Number.isNaN(seconds) ? FOREVER : seconds;
}
