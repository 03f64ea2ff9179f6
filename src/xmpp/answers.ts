import type { Element } from '@xmpp/component';
import { errorTo, resultTo } from './error.js';
import { parseJid } from './jid.js';
import { NS } from './namespaces.js';
import { escapeAttribute, escapeText } from './serialize.js';

/** What the component says of itself. */
export interface About {
  version: string;
  /** Its own domain, in normal form. */
  domain: string;
  /** How long it has run, in seconds. */
  uptime(): number;
  /** Where its people are reached, as URIs (XEP-0157). */
  contact: ReadonlySet<string>;
  /** The commands that an account may use; nobody else is told that there are any. */
  commandsFor(account: string): readonly { node: string; name: string }[];
}

/**
 * What the component answers to a stanza addressed to itself: service discovery (XEP-0030) with contact addresses
 * (XEP-0157), version (XEP-0092), ping (XEP-0199), uptime (XEP-0012), and the error of RFC 6120 to all else.
 * @returns the answer, or null where none is due or none can be addressed
 */
export function answerTo(stanza: Element, about: About): string | null {
  switch (stanza.name) {
    case 'iq':
      return answerToIq(stanza, about);
    case 'message':
      return answerToMessage(stanza);
    case 'presence':
      return answerToPresence(stanza);
    default:
      return null;
  }
}

function answerToIq(request: Element, about: About): string | null {
  const { type, to, from } = request.attrs;
  if (type === 'result' || type === 'error') return null;
  const [child, ...others] = request.getChildElements();
  if ((type !== 'get' && type !== 'set') || child === undefined || others.length > 0) {
    return errorTo(request, 'bad-request'); // RFC 6120, section 8.2.3
  }
  if (parseJid(to)?.full !== about.domain) return errorTo(request, 'service-unavailable'); // there are no users
  const asked = `${child.name} ${child.attrs.xmlns}`;
  if (type === 'get' && (asked === `query ${NS.discoInfo}` || asked === `query ${NS.discoItems}`)) {
    const read = child.attrs.xmlns === NS.discoInfo ? infoOf : itemsOf;
    const found = read(child.attrs.node, about, about.commandsFor(parseJid(from)?.bare ?? ''));
    return found === null ? errorTo(request, 'item-not-found') : resultTo(request, query(child, found));
  }
  if (type === 'get' && asked === `ping ${NS.ping}`) return resultTo(request, '');
  if (type === 'get' && asked === `query ${NS.version}`) {
    const version = `<name>respool</name><version>${escapeText(about.version)}</version>`;
    return resultTo(request, query(child, version));
  }
  if (type === 'get' && asked === `query ${NS.last}`) {
    return resultTo(request, `<query xmlns='${NS.last}' seconds='${Math.floor(about.uptime())}'/>`);
  }
  return errorTo(request, 'service-unavailable');
}

/** The answer's element, with the node that was asked for. */
function query({ attrs: { xmlns = '', node } }: Element, inside: string): string {
  const at = node === undefined ? '' : ` node='${escapeAttribute(node)}'`;
  return `<query xmlns='${xmlns}'${at}>${inside}</query>`;
}

type Commands = ReturnType<About['commandsFor']>;

/** null: there is no such node, for this account. */
function infoOf(node: string | undefined, about: About, commands: Commands): string | null {
  const features = (names: readonly string[]) => names.map(name => `<feature var='${name}'/>`).join('');
  if (node === undefined) {
    const own: string[] = [NS.discoInfo, NS.discoItems, NS.last, NS.ping, NS.version];
    if (commands.length > 0) own.push(NS.commands);
    return `${identity('component', 'generic', 'respool')}${features(own)}${contactForm(about.contact)}`;
  }
  if (node === NS.commands && commands.length > 0) {
    return `${identity('automation', 'command-list', 'respool')}${features([NS.commands])}`;
  }
  const command = commands.find(one => one.node === node);
  if (command === undefined) return null;
  return `${identity('automation', 'command-node', command.name)}${features([NS.commands, NS.dataForms])}`;
}

function itemsOf(node: string | undefined, { domain }: About, commands: Commands): string | null {
  if (node === undefined) return '';
  if (node !== NS.commands || commands.length === 0) return null;
  const jid = escapeAttribute(domain);
  return commands
    .map(one => `<item jid='${jid}' node='${one.node}' name='${escapeAttribute(one.name)}'/>`)
    .join('');
}

function identity(category: string, type: string, name: string): string {
  return `<identity category='${category}' type='${type}' name='${escapeAttribute(name)}'/>`;
}

/** XEP-0157, as a form of XEP-0128. */
function contactForm(contact: ReadonlySet<string>): string {
  if (contact.size === 0) return '';
  const values = [...contact].map(uri => `<value>${escapeText(uri)}</value>`).join('');
  return (
    `<x xmlns='${NS.dataForms}' type='result'>` +
    `<field var='FORM_TYPE' type='hidden'><value>${NS.serverInfo}</value></field>` +
    `<field var='admin-addresses' type='list-multi'>${values}</field></x>`
  );
}

/** Nobody reads what is written to the component. A message without a body is a receipt or the like. */
function answerToMessage(message: Element): string | null {
  const { type = 'normal' } = message.attrs;
  if ((type !== 'chat' && type !== 'normal') || message.getChild('body') === undefined) return null;
  return errorTo(message, 'service-unavailable');
}

/** A subscription is denied (RFC 6121, section 3.1.3). */
function answerToPresence({ attrs: { type, from, to } }: Element): string | null {
  if (type !== 'subscribe' || from === undefined || to === undefined) return null;
  return `<presence from='${escapeAttribute(to)}' to='${escapeAttribute(from)}' type='unsubscribed'/>`;
}
