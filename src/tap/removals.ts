import type { Element } from '@xmpp/component';
import { parseJid } from '../xmpp/jid.js';
import { NS } from '../xmpp/namespaces.js';
import { shortKey } from '../xmpp/short-key.js';
import type { Copied, Scope } from './scope.js';

/** So many are remembered at most, the last: each is answered at once. */
const MOST = 1_000;

/** Requests to remove an account (XEP-0077, 3.2), until the server has answered them. */
export class Removals {
  /** The account, by session and id of the request. */
  readonly #asked = new Map<string, string>();

  /** A session has sent this. */
  asked({ stanza, from, to }: Copied<Element>): void {
    const query = stanza.attrs.type === 'set' ? stanza.getChild('query', NS.register) : undefined;
    if (query?.getChild('remove') === undefined) return;
    // ejabberd lets remove another account too, with its password
    const name = query.getChildText('username');
    const account = name === null ? from : parseJid(`${name}@${to.domain}`);
    if (account === null) return;
    this.#asked.set(shortKey(`${from.full} ${stanza.attrs.id ?? ''}`), account.bare);
    for (const oldest of this.#asked.keys()) {
      if (this.#asked.size <= MOST) break;
      this.#asked.delete(oldest);
    }
  }

  /**
   * A session has got this answer. The server answers in its own name or the account's. If the session removes its own
   * account, it also answers in the session's name: that could be the session itself, but only about itself.
   * @returns the account that is removed by it
   */
  answered({ stanza, from, to }: Copied<Element>, scope: Scope): string | undefined {
    const { type, id = '' } = stanza.attrs;
    if (this.#asked.size === 0 || (type !== 'result' && type !== 'error')) return undefined;
    const key = shortKey(`${to.full} ${id}`);
    const account = this.#asked.get(key);
    const isServers = scope.hosts.has(from.full) || from.full === to.bare;
    if (account === undefined || (!isServers && (from.full !== to.full || account !== to.bare)))
      return undefined;
    this.#asked.delete(key);
    return type === 'result' ? account : undefined;
  }
}
