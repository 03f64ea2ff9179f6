import type { Element } from '@xmpp/component';
import type { Taken } from '../spool/content.js';
import type { Jid } from '../xmpp/jid.js';
import { NS } from '../xmpp/namespaces.js';
import { openPayload, payloadOf } from '../xmpp/payload.js';
import { escapeAttribute } from '../xmpp/serialize.js';
import { writeStamp } from '../xmpp/stamp.js';
import { formOf, isCopied } from './form.js';

/** Keeps mod_carboncopy from copying a replay to other devices, and mod_mam from archiving it again. */
const HINTS = `<no-copy xmlns='${NS.hints}'/><no-permanent-store xmlns='${NS.hints}'/>`;

/** A message as it goes out, or why it cannot. */
export type Outgoing = { id: number; text: string } | { id: number; unsendable: string };

/**
 * The original stanza once more, for one device, in the form that suits it. The delay is the vhost's (a room's own for
 * what was said in it), so that its copies are known for replays and that ejabberd adds no second one if it has to store it.
 * @param to full JID of the device
 * @param hasCarbons whether its session has carbon copies on
 */
export function replayOf(message: Taken, to: Jid, hasCarbons: boolean): Outgoing {
  return outgoing(message, (payload, read) => {
    const delay = delayOf(message.as === 'room' ? message.to : to.domain, message.stamp);
    const form = formOf({ as: message.as, isCopied: isCopied(read), hasCarbons });
    if (form !== 'itself') return carbonOf(form, message, payload, delay, to);
    return `${openingOf(message, to.full)}${payload}${delay}${HINTS}</message>`;
  });
}

/** The delay stands inside too: some clients (Gajim, Dino) go by that, and would show the message at the time of its replay. */
function carbonOf(
  form: 'sent' | 'received',
  message: Taken,
  payload: string,
  delay: string,
  to: Jid,
): string {
  const original = `${openingOf(message, message.to, NS.client)}${payload}${delay}</message>`;
  return (
    `<message from='${escapeAttribute(to.bare)}' to='${escapeAttribute(to.full)}'${attribute('type', message.type)}>` +
    `<${form} xmlns='${NS.carbons}'><forwarded xmlns='${NS.forward}'>${delay}${original}</forwarded></${form}>` +
    `${HINTS}</message>`
  );
}

/** Reads the payload and writes it anew, for an older respool may have stored it as it came. */
export function outgoing(message: Taken, write: (payload: string, read: Element) => string): Outgoing {
  const { id } = message;
  const read = openPayload(message.payload);
  if ('unreadable' in read) return { id, unsendable: `its payload has ${read.unreadable}` };
  return { id, text: write(payloadOf(read), read) };
}

/** The delay of who has kept a message since then (XEP-0203). */
export function delayOf(stamper: string, stamp: number): string {
  return `<delay xmlns='${NS.delay}' from='${escapeAttribute(stamper)}' stamp='${writeStamp(stamp)}'/>`;
}

/** The start tag of a message, as it was, to another address. */
export function openingOf(
  { from, type, stanzaId, lang }: Taken,
  to: string,
  xmlns: string | null = null,
): string {
  return (
    `<message${attribute('xmlns', xmlns)} from='${escapeAttribute(from)}' to='${escapeAttribute(to)}'` +
    `${attribute('type', type)}${attribute('id', stanzaId)}${attribute('xml:lang', lang)}>`
  );
}

/** An XEP-0199 ping, as a rule from the component; any answer of the client, an error too, is proof. */
export function pingOf(from: string, to: string, id: string): string {
  return `<iq from='${escapeAttribute(from)}' to='${escapeAttribute(to)}' type='get' id='${id}'><ping xmlns='${NS.ping}'/></iq>`;
}

function attribute(name: string, value: string | null): string {
  return value === null ? '' : ` ${name}='${escapeAttribute(value)}'`;
}
