import { type Fate, Way, type WayOptions } from '../way.js';

export const PHONE = 'bob@alpha.test/phone';
export const LAPTOP = 'bob@alpha.test/laptop';
export const ALICE = 'alice@alpha.test/pc';
export const ROOM = 'garden@conference.alpha.test';

/** The way of a stanza with bob's devices, in the words of ejabberd's copies. */
export class Scene extends Way {
  readonly fates: Record<string, Fate> = {};

  constructor(options: WayOptions = {}) {
    super(options);
    this.fate = jid => this.fates[jid] ?? 'answered';
  }

  login(jid: string, priority = 0): void {
    this.fates[jid] = 'answered';
    this.copy(
      `<presence from='${jid}' to='${jid.split('/')[0]}'><priority>${priority}</priority></presence>`,
    );
  }

  /** The server has put its presence into its tables, and tells it so. */
  registered(jid: string, priority = 0): void {
    this.copy(`<presence from='${jid}' to='${jid}'><priority>${priority}</priority></presence>`);
  }

  /** The copy of a sending, and so many of receptions. Returns its text. */
  message(
    id: string | null,
    receptions: number,
    to = 'bob@alpha.test',
    from = ALICE,
    body = 'hello',
  ): string {
    const text = `<message from='${from}' to='${to}' type='chat'${id === null ? '' : ` id='${id}'`}><body>${body}</body></message>`;
    for (let copy = 0; copy <= receptions; copy++) this.copy(text);
    return text;
  }

  join(jid: string, nick: string): void {
    this.asksToJoin(jid, nick);
    this.placed(jid, nick);
  }

  asksToJoin(jid: string, nick: string): void {
    this.copy(
      `<presence from='${jid}' to='${ROOM}/${nick}'><x xmlns='http://jabber.org/protocol/muc'/></presence>`,
    );
  }

  /** The room says that it is in, whether it has asked for that or not. */
  placed(jid: string, nick: string): void {
    this.copy(
      `<presence from='${ROOM}/${nick}' to='${jid}'><x xmlns='http://jabber.org/protocol/muc#user'><status code='110'/></x></presence>`,
    );
  }

  say(id: string, ...heardBy: string[]): void {
    for (const jid of heardBy) {
      this.copy(
        `<message from='${ROOM}/eve' to='${jid}' type='groupchat' id='${id}'><body>${id}</body></message>`,
      );
    }
  }

  goes(jid: string): void {
    this.copy(`<presence from='${jid}' to='${jid.split('/')[0]}' type='unavailable'/>`);
  }

  /** It does what comes first at a login. */
  asksRoster(jid: string): void {
    this.fates[jid] = 'answered';
    this.copy(
      `<iq from='${jid}' to='bob@alpha.test' type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>`,
    );
  }

  /** It does something that tells nothing of its presence. */
  acts(jid: string): void {
    this.fates[jid] = 'answered';
    const query = "<query xmlns='http://jabber.org/protocol/disco#info'/>";
    this.copy(`<iq from='${jid}' to='alpha.test' type='get' id='d'>${query}</iq>`);
  }

  /** Somebody with a local session is told that this one has ended. */
  told(jid: string, to = ALICE): void {
    this.copy(`<presence from='${jid}' to='${to}' type='unavailable'/>`);
  }

  /** mod_offline stores a message, and mod_push_offline says so. */
  storedOffline(id: string, to = 'bob@alpha.test', from = ALICE): void {
    const message = `<message xmlns='jabber:client' from='${from}' to='${to}' type='chat' id='${id}'><body>hello</body></message>`;
    this.feed(
      `<message to='respool.alpha.test' from='bob@alpha.test' id='1'><event xmlns='http://jabber.org/protocol/pubsub#event'>` +
        `<items node='urn:xmpp:push:nodes:messages'><item id='1'>${message}</item></items></event></message>`,
    );
  }

  /** The server returns bob's message of this id to alice, for the session that had it has ended. */
  comesBack(id: string): void {
    this.copy(
      `<message from='bob@alpha.test' to='${ALICE}' type='error' id='${id}'><body>hello</body><error type='cancel'>` +
        `<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>` +
        `<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>User session terminated</text></error></message>`,
    );
  }

  got(jid: string): (string | undefined)[] {
    return this.replayed.filter(({ to }) => to === jid).map(({ id }) => id);
  }
}

/** The phone is a known device, and online. */
export async function withPhone(options: WayOptions = {}): Promise<Scene> {
  const scene = new Scene(options);
  scene.login(PHONE);
  await scene.clock.pass(10_000);
  return scene;
}
