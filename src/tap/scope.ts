import type { Jid } from '../xmpp/jid.js';
import { isOfOtherServer } from './remote.js';

/** Which JIDs concern respool: its vhosts, itself and the other respool. */
export class Scope {
  /** The vhosts served, in normal form. */
  readonly hosts: ReadonlySet<string>;
  /** The component's own domain, in normal form. */
  readonly domain: string;
  /** That of the other respool, in normal form; null: there is none. */
  readonly peer: string | null;

  constructor({
    hosts,
    domain,
    peer = null,
  }: {
    hosts: ReadonlySet<string>;
    domain: string;
    peer?: string | null;
  }) {
    this.hosts = hosts;
    this.domain = domain;
    this.peer = peer;
  }

  /** A respool: this one, or the other. */
  isRespool({ full }: Jid): boolean {
    return full === this.domain || full === this.peer;
  }

  /** A full JID of a vhost served. */
  isSession({ local, domain, resource }: Jid): boolean {
    return resource !== '' && local !== '' && this.hosts.has(domain);
  }

  /** An account of a vhost served, or a session of it. */
  isLocal({ local, domain }: Jid): boolean {
    return local !== '' && this.hosts.has(domain);
  }

  /** Of another server. */
  isRemote({ domain }: Jid): boolean {
    return isOfOtherServer(domain, this.hosts);
  }
}

/** A copied stanza, and whose vhost copied it. */
export interface Copied<Stanza> {
  readonly stanza: Stanza;
  readonly from: Jid;
  readonly to: Jid;
  readonly vhost: string;
}
