import { DOMAIN, HOST } from './names.js';
import type { Random } from './random.js';

/** @returns a stanza as mod_service_log copies it to the component */
export function copyOf(stanza: string, id: string): string {
  return `<message to='${DOMAIN}' from='${HOST}' id='${id}'><forwarded xmlns='urn:xmpp:forward:0'>${stanza}</forwarded></message>`;
}

/** @returns a chat message with what today's clients put beside the body */
export function chat(from: string, to: string, id: string, text: string): string {
  return (
    `<message xml:lang='en' to='${to}' from='${from}' type='chat' id='${id}' xmlns='jabber:client'>` +
    "<active xmlns='http://jabber.org/protocol/chatstates'/><request xmlns='urn:xmpp:receipts'/>" +
    `<origin-id xmlns='urn:xmpp:sid:0' id='${id}'/><body>${text}</body></message>`
  );
}

/** @returns a chat state alone (XEP-0085), which nobody is owed */
export function typing(from: string, to: string, id: string): string {
  return (
    `<message xml:lang='en' to='${to}' from='${from}' type='chat' id='${id}' xmlns='jabber:client'>` +
    "<composing xmlns='http://jabber.org/protocol/chatstates'/><no-store xmlns='urn:xmpp:hints'/></message>"
  );
}

/** @returns a delivery receipt (XEP-0184) */
export function receipt(from: string, to: string, id: string, of: string): string {
  return (
    `<message xml:lang='en' to='${to}' from='${from}' type='chat' id='${id}' xmlns='jabber:client'>` +
    `<received xmlns='urn:xmpp:receipts' id='${of}'/></message>`
  );
}

/** @returns what another device of the writer gets (XEP-0280) */
export function sentCarbon(message: string, account: string, device: string): string {
  return (
    `<message to='${device}' from='${account}' type='chat' xmlns='jabber:client'><sent xmlns='urn:xmpp:carbons:2'>` +
    `<forwarded xmlns='urn:xmpp:forward:0'>${message}</forwarded></sent></message>`
  );
}

/** @returns available presence with the entity capabilities and status that clients send */
export function presence(from: string, to: string, status = ''): string {
  return (
    `<presence xml:lang='en' to='${to}' from='${from}' xmlns='jabber:client'>` +
    (status && `<show>away</show><status>${status}</status>`) +
    "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='https://example.org' ver='q07IKJEyjvHSyhy//CH0CxmKi8w='/></presence>"
  );
}

/** @returns a client's request to be let into a room (XEP-0045) */
export function roomJoin(from: string, room: string, nick: string): string {
  return `<presence from='${from}' to='${room}/${nick}' xmlns='jabber:client'><x xmlns='http://jabber.org/protocol/muc'/></presence>`;
}

/** @returns a room's word to an occupant that it is in */
export function roomSelfPresence(to: string, room: string, nick: string): string {
  return (
    `<presence from='${room}/${nick}' to='${to}' xmlns='jabber:client'><x xmlns='http://jabber.org/protocol/muc#user'>` +
    "<item affiliation='member' role='participant'/><status code='110'/></x></presence>"
  );
}

/** @returns what an occupant gets of a message of a room that archives */
export function roomMessage(from: string, to: string, number: number, room: string): string {
  return (
    `<message from='${from}' to='${to}' type='groupchat' id='said-${number}' xmlns='jabber:client'>` +
    `<stanza-id xmlns='urn:xmpp:sid:0' by='${room}' id='${number}'/><body>The room's message ${number}</body></message>`
  );
}

/** @returns the answer of a room that keeps no archive */
export function noArchive(room: string, id: string): string {
  return (
    `<iq from='${room}' to='${DOMAIN}' type='error' id='${id}'><error type='cancel'>` +
    "<feature-not-implemented xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
  );
}

/** @returns a client's ping of its server and the answer, as two stanzas */
export function serverPing(session: string, id: string): [string, string] {
  return [
    `<iq xml:lang='en' to='${HOST}' from='${session}' type='get' id='${id}' xmlns='jabber:client'><ping xmlns='urn:xmpp:ping'/></iq>`,
    `<iq xml:lang='en' to='${session}' from='${HOST}' type='result' id='${id}' xmlns='jabber:client'/>`,
  ];
}

/**
 * What ejabberd sends for the component's ping of a session: both directions are copied, then the answer itself comes;
 * a session that is not there is answered for by the server, without a copy.
 */
export function pingAnswer(session: string, id: string, there: boolean, random: Random): string {
  const address = `from='${session}'`;
  if (!there) {
    const ns = "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'";
    return (
      `<iq to='${DOMAIN}' ${address} type='error' id='${id}'><ping xmlns='urn:xmpp:ping'/><error type='cancel'>` +
      `<service-unavailable ${ns}/><text xml:lang='en' ${ns}>User session not found</text></error></iq>`
    );
  }
  const asked = `<iq to='${session}' from='${DOMAIN}' type='get' id='${id}' xmlns='jabber:client'><ping xmlns='urn:xmpp:ping'/></iq>`;
  const answer = `<iq xml:lang='en' to='${DOMAIN}' ${address} type='result' id='${id}' xmlns='jabber:client'/>`;
  const direct = `<iq xml:lang='en' to='${DOMAIN}' ${address} type='result' id='${id}'/>`;
  return copyOf(asked, random.hex()) + copyOf(answer, random.hex()) + direct;
}
