import type { Room } from './room.js';
import type { Server } from './server.js';
import type { Session } from './session.js';
import { bareOf, DOMAIN, delay, type Stanza, textOf, VHOST } from './stanza.js';

const MUC = 'http://jabber.org/protocol/muc';
/** An archive query brings so many of the last messages. */
const PAGE = 50;

/** What the server does not decide: others look on. */
export interface Onlookers {
  /** respool reads the copy of what a client sent. */
  read(session: Session, stanza: Stanza): void;
}

/**
 * The server gets a stanza of a client: the copy of the sending first, then what comes of it.
 * @param lag between the two, as by a slow archive, in ms; the session's next stanza waits for it
 */
export function fromClient(server: Server, on: Onlookers, session: Session, sent: Stanza, lag: number): void {
  const stanza = { ...sent, lang: 'en' };
  const { clock } = server;
  const start = Math.max(clock.now(), session.busyUntil);
  session.busyUntil = start + lag;
  const begin = () => {
    server.wire.copy(stanza, () => on.read(session, stanza));
    const since = clock.now();
    if (lag === 0) obey(server, on, session, { ...stanza, since });
    else clock.after(lag, () => obey(server, on, session, { ...stanza, since }));
  };
  if (start === clock.now()) begin();
  else clock.after(start - clock.now(), begin);
}

function obey(server: Server, on: Onlookers, session: Session, stanza: Stanza): void {
  const room = server.rooms.get(bareOf(stanza.to));
  if (stanza.name === 'iq') return iq(server, on, session, stanza);
  if (stanza.name === 'presence')
    return room === undefined
      ? presence(server, session, stanza)
      : roomPresence(room, session, stanza, server);
  if (room !== undefined) return room.say(session.jid, stanza, server.clock.now());
  const message: Stanza = { ...stanza, way: 'live' };
  server.showSent(session, message);
  if (server.settings.archive) {
    const kept = { stanza: message, at: server.clock.now() };
    for (const jid of new Set([bareOf(stanza.from), bareOf(stanza.to)]))
      server.account(jid).archive.push(kept);
  }
  server.route(message);
}

function presence(server: Server, session: Session, stanza: Stanza): void {
  if (stanza.to !== bareOf(session.jid)) {
    for (const { jid } of server.account(stanza.to).available) server.route({ ...stanza, to: jid });
    return;
  }
  if (stanza.type === 'unavailable') {
    server.unavailable(session);
    session.priority = null;
    for (const room of server.rooms.values()) room.leave(session.jid, true);
    return;
  }
  const before = session.priority;
  session.priority = Number(/<priority>(-?\d+)/.exec(stanza.payload)?.[1] ?? 0);
  session.presence = stanza.payload;
  const account = server.account(session.jid);
  if (session.priority >= 0 && (before ?? -1) < 0) {
    for (const kept of account.takeOffline(at => server.date(at))) server.route(kept);
  }
  server.announce(session);
  if (before !== null) return;
  for (const { jid, presence } of account.available) {
    if (jid === session.jid) continue;
    const payload = `${delay(jid, server.clock.date())}${presence ?? ''}`;
    session.deliver({ name: 'presence', from: jid, to: session.jid, payload });
  }
}

function roomPresence(room: Room, { jid }: Session, { to, type, payload }: Stanza, server: Server): void {
  if (type === 'unavailable') return room.leave(jid, true);
  if (!payload.includes(`xmlns='${MUC}'`)) return;
  const most = /maxstanzas='(\d+)'/.exec(payload)?.[1];
  room.join(jid, to.slice(room.jid.length + 1), most === undefined ? null : Number(most), server.clock.now());
}

function iq(server: Server, on: Onlookers, session: Session, stanza: Stanza): void {
  const { to, from, id = '', payload } = stanza;
  if (to === DOMAIN) {
    server.wire.direct(textOf(stanza), () => on.read(session, stanza));
    return;
  }
  if (payload.includes('urn:xmpp:carbons:2')) session.carbons = true;
  const fin =
    "<fin complete='true' xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'/></fin>";
  const isQuery = payload.includes('urn:xmpp:mam:2');
  if (isQuery) archived(server, session);
  session.deliver({ name: 'iq', from: to, to: from, type: 'result', id, payload: isQuery ? fin : '' });
}

function archived(server: Server, session: Session): void {
  const account = server.account(session.jid);
  for (const [index, { stanza, at }] of account.archive.entries()) {
    if (index < account.archive.length - PAGE) continue;
    const id = `${1_795_409_010_000_000 + index}`;
    const forwarded = `<forwarded xmlns='urn:xmpp:forward:0'>${textOf(stanza, 'jabber:client')}${delay(VHOST, server.date(at))}</forwarded>`;
    session.deliver({
      name: 'message',
      from: account.jid,
      to: session.jid,
      payload: `<result id='${id}' queryid='q' xmlns='urn:xmpp:mam:2'>${forwarded}</result>`,
      way: 'archive',
      ...(stanza.token === undefined ? {} : { token: stanza.token }),
    });
  }
}
