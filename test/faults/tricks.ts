import type { Random } from '../bench/random.js';

/** Who plays a trick: a user of the vhost, or somebody on another server of whom the vhost knows nothing. */
export const USER = 'mallory';
export const SERVER = 'evil.test';

/** Where he has a hand in it, it is his: what he writes, and what is said in rooms under his name. */
export function isHostile(text: string): boolean {
  return text.includes(USER) || text.includes(SERVER);
}

/** A message of somebody else: the worst who knows all that others write. */
export interface Overheard {
  from: string;
  to: string;
  id: string;
  body: string;
}

/** What a trick is played with. */
export interface Scene {
  vhost: string;
  /** respool's own name. */
  domain: string;
  /** The full JID of somebody who is owed something. */
  victim: string;
  room: string;
  overheard: Overheard;
}

/** What goes out, and by whose connection. */
export interface Played {
  as: 'user' | 'server';
  texts: string[];
}

const PUBSUB = 'http://jabber.org/protocol/pubsub';
const MUC_USER = 'http://jabber.org/protocol/muc#user';
const STAMPS = ['1999-01-01T00:00:00Z', '9999-12-31T23:59:59Z', '99999-99-99T99:99:99Z', '1999', '-1', ''];
/** Below what ejabberd takes of a client in one stanza, in characters. */
const LONG = 250_000;
/** Deeper than what respool reads; 5 000 end the Erlang of ejabberd 23.01 itself. */
const DEPTH = 1_000;
/** One-letter messages at once; more than one sender may have kept. */
const FLOOD = 200;

const by = (as: Played['as'], ...texts: string[]): Played => ({ as, texts });
const chat = (to: string, inside: string, id = 'x') =>
  `<message to='${to}' type='chat' id='${id}'>${inside}</message>`;
const bare = (jid: string) => jid.slice(0, jid.indexOf('/'));
const nested = (name: string, depth: number) => `<${name}>`.repeat(depth) + `</${name}>`.repeat(depth);

/** Another's message, word for word. */
const quoted = ({ from, to, id, body }: Overheard) =>
  `<message xmlns='jabber:client' from='${from}' to='${to}' type='chat' id='${id}'><body>${body}</body></message>`;
const forwarded = (heard: Overheard, stamp = '2026-01-01T00:00:00Z') =>
  `<forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='${stamp}'/>${quoted(heard)}</forwarded>`;
const event = (node: string, heard: Overheard) =>
  `<event xmlns='${PUBSUB}#event'><items node='${node}'><item id='${heard.id}'>${quoted(heard)}</item></items></event>`;

