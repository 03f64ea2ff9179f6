import type { Element } from '@xmpp/component';
import type { Jid } from '../xmpp/jid.js';
import { NS } from '../xmpp/namespaces.js';
import { shortKey } from '../xmpp/short-key.js';
import { blocksIn } from './blocks.js';
import { remoteVerdictOf } from './bounce.js';
import type { LoginAct, TapEvent } from './event.js';
import { expelledBy } from './room-order.js';
import type { Copied, Scope } from './scope.js';
import { sessionEndIn } from './session-end.js';

/** Reads the copy of an iq. */
export function readIq(copy: Copied<Element>, scope: Scope): TapEvent[] {
  const { stanza, from: jid, to, vhost } = copy;
  const { type, id = '' } = stanza.attrs;
  if (scope.isRespool(jid)) return pingOfRespool(copy, scope);
  if (!scope.isSession(jid) || jid.domain !== vhost) return iqTo(copy, scope);
  // the server answers so for a session that is not there
  if (type === 'error' && sessionEndIn(stanza) !== null) return [{ kind: 'told-of-end', jid, how: 'error' }];
  const events: TapEvent[] = [{ kind: 'seen', jid, acted: true, late: scope.isSession(to) }];
  if (scope.isRespool(to) && (type === 'result' || type === 'error')) {
    events.push({ kind: 'answered', jid, id });
  }
  if (to.full === jid.bare) events.push(...blocks(stanza, jid));
  if (type === 'set' && stanza.getChild('disable', NS.carbons) !== undefined)
    events.push({ kind: 'carbons', jid, on: false });
  if (stanza.children.some(child => typeof child !== 'string' && child.attrs.xmlns === NS.mucSub)) {
    events.push({ kind: 'subscribes', jid });
  }
  const who = to.local === '' ? [] : expelledBy(stanza);
  if (who.length > 0) events.push({ kind: 'orders', jid, room: to.full, id, who });
  const act = actOf(stanza);
  if (act === null) return events;
  events.push({ kind: 'login', jid, act });
  if (act === 'carbons') events.push({ kind: 'carbons', jid, on: true });
  if (act === 'archive') events.push({ kind: 'archive-query', jid, id: shortKey(id) });
  return events;
}

/** Pings of a respool are no sign of life, but show what their answers are to prove, and whose those are. */
function pingOfRespool({ stanza, from, to: jid }: Copied<Element>, scope: Scope): TapEvent[] {
  const { type, id = '' } = stanza.attrs;
  if (type !== 'get' || stanza.getChild('ping', NS.ping) === undefined || !scope.isSession(jid)) return [];
  return [{ kind: from.full === scope.peer ? 'pinged' : 'ping-reached', jid, id }];
}

function actOf(stanza: Element): LoginAct | null {
  const { type } = stanza.attrs;
  if (type !== 'set' && type !== 'get') return null;
  const asked = stanza.getChildElements()[0];
  const { xmlns } = asked?.attrs ?? {};
  if (xmlns === NS.carbons && asked?.name === 'enable') return 'carbons';
  if (xmlns === NS.roster && type === 'get') return 'roster';
  return xmlns === NS.mam && asked?.name === 'query' && type === 'set' ? 'archive' : null;
}

/** Nobody else can ask an account's server in its name, nor tell its sessions in that. */
function blocks(stanza: Element, jid: Jid): TapEvent[] {
  const found = blocksIn(stanza);
  return found === null ? [] : [{ kind: 'blocks', jid, ...found }];
}

/** Of what comes to a session, answers tell something. */
function iqTo({ stanza, from, to: jid, vhost }: Copied<Element>, scope: Scope): TapEvent[] {
  const { type, id = '' } = stanza.attrs;
  if (!scope.isSession(jid) || jid.domain !== vhost) return [];
  const events: TapEvent[] = [{ kind: 'seen', jid, acted: false }];
  if (from.full === jid.bare) events.push(...blocks(stanza, jid));
  if (type !== 'result' && type !== 'error') return events;
  if (type === 'result' && from.local !== '' && from.resource === '' && !scope.isLocal(from)) {
    events.push({ kind: 'room-did', jid, room: from.full, id });
  }
  const fin = stanza.getChild('fin', NS.mam);
  const last = type === 'error' || fin?.attrs.complete === 'true';
  if (fin !== undefined || type === 'error')
    events.push({ kind: 'archive-end', jid, id: shortKey(id), last });
  if (from.full === from.domain && scope.isRemote(from)) {
    // ejabberd's own word of it has one of the conditions that no other server gives
    const reached = type === 'result' || !['unreachable', 'unknown'].includes(remoteVerdictOf(stanza));
    events.push({ kind: 'remote-answered', domain: from.domain, id, reached });
  }
  return events;
}
