import type { FakeClock } from '../fake-clock.js';
import { Account } from './account.js';
import { bounceOf, carbonsOf, reroute } from './messages.js';
import { Room } from './room.js';
import { Session } from './session.js';
import { bareOf, goneError, resourceOf, type Stanza, VHOST } from './stanza.js';
import type { Wire } from './wire.js';

export interface ServerSettings {
  /** mod_stream_mgmt: what becomes of unacknowledged messages. */
  resend: 'no' | 'if_offline' | 'yes';
  resumeTimeout: number;
  /** Until the server notices that a line is dead, in ms. */
  notices: number;
  /** Until the old session of a resource that binds anew has ended, in ms. */
  replaces: number;
  offlineLimit: number;
  /** mod_push_offline is there. */
  push: boolean;
  /** mod_mam archives everything. */
  archive: boolean;
  /** Everybody is told of everybody's presence. */
  contacts: boolean;
}

/** ejabberd with one vhost: sessions, how messages find them, and what becomes of what a dying one has not delivered. */
export class Server {
  readonly clock: FakeClock;
  readonly settings: ServerSettings;
  readonly wire: Wire;
  readonly accounts = new Map<string, Account>();
  readonly rooms = new Map<string, Room>();
  /** Called when respool is about to read the copy of what a session got. */
  readonly #seen: (session: Session, stanza: Stanza) => void;
  #sessions = 0;

  constructor(
    clock: FakeClock,
    settings: ServerSettings,
    wire: Wire,
    {
      accounts,
      rooms,
      seen,
    }: { accounts: Iterable<string>; rooms: string[]; seen: (session: Session, stanza: Stanza) => void },
  ) {
    this.#seen = seen;
    this.clock = clock;
    this.settings = settings;
    this.wire = wire;
    for (const jid of accounts) this.accounts.set(jid, new Account(jid));
    const deliver = (stanza: Stanza) => this.route(stanza);
    for (const jid of rooms) this.rooms.set(jid, new Room(jid, deliver, at => this.date(at)));
  }

  date(at: number): number {
    return this.clock.date() - this.clock.now() + at;
  }

  session(jid: string): Session | undefined {
    return this.accounts.get(bareOf(jid))?.sessions.get(resourceOf(jid));
  }

  account(jid: string): Account {
    const account = this.accounts.get(bareOf(jid));
    if (account === undefined) throw new Error(`no account of ${jid}`);
    return account;
  }