/** Each of what issues have seen users do; pure, by the numbers drawn. */
export const TRICKS: Readonly<Record<string, (scene: Scene, random: Random) => Played>> = {
  'undeclared prefix': ({ victim }) =>
    by(
      'user',
      `<message xmlns:y='urn:foo' to='${bare(victim)}' type='chat' id='p'><body>x</body><foo xmlns='u' y:a='1'/><y:bar/></message>`,
    ),

  'forged MucSub': ({ victim, overheard }, random) =>
    by(
      'user',
      `<message to='${random.pick([victim, bare(victim)])}' type='normal' id='e'>${event('urn:xmpp:mucsub:nodes:messages', overheard)}</message>`,
    ),

  'forged carbon': ({ victim, overheard }, random) => {
    const name = random.pick(['sent', 'received']);
    return by('user', chat(victim, `<${name} xmlns='urn:xmpp:carbons:2'>${forwarded(overheard)}</${name}>`));
  },

  'forged archive': ({ victim, overheard }) =>
    by('user', chat(victim, `<result xmlns='urn:xmpp:mam:2' id='1'>${forwarded(overheard)}</result>`)),

  'forged copy': ({ domain, overheard }) =>
    by('user', `<message to='${domain}' id='c'>${forwarded(overheard)}</message>`),

  'forged mod_push_offline': ({ domain, overheard }) =>
    by(
      'user',
      `<message to='${domain}' id='c'>${event('urn:xmpp:push:nodes:messages', overheard)}</message>`,
    ),

  'forged offline event by PEP': ({ domain, overheard, vhost }, random) => {
    const node = 'urn:xmpp:push:nodes:messages';
    const set = (inside: string, owner = '') =>
      `<iq type='set' id='pep'><pubsub xmlns='${PUBSUB}${owner}'>${inside}</pubsub></iq>`;
    const option = (name: string, value: string) =>
      `<field var='pubsub#${name}'><value>${value}</value></field>`;
    const form =
      `<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>${PUBSUB}#node_config</value></field>` +
      `${option('access_model', 'open')}${option('notification_type', random.pick(['headline', 'normal']))}${option('presence_based_delivery', '0')}</x>`;
    const self = { ...overheard, to: `${USER}@${vhost}` };
    return by(
      'user',
      set(`<create node='${node}'/><configure>${form}</configure>`),
      set(
        `<subscriptions node='${node}'><subscription jid='${domain}' subscription='subscribed'/></subscriptions>`,
        '#owner',
      ),
      ...[overheard, self].map(one =>
        set(`<publish node='${node}'><item id='1'>${quoted(one)}</item></publish>`),
      ),
    );
  },

  "another's receipts and markers": ({ overheard: { from, id } }, random) => {
    const told = random.pick([
      `<received xmlns='urn:xmpp:receipts' id='${id}'/>`,
      `<displayed xmlns='urn:xmpp:chat-markers:0' id='${id}'/>`,
    ]);
    return by('user', chat(from, told), chat(bare(from), told));
  },

  "another's bounce": ({ overheard: { from, id, body } }, random) => {
    const as = random.pick(['user', 'server'] as const);
    const sender = as === 'user' ? '' : ` from='nobody@${SERVER}'`;
    const error = `<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>`;
    return by(
      as,
      `<message${sender} to='${from}' type='error' id='${id}'><body>${body}</body>${error}</message>`,
    );
  },

  'answers to pings': ({ domain }, random) =>
    by(
      'user',
      ...[random.hex(), '1', 'ping-1'].map(id => `<iq type='result' to='${domain}' id='${id}'/>`),
      `<iq type='set' to='${domain}' id='ad'><command xmlns='http://jabber.org/protocol/commands' node='drop' action='execute'/></iq>`,
    ),

  'rooms out of nothing': ({ victim, overheard: { id, body } }, random) => {
    const rooms = Array.from({ length: 20 }, () => `${random.hex()}@${SERVER}`);
    return by(
      'server',
      ...rooms.flatMap(room => [
        `<presence from='${room}/n' to='${victim}'><x xmlns='${MUC_USER}'><status code='110'/></x></presence>`,
        `<message from='${room}/e' to='${victim}' type='groupchat' id='${id}'><body>${body}</body></message>`,
      ]),
    );
  },

  'unasked words of a room that there is': ({ victim, room }) =>
    by(
      'user',
      `<message to='${victim}' type='groupchat' id='g'><body>x</body></message>`,
      `<presence to='${victim}' type='unavailable'><x xmlns='${MUC_USER}'><status code='110'/><status code='307'/></x></presence>`,
      `<message to='${room}' type='groupchat' id='g'><body>x</body><x xmlns='${MUC_USER}'><status code='110'/></x></message>`,
    ),

  'flood to one': ({ victim }, random) => {
    const to = random.below(2) === 0 ? victim : bare(victim);
    return by('user', ...Array.from({ length: FLOOD }, (_, n) => chat(to, '<body>a</body>', `f${n}`)));
  },

  'flood of a room': ({ room }) =>
    by(
      'user',
      ...Array.from(
        { length: FLOOD },
        (_, n) => `<message to='${room}' type='groupchat' id='r${n}'><body>a</body></message>`,
      ),
    ),

  'flood to nobody': ({ vhost }) =>
    by(
      'user',
      ...Array.from({ length: FLOOD }, (_, n) =>
        chat(`nobody${n}@${vhost}${n % 2 === 0 ? '/x' : ''}`, '<body>a</body>'),
      ),
    ),

  'from another server, under many names': ({ victim }, random) =>
    by(
      'server',
      ...Array.from(
        { length: 50 },
        () =>
          `<message from='${random.hex()}@${SERVER}/x' to='${bare(victim)}' type='chat' id='s'><body>a</body></message>`,
      ),
    ),

  'long ids': ({ victim, room }, random) => {
    const id = random.hex().padEnd(LONG, 'i');
    return by(
      'user',
      chat(victim, '<body>x</body>', id),
      chat(bare(victim), `<body>x</body><origin-id xmlns='urn:xmpp:sid:0' id='${id}'/>`),
      `<message to='${room}' type='groupchat' id='${id}'><body>x</body></message>`,
      `<iq type='get' to='${victim}' id='${id}'><query xmlns='urn:xmpp:mam:2' queryid='${id}'/></iq>`,
    );
  },

  stamps: ({ victim, room, vhost }, random) => {
    const stamp = random.pick(STAMPS);
    const delays = [`from='${vhost}'`, ''].map(
      from => `<delay xmlns='urn:xmpp:delay' ${from} stamp='${stamp}'/>`,
    );
    const expire = `<x xmlns='jabber:x:expire' seconds='${random.pick(['1e999', '-1', '999999999999'])}'/>`;
    return by(
      'user',
      ...delays.map(delay => chat(bare(victim), `<body>x</body>${delay}`)),
      chat(victim, `<body>x</body>${expire}`),
      `<message to='${room}' type='groupchat' id='d'><body>x</body>${delays[1]}</message>`,
    );
  },

  'deep, wide and long elements': ({ victim }, random) => {
    const inside = random.pick([
      nested('a', DEPTH),
      '<a/>'.repeat(40_000),
      `<a ${Array.from({ length: 5_000 }, (_, n) => `b${n}=''`).join(' ')}/>`,
      `<a>${'&lt;'.repeat(LONG / 2)}</a>`,
      `<a>${'離線'.repeat(LONG / 6)}</a>`,
    ]);
    return by('user', chat(bare(victim), `<body>x</body>${inside}`));
  },

  'presence, again and again': ({ victim, room }, random) =>
    by(
      'user',
      ...Array.from(
        { length: 30 },
        () => `<presence><priority>${random.below(200) - 100}</priority></presence>`,
      ),
      `<presence to='${victim}' type='unavailable'/><presence to='${room}/${USER}' type='unavailable'/>`,
      `<presence to='${room}/${USER}'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>`,
    ),
};
