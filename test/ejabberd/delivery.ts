import type { Element } from '@xmpp/component';

const HINTS = 'urn:xmpp:hints';
const FORWARD = 'urn:xmpp:forward:0';
const CARBONS = 'urn:xmpp:carbons:2';
const EVENT = 'http://jabber.org/protocol/pubsub#event';

/** How a message came: live; late from ejabberd (mod_offline's flood, a resumption); from respool; in a room's history; out of the archive. */
export type Form = 'live' | 'late' | 'replay' | 'history' | 'archive';

/** One message that came to a device. */
export interface Delivery {
  id: string;
  form: Form;
}

/** Reads what a client was sent, by the id that its writer gave it. @returns null where it is not a message to read */
export function deliveryOf(message: Element): Delivery | null {
  const archived = forwardedIn(message.getChild('result', 'urn:xmpp:mam:2'));
  if (archived !== undefined) return delivery(archived, 'archive');
  if (message.attrs.type === 'error') return null;
  const inner =
    forwardedIn(message.getChild('sent', CARBONS)) ??
    forwardedIn(message.getChild('received', CARBONS)) ??
    eventIn(message) ??
    message;
  return delivery(inner, formOf(message));
}

function delivery(message: Element, form: Form): Delivery | null {
  const { id } = message.attrs;
  return id === undefined || message.getChildText('body') === null ? null : { id, form };
}

/** So many lines say enough of a failure. */
const MOST_LINES = 12;

/** What came to a client more or less often than once, and what it should not have got, one line each; [] if nothing. */
export function notOnce(messages: readonly Element[], wanted: readonly string[]): string[] {
  const forms = new Map<string, string[]>(wanted.map(id => [id, []]));
  for (const message of messages) {
    const found = deliveryOf(message);
    if (found === null || found.form === 'archive') continue;
    forms.set(found.id, [...(forms.get(found.id) ?? ['not for it']), found.form]);
  }
  const wrong = [...forms].filter(([, came]) => came.length !== 1);
  const lines = wrong.map(([id, came]) => `${id}: ${came.join(', ') || 'never'}`);
  return lines.length <= MOST_LINES ? lines : [...lines.slice(0, MOST_LINES), `${lines.length} in all`];
}

/** Of what a client was sent, all but the results of archive queries, by id and in order. */
export function idsOf(messages: readonly Element[]): string[] {
  return messages.flatMap(message => {
    const found = deliveryOf(message);
    return found === null || found.form === 'archive' ? [] : [found.id];
  });
}

function formOf(message: Element): Form {
  const isReplay =
    message.getChild('no-copy', HINTS) !== undefined &&
    message.getChild('no-permanent-store', HINTS) !== undefined;
  if (isReplay) return 'replay';
  if (message.getChild('delay', 'urn:xmpp:delay') === undefined) return 'live';
  return message.attrs.type === 'groupchat' ? 'history' : 'late';
}

function forwardedIn(wrapper: Element | undefined): Element | undefined {
  return wrapper?.getChild('forwarded', FORWARD)?.getChild('message');
}

/** What a MucSub event brings. */
function eventIn(message: Element): Element | undefined {
  return message.getChild('event', EVENT)?.getChild('items')?.getChild('item')?.getChild('message');
}
