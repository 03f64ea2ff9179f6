import type { Taken } from '../spool/command.js';
import { NS } from '../xmpp/namespaces.js';
import { escapeAttribute } from '../xmpp/serialize.js';

/** Keeps mod_carboncopy from copying a replay to other devices, and mod_mam from archiving it again. */
const HINTS = `<no-copy xmlns='${NS.hints}'/><no-permanent-store xmlns='${NS.hints}'/>`;

/**
 * The original stanza once more, for one device. The delay is the vhost's, so that its copies are known for replays
 * and that ejabberd adds no second one if it has to store it.
 * @param to full JID of the device
 * @param vhost the domain of its account
 */
export function replayOf(message: Taken, to: string, vhost: string): string {
  const stamp = new Date(message.stamp).toISOString();
  return (
    `<message from='${escapeAttribute(message.from)}' to='${escapeAttribute(to)}'` +
    attribute('type', message.type) +
    attribute('id', message.stanzaId) +
    attribute('xml:lang', message.lang) +
    `>${message.payload}<delay xmlns='${NS.delay}' from='${vhost}' stamp='${stamp}'/>${HINTS}</message>`
  );
}

/** An XEP-0199 ping from the component; any answer of the client, an error too, is proof. */
export function pingOf(domain: string, to: string, id: string): string {
  return `<iq from='${domain}' to='${escapeAttribute(to)}' type='get' id='${id}'><ping xmlns='${NS.ping}'/></iq>`;
}

function attribute(name: string, value: string | null): string {
  return value === null ? '' : ` ${name}='${escapeAttribute(value)}'`;
}