  /** A client logs in; no copy tells so. @param purges SASL2 with Bind2 empties mod_offline */
  bind(jid: string, managed: boolean, purges: boolean): Session {
    const account = this.account(jid);
    const old = this.session(jid);
    const session: Session = new Session(jid, ++this.#sessions, managed, stanza =>
      this.wire.copy(stanza, () => this.#seen(session, stanza)),
    );
    account.sessions.set(resourceOf(jid), session);
    if (old !== undefined) this.clock.after(this.settings.replaces, () => this.end(old));
    if (purges) account.offline = [];
    return session;
  }

  /** The server finds that the connection is gone. */
  disconnected(session: Session): void {
    if (session.ended) return;
    session.line?.break();
    session.line = null;
    session.stopTimer?.();
    if (!session.managed) return this.end(session);
    session.stopTimer = this.clock.after(this.settings.resumeTimeout, () => this.end(session));
  }

  /** The connection is dead, and the server is to find out. */
  vanished(session: Session): void {
    session.line?.break();
    session.stopTimer?.();
    session.stopTimer = this.clock.after(this.settings.notices, () => this.disconnected(session));
  }

  /** A session is over. */
  end(session: Session): void {
    if (session.ended) return;
    session.ended = true;
    session.line?.break();
    session.stopTimer?.();
    const { sessions } = this.account(session.jid);
    const isReplaced = sessions.get(resourceOf(session.jid)) !== session;
    if (!isReplaced) sessions.delete(resourceOf(session.jid));
    for (const { stanza } of session.unacknowledged) this.#undelivered(stanza, session);
    // the second of a client that said so itself too (transcript 05)
    if (session.presence !== null) this.unavailable(session);
    for (const room of this.rooms.values()) room.leave(session.jid, isReplaced);
  }

  /** Those who see its presence are told that it is gone. */
  unavailable(session: Session): void {
    for (const jid of this.#watchers(session)) {
      this.route({ name: 'presence', from: session.jid, to: jid, type: 'unavailable', payload: '' });
    }
  }

  /** Those who see its presence get it. */
  announce(session: Session): void {
    const { jid } = session;
    const presence = session.presence ?? '';
    session.deliver({ name: 'presence', from: jid, to: jid, payload: presence });
    for (const to of this.#watchers(session)) {
      this.route({ name: 'presence', from: jid, to, payload: presence });
    }
  }

  /** Brings a stanza to whoever is to have it. */
  route(stanza: Stanza): void {
    const account = this.accounts.get(bareOf(stanza.to));
    const addressed = account?.sessions.get(resourceOf(stanza.to));
    const isMessage = stanza.name === 'message' && (stanza.type ?? 'normal').match(/chat$|normal/) !== null;
    if (account === undefined || !isMessage || stanza.type === 'groupchat') {
      if (addressed === undefined && stanza.type === 'groupchat')
        this.rooms.get(bareOf(stanza.from))?.leave(stanza.to, false);
      addressed?.deliver(stanza);
      return;
    }
    const receivers = addressed === undefined ? account.best : [addressed];
    if (receivers.length === 0) return this.#keepOffline(account, stanza);
    for (const session of receivers) session.deliver(stanza);
    if (stanza.way !== 'replay') this.#showReceived(account, stanza, receivers); // a replay says <no-copy/>
  }

  /** mod_carboncopy shows what a device has sent to the others of its account. */
  showSent(session: Session, stanza: Stanza): void {
    for (const other of this.account(session.jid).available) {
      if (other !== session && other.carbons) other.deliver(carbonsOf('sent', stanza, other.jid));
    }
  }

  /** respool sends an iq. */
  request(stanza: Stanza): void {
    const session = this.session(stanza.to);
    if (session !== undefined) return session.deliver(stanza);
    this.wire.direct(this.#errorOf(stanza, 'User session not found'));
  }

  /** mod_carboncopy: to a resource that is not available a message counts as sent to all of the highest priority. */
  #showReceived({ available }: Account, stanza: Stanza, receivers: readonly Session[]): void {
    const isForAll = !receivers.some(({ jid, isAvailable }) => isAvailable && jid === stanza.to);
    const highest = Math.max(...available.map(({ priority }) => priority ?? -1));
    for (const session of available) {
      const hasIt = isForAll ? session.priority === highest : receivers.includes(session);
      if (session.carbons && !hasIt) session.deliver(carbonsOf('received', stanza, session.jid));
    }
  }

  #watchers(session: Session): string[] {
    const accounts = this.settings.contacts ? [...this.accounts.values()] : [this.account(session.jid)];
    return accounts
      .flatMap(({ available }) => available.map(({ jid }) => jid))
      .filter(jid => jid !== session.jid);
  }

  /** mod_offline. */
  #keepOffline(account: Account, stanza: Stanza): void {
    const { offlineLimit, push } = this.settings;
    if (account.offline.length >= offlineLimit) {
      return this.route(bounceOf(stanza, 'full'));
    }
    const at = this.clock.now();
    account.offline.push({ stanza, at });
    if (push) this.wire.direct(pushOf(stanza, reroute(stanza, this.date(at), 'Offline storage')));
  }

  /** What a session that is over had not got an acknowledgement of (mod_stream_mgmt). */
  #undelivered(stanza: Stanza, session: Session): void {
    if (stanza.name === 'presence' || stanza.type === 'error' || stanza.type === 'groupchat') return;
    if (stanza.name === 'iq') {
      if (stanza.type === 'get') this.wire.direct(this.#errorOf(stanza, 'User session terminated'));
      return;
    }
    const { resend, archive } = this.settings;
    if (stanza.way === 'carbon' || stanza.way === 'archive' || (archive && stanza.way !== 'replay')) return;
    const others = this.account(session.jid).sessions;
    const again =
      resend === 'yes' ||
      (resend === 'if_offline' && [...others.keys()].every(one => one === resourceOf(session.jid)));
    if (again) return this.route(reroute(stanza, this.clock.date(), 'Resent'));
    this.route(bounceOf(stanza, 'terminated'));
  }

  #errorOf({ from, to, id = '', payload }: Stanza, text: string): string {
    return `<iq to='${from}' from='${to}' type='error' id='${id}'>${payload}${goneError(text)}</iq>`;
  }
}

/** mod_push_offline shows what mod_offline stores. */
function pushOf({ to }: Stanza, stored: Stanza): string {
  const { from, type = 'normal', id, payload } = stored;
  const named = id === undefined ? '' : ` id='${id}'`;
  const message = `<message to='${to}' from='${from}' type='${type}'${named} xmlns='jabber:client'>${payload}</message>`;
  return (
    `<message to='respool.${VHOST}' from='${to}' id='1'><event xmlns='http://jabber.org/protocol/pubsub#event'>` +
    `<items node='urn:xmpp:push:nodes:messages'><item id='1'>${message}</item></items></event></message>`
  );
}
