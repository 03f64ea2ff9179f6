import type { Element } from '@xmpp/component';
import { insideMucSub, isPresenceEvent } from '../tap/mucsub.js';
import { NS } from '../xmpp/namespaces.js';

/** Call set-up that is older than this is stale (XEP-0353), in ms. */
const CALL_SETUP_LIFE = 60_000;
/** What a lone chat state may have beside it and still say nothing (misc:is_standalone_chat_state of ejabberd). */
const SAYS_NOTHING: ReadonlySet<string | undefined> = new Set([
  NS.chatStates,
  NS.delay,
  NS.messageEvents,
  NS.hints,
  NS.stanzaId,
]);

/**
 * How long a message of type chat or normal is to be kept, by the rules of mod_offline, XEP-0023 and XEP-0353.
 * @param maxAge the longest life of any message, in ms
 * @returns its life in ms, or null where it is not to be kept at all
 */
export function lifeOf(message: Element, maxAge: number): number | null {
  const said = insideMucSub(message);
  if (said !== undefined) return lifeOf(said, maxAge);
  let life = maxAge;
  let store = false;
  let refuse = false;
  let says = false;
  for (const child of message.children) {
    if (typeof child === 'string') continue;
    const { xmlns } = child.attrs;
    if (xmlns === NS.hints) {
      store ||= child.name === 'store';
      refuse ||= child.name === 'no-store' || child.name === 'no-storage';
    } else if (xmlns === NS.offline) {
      return null; // XEP-0013: a message about the queue, not for it
    } else if (xmlns === NS.expire) {
      life = Math.min(life, secondsOf(child) * 1000);
    } else if (xmlns === NS.jingleMessage) {
      life = Math.min(life, CALL_SETUP_LIFE);
    } else if (isPresenceEvent(child)) {
      refuse = true;
    }
    if (!SAYS_NOTHING.has(xmlns) && child.name !== 'thread') says = true;
  }
  if (life <= 0) return null;
  return store || (!refuse && says) ? life : null;
}

/** May a message of type chat or normal be kept at all? */
export function isKept(message: Element): boolean {
  return lifeOf(message, Number.POSITIVE_INFINITY) !== null;
}

/** XEP-0023; a number that cannot be read sets no limit. */
function secondsOf(expire: Element): number {
  const seconds = Number.parseInt(expire.attrs.seconds ?? '', 10);
  return Number.isNaN(seconds) ? Number.POSITIVE_INFINITY : seconds;
}
