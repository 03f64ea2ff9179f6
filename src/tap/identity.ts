import { hash } from 'node:crypto';
import type { Element } from '@xmpp/component';
import type { Jid } from '../xmpp/jid.js';
import { NS } from '../xmpp/namespaces.js';

/** So many are sorted one by one. */
const FEW = 10;

/**
 * True for what servers and respool itself add to a message on its way: the stamp of a delay, the server's stanza-id
 * and its forerunner `archived`, processing hints. Two copies of one message differ in these alone.
 */
export function isAddedOnTheWay(child: Element): boolean {
  const xmlns = child.attrs.xmlns;
  if (xmlns === NS.stanzaId) return child.name === 'stanza-id';
  return xmlns === NS.delay || xmlns === NS.hints || xmlns === NS.archived;
}

/**
 * What makes a message the same message in all its copies (sending, reception, flood, carbon, archive, bounce): sender,
 * account, id and content. The type is left out, for a bounce has lost it.
 * @param sender full JID in normal form
 * @param account bare JID of the recipient in normal form
 * @param message the element, of which only the children count
 * @returns 96 bits as 16 characters
 */
export function identityOf(
  sender: string,
  account: string,
  id: string | undefined,
  message: Element,
): string {
  return digest(`${sender}\u0001${account}\u0001${id ?? ''}\u0001${contentOf(message)}`);
}

/** The same for messages that say the same, whatever their ids: a client that sends one again may give it new ones. */
export function contentHashOf(message: Element): string {
  return digest(contentOf(message, child => isOriginId(child)));
}

/**
 * What makes a message of a room the same message in all its copies (live, history, archive, MucSub event). Its writer's
 * id says it: of the content only the words count, to tell those apart that have one id, for some rooms keep no more for
 * their history. Without an id all of it counts but what the history of a room adds (XEP-0033, XEP-0091, XEP-0421).
 * @param id the writer's
 * @returns 96 bits as 16 characters
 */
export function roomIdentityOf(occupant: Jid, id: string | undefined, message: Element): string {
  const hasWords = id !== undefined && message.getChild('body') !== undefined;
  const content = contentOf(message, child => (hasWords ? child.name !== 'body' : isAddedByRoom(child)));
  return digest(`${occupant.full}\u0001${occupant.bare}\u0001${id ?? ''}\u0001${content}`);
}

function isAddedByRoom({ attrs: { xmlns } }: Element): boolean {
  return xmlns === NS.addresses || xmlns === NS.occupantId || xmlns === NS.delayBefore;
}

/** The sender's own id of a message (XEP-0359). */
export function isOriginId(child: Element): boolean {
  return child.name === 'origin-id' && child.attrs.xmlns === NS.stanzaId;
}

function contentOf(message: Element, without?: (child: Element) => boolean): string {
  const children: Element[] = [];
  for (const child of message.children) {
    if (typeof child === 'string' || isAddedOnTheWay(child) || child.name === 'error') continue;
    if (without?.(child) !== true) children.push(child);
  }
  // ejabberd may write the children in another order after its own storage has held them
  if (children.length > FEW || !isEachNamed(children)) return children.map(canonical).sort().join('');
  let text = '';
  for (const child of sort(children, isNameLess)) text += canonical(child);
  return text;
}

/** True where each has a name of its own: the canonical texts, which begin with it, are then in the order of the names. */
function isEachNamed(elements: readonly Element[]): boolean {
  for (let one = 1; one < elements.length; one++) {
    for (let other = 0; other < one; other++) if (elements[one]?.name === elements[other]?.name) return false;
  }
  return true;
}

function isNameLess(one: Element, other: Element): boolean {
  return one.name < other.name;
}

function digest(text: string): string {
  return hash('sha256', text, 'base64').slice(0, 16);
}

/** An unambiguous text of an element; the separators are characters that XML forbids. */
function canonical(element: Element): string {
  let text = `\u0002${element.name}`;
  const names = Object.keys(element.attrs);
  for (const name of names.length > FEW ? names.sort() : sort(names, isLess)) {
    const value = element.attrs[name];
    if (value === undefined || (name === 'xmlns' && value === NS.client)) continue;
    text += `\u0003${name}\u0004${value}`;
  }
  for (const child of element.children) {
    text += typeof child === 'string' ? `\u0005${child}` : canonical(child);
  }
  return `${text}\u0006`;
}

/** A few, in place. The library's sort takes 2 KB of memory even for two, which was a sixth of all that a copy took. */
function sort<Item>(items: Item[], isBefore: (one: Item, other: Item) => boolean): Item[] {
  for (let end = 1; end < items.length; end++) {
    const item = items[end] as Item;
    let at = end;
    for (; at > 0 && isBefore(item, items[at - 1] as Item); at--) items[at] = items[at - 1] as Item;
    items[at] = item;
  }
  return items;
}

function isLess(one: string, other: string): boolean {
  return one < other;
}
