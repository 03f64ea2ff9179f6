import type { Element } from '@xmpp/component';
import { type Jid, parseJid } from '../xmpp/jid.js';
import { NS } from '../xmpp/namespaces.js';
import { writeInPayload } from '../xmpp/payload.js';
import { parseStamp } from '../xmpp/stamp.js';
import { contentHashOf, identityOf, isAddedOnTheWay, isOriginId } from './identity.js';
import type { ReplayMarks } from './marks.js';
import { insideMucSub } from './mucsub.js';
import { mucSubIdentity } from './mucsub-identity.js';
import { RoomNames } from './room-names.js';

/**
 * A message as a copy showed it: from user to user, also to another server, or said in a room (then `sender` and
 * `recipient` are both the occupant).
 */
export class Message {
  #identity: string | undefined;

  constructor(
    readonly element: Element,
    readonly sender: Jid,
    readonly recipient: Jid,
  ) {}

  /** Bare JID of the recipient. */
  get account(): string {
    return this.recipient.bare;
  }

  get id(): string | undefined {
    return this.element.attrs.id;
  }

  /** The same for every copy of one message; see identityOf. */
  get identity(): string {
    if (this.#identity === undefined) {
      // by what was said, whatever is around it: mod_push_offline does not show that
      const said = insideMucSub(this.element);
      const occupant = said === undefined ? null : parseJid(said.attrs.from);
      this.#identity =
        said === undefined || occupant === null
          ? identityOf(this.sender.full, this.account, this.id, this.element)
          : mucSubIdentity(new RoomNames(said, occupant).identity, occupant.bare);
    }
    return this.#identity;
  }

  /** The same for messages that say the same. */
  get content(): string {
    return contentHashOf(this.element);
  }

  /** Its writer's own id of it (XEP-0359), which stays when the stanza's id changes. */
  get originId(): string | undefined {
    return this.element.getChildElements().find(isOriginId)?.attrs.id;
  }

  /** When this JID has kept it since (XEP-0203), in ms; undefined where it says none that can be read. */
  stampBy(jid: string): number | undefined {
    return parseStamp(this.#delayBy(jid)?.attrs.stamp);
  }

  /**
   * True for a replay: with the vhost's stamp as respool writes it, without a text (mod_offline gives one), and with two
   * hints, which some clients give together too.
   */
  isReplayBy(vhost: string): boolean {
    const hinted = (name: string) => this.element.getChild(name, NS.hints) !== undefined;
    return hinted('no-copy') && hinted('no-permanent-store') && this.#delayBy(vhost)?.children.length === 0;
  }

  /** True where the session that had it has ended without acknowledging it, and the vhost has routed it once more. */
  isResentBy(vhost: string): boolean {
    return this.#delayBy(vhost)?.children.join('') === 'Resent';
  }

  /**
   * The marks of a message that this domain or room has stamped: a flood, a history or a replay, never a new sending.
   * undefined: it has not stamped it.
   */
  marksBy(vhost: string): ReplayMarks | undefined {
    const delay = this.#delayBy(vhost);
    if (delay === undefined) return undefined;
    return { from: this.element.attrs.from, id: this.id, stamp: parseStamp(delay.attrs.stamp) ?? Number.NaN };
  }

  #delayBy(vhost: string): Element | undefined {
    return this.element.children.find(
      (child): child is Element =>
        typeof child !== 'string' && child.attrs.xmlns === NS.delay && child.attrs.from === vhost,
    );
  }

  /** The room of which it is a private message (XEP-0045, 7.5), or null. */
  get room(): string | null {
    const user = this.element.getChild('x', NS.mucUser);
    return user !== undefined && user.getChild('invite') === undefined && this.sender.resource !== ''
      ? this.sender.bare
      : null;
  }

  /**
   * The content as a replay sends it: the children without what servers added. A delay of anybody but `stamper` is what
   * the sender has written, and stays.
   * @param stamper in whose name the replay says when it was seen
   * @param room keeps the ids that this room gave, for clients know what they have by them
   */
  payload(stamper: string, room?: string): string {
    return this.#payload(
      stamper,
      child => room !== undefined && child.name === 'stanza-id' && child.attrs.by === room,
    );
  }

  /** The content as its writer sent it to another server, hints included; but for a delay of the writer's own server. */
  payloadAsSent(): string {
    return this.#payload(this.sender.domain, child => child.attrs.xmlns === NS.hints);
  }

  #payload(stamper: string, isKept: (child: Element) => boolean): string {
    let payload = '';
    for (const child of this.element.children) {
      if (typeof child === 'string') continue;
      if (!isAddedOnTheWay(child) || isSenders(child, stamper) || isKept(child))
        payload += writeInPayload(child);
    }
    return payload;
  }
}

/** A delay of anybody but `stamper`, who has it written anew. */
function isSenders({ attrs }: Element, stamper: string): boolean {
  return attrs.xmlns === NS.delay && parseJid(attrs.from)?.full !== stamper;
}
