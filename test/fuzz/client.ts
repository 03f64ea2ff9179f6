import type { FakeClock } from '../fake-clock.js';
import { fromClient, type Onlookers } from './from-client.js';
import type { Judge } from './judge.js';
import { Line } from './line.js';
import type { Device, Do, Login } from './script.js';
import type { Server } from './server.js';
import type { Handed, Session } from './session.js';
import { bareOf, DOMAIN, type Stanza, VHOST } from './stanza.js';

/** A client that answers late takes so long for it, in ms. */
const LATE = 20_000;
const MUC = 'http://jabber.org/protocol/muc';

/** One device: what it sends, and what comes to it. */
export class Client {
  readonly jid: string;
  readonly #device: Device;
  readonly #server: Server;
  readonly #judge: Judge;
  readonly #on: Onlookers;
  #session: Session | null = null;
  #line: Line | null = null;
  #latency = 1;
  #presence = '';
  #ids = 0;

  constructor(device: Device, server: Server, judge: Judge) {
    this.jid = device.jid;
    this.#device = device;
    this.#server = server;
    this.#judge = judge;
    this.#on = { read: (session, stanza) => judge.read(session, stanza) };
  }

  get isConnected(): boolean {
    return this.#line?.isBroken === false && this.#session?.ended === false;
  }

  /** A new stream, and what the client does first in it. */
  login({ managed, purges, latency, steps }: Login): void {
    this.#session = this.#server.bind(this.jid, managed, purges);
    this.#latency = latency;
    const line = this.#connect(this.#session);
    if (purges) this.#session.carbons = true; // switched on inline, which leaves no trace
    let at = 0;
    for (const { gap, what } of steps) {
      at += gap;
      this.#clock.after(at, () => line === this.#line && this.does(what));
    }
  }

  /** The same stream over a new connection; where that is too late the client logs in. */
  resume(or: Login): void {
    if (this.#session === null || this.#session.ended || !this.#session.managed) return this.login(or);
    if (this.isConnected && this.#session.stopTimer === null) return;
    this.#line?.break();
    this.#session.resume(this.#connect(this.#session));
    if (this.#session.presence === null) this.does({ do: 'again' }); // what the server has not got is sent again (XEP-0198)
  }

  leave(how: 'politely' | 'closes' | 'reset' | 'vanishes'): void {
    const [session, line] = [this.#session, this.#line];
    if (session === null || line === null || !this.isConnected) return;
    if (how === 'reset') return this.#server.disconnected(session);
    if (how === 'vanishes') return this.#server.vanished(session);
    if (how === 'politely')
      this.#send({ name: 'presence', to: bareOf(this.jid), type: 'unavailable', payload: '' });
    line.close(() => this.#server.end(session));
  }

  does(what: Do): void {
    const own = bareOf(this.jid);
    switch (what.do) {
      case 'presence':
        this.#presence = what.priority === 0 ? '' : `<priority>${what.priority}</priority>`;
        return this.#send({ name: 'presence', to: own, payload: `${this.#presence}${what.says ?? ''}` });
      case 'again':
        return this.#send({ name: 'presence', to: own, payload: this.#presence });
      case 'roster':
        return this.#ask(own, 'get', "<query xmlns='jabber:iq:roster'/>");
      case 'carbons':
        return this.#ask(own, 'set', "<enable xmlns='urn:xmpp:carbons:2'/>");
      case 'archive':
        return this.#ask(own, 'set', "<query xmlns='urn:xmpp:mam:2' queryid='q'/>");
      case 'disco':
        return this.#ask(VHOST, 'get', "<query xmlns='http://jabber.org/protocol/disco#info'/>");
      case 'join': {
        const history = what.history === null ? '' : `<history maxstanzas='${what.history}'/>`;
        const payload = `<x xmlns='${MUC}'>${history}</x>`;
        return this.#send({ name: 'presence', to: `${what.room}/${this.#nick}`, payload });
      }
      case 'part':
        return this.#send({
          name: 'presence',
          to: `${what.room}/${this.#nick}`,
          type: 'unavailable',
          payload: '',
        });
      case 'hides':
        return this.#send({ name: 'presence', to: what.from, type: 'unavailable', payload: '' });
      case 'write':
        return this.#write(what);
    }
  }

  get #nick(): string {
    return this.jid.replace(/[^a-z]/g, '-');
  }

  get #clock(): FakeClock {
    return this.#server.clock;
  }

  #connect(session: Session): Line {
    this.#line?.break();
    const line = new Line(this.#clock, session, this.#latency, {
      receive: (handed, to) => this.#receive(handed, to),
      send: (from, stanza, lag) => fromClient(this.#server, this.#on, from, stanza, lag),
    });
    this.#line = line;
    session.line = line;
    return line;
  }

  #write({ token, to, hasId, lag }: Extract<Do, { do: 'write' }>): void {
    if (!this.isConnected || this.#session === null) return;
    const type = this.#server.rooms.has(to) ? 'groupchat' : 'chat';
    const stanza = { name: 'message', to, type, token, payload: `<body>message ${token}</body>` } as const;
    if (type === 'chat') this.#judge.has(this.jid, token, 'own', this.#session, null);
    this.#send(hasId ? { ...stanza, id: `m${token}` } : stanza, lag);
  }

  #ask(to: string, type: string, payload: string): void {
    this.#send({ name: 'iq', to, type, id: `q${++this.#ids}`, payload });
  }

  #send(stanza: Omit<Stanza, 'from'>, lag = 0): void {
    if (this.isConnected) this.#line?.toServer({ ...stanza, from: this.jid }, lag);
  }

  #receive(handed: Handed, session: Session): void {
    const { stanza } = handed;
    if (stanza.name === 'message' && stanza.token !== undefined) {
      this.#judge.has(this.jid, stanza.token, stanza.way ?? 'live', session, handed);
    }
    const { asked, id = '' } = stanza;
    if (asked === undefined || this.#device.answers === 'never') return;
    const proves = { device: this.jid, session: session.key, upTo: this.#judge.count, asked };
    const answer = () => {
      if (session !== this.#session) return;
      this.#send({ name: 'iq', to: DOMAIN, type: 'result', id, payload: '', proves });
    };
    if (this.#device.answers === 'late') this.#clock.after(LATE, answer);
    else answer();
  }
}
