import type { Element } from '@xmpp/component';
import type { Taken } from '../spool/content.js';
import { parseJid } from '../xmpp/jid.js';
import { escapeAttribute, serialize } from '../xmpp/serialize.js';
import { STANDBY } from './words.js';

/** A message to another server, as a bounce of it would name it. */
export interface Arrived {
  sender: string;
  /** Bare JID of the recipient. */
  recipient: string;
  stanzaId: string;
}

/** @returns those that a bounce would name */
export function arrivedOf(messages: readonly Taken[]): Arrived[] {
  return messages.flatMap(({ from, to, stanzaId }) => {
    const recipient = parseJid(to)?.bare;
    return stanzaId === null || recipient === undefined ? [] : [{ sender: from, recipient, stanzaId }];
  });
}

/** What only one of two respools is shown, or told, for the other. */
export type News =
  /** ejabberd says that this session (a full JID), which came so long ago, in ms, is not there any more. */
  | { is: 'gone'; jid: string; age: number }
  /** These messages were sent again to another server, which has taken them. */
  | { is: 'arrived'; messages: readonly Arrived[] }
  /** A stanza of mod_push_offline, which has one host. */
  | { is: 'pushed'; stanza: Element }
  /** Somebody has put an account, a device or a domain on hold, by hand. */
  | { is: 'on-hold'; jid: string; by: string }
  /** Or released it. */
  | { is: 'released'; jid: string };

export interface NewsOptions {
  domain: string;
  peer: string;
  send(text: string): boolean;
  /** Takes what the other one was shown. */
  take(news: News): void;
}

/** Tells the other respool what it cannot see, and takes what it tells. */
export class Newswire {
  readonly #options: NewsOptions;

  constructor(options: NewsOptions) {
    this.#options = options;
  }

  tell(news: News): void {
    const { domain, peer, send } = this.#options;
    const addressed = `from='${escapeAttribute(domain)}' to='${escapeAttribute(peer)}'`;
    send(`<message ${addressed}><news xmlns='${STANDBY}' is='${news.is}'>${inside(news)}</news></message>`);
  }

  /** Takes a message of the other one. True where it was news. */
  take(message: Element): boolean {
    const element = message.getChild('news', STANDBY);
    if (element === undefined || message.attrs.type === 'error') return false;
    const news = read(element);
    if (news !== undefined) this.#options.take(news);
    return true;
  }
}

function inside(news: News): string {
  switch (news.is) {
    case 'gone':
      return `<session jid='${escapeAttribute(news.jid)}' age='${Math.round(news.age)}'/>`;
    case 'arrived':
      return news.messages
        .map(({ sender, recipient, stanzaId }) => {
          const of = `from='${escapeAttribute(sender)}' to='${escapeAttribute(recipient)}'`;
          return `<sent ${of} id='${escapeAttribute(stanzaId)}'/>`;
        })
        .join('');
    case 'pushed':
      return serialize(news.stanza);
    case 'on-hold':
      return `<hold jid='${escapeAttribute(news.jid)}' by='${escapeAttribute(news.by)}'/>`;
    case 'released':
      return `<hold jid='${escapeAttribute(news.jid)}'/>`;
  }
}

function read(element: Element): News | undefined {
  const children = element.getChildElements();
  const [first] = children;
  switch (element.attrs.is) {
    case 'gone': {
      const { jid, age = '' } = first?.attrs ?? {};
      return jid === undefined
        ? undefined
        : { is: 'gone', jid, age: /^\d{1,15}$/.test(age) ? Number(age) : 0 };
    }
    case 'arrived':
      return {
        is: 'arrived',
        messages: children.flatMap(({ attrs: { from, to, id } }) =>
          from === undefined || to === undefined || id === undefined
            ? []
            : [{ sender: from, recipient: to, stanzaId: id }],
        ),
      };
    case 'pushed':
      return first === undefined ? undefined : { is: 'pushed', stanza: first };
    case 'on-hold': {
      const { jid, by } = first?.attrs ?? {};
      return jid === undefined || by === undefined ? undefined : { is: 'on-hold', jid, by };
    }
    case 'released':
      return first?.attrs.jid === undefined ? undefined : { is: 'released', jid: first.attrs.jid };
    default:
      return undefined;
  }
}
