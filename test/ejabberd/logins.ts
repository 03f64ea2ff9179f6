import { setTimeout as sleep } from 'node:timers/promises';
import type { Element } from '@xmpp/component';
import type { Random } from '../bench/random.js';
import { within } from '../wait.js';
import type { Client } from './client.js';
import { PURGE_AS_BIND2 } from './hooks.js';

/** What clients do at a login, each with what it sends. */
const ACTS = {
  presence: (client, { apart }) => apart(client),
  roster: client => ask(client, 'get', "<query xmlns='jabber:iq:roster'/>"),
  carbons: client => ask(client, 'set', "<enable xmlns='urn:xmpp:carbons:2'/>"),
  disco: (client, { host }) =>
    ask(client, 'get', "<query xmlns='http://jabber.org/protocol/disco#info'/>", host),
  archive: client => client.queryArchive(),
  join: (client, { rooms }) => joinAll(client, rooms, "<history maxstanzas='0'/>"),
  'join with history': (client, { rooms }) => joinAll(client, rooms, ''),
  'presence to a contact': (client, { contact }) => client.send(`<presence to='${contact}'/>`),
  'unavailable to a contact': (client, { contact }) =>
    client.send(`<presence to='${contact}' type='unavailable'/>`),
} satisfies Record<string, (client: Client, place: Place) => unknown>;

export type Act = keyof typeof ACTS;

/** Where a login takes place. */
export interface Place {
  host: string;
  rooms: readonly string[];
  /** Somebody who is online. */
  contact: string;
  /** Has a device show itself, but not with another one: of two together nobody can tell who gets the offline queue. */
  apart(client: Client): Promise<void>;
}

/** How the stream comes to be: anew; by resumption where that can be; anew with a queue that Bind2 has emptied. */
export type Kind = 'plain' | 'sm' | 'bind2';
/** How a session ends; `asleep`: the connection is gone, and with stream management the session waits. */
export type End = 'says so' | 'without a word' | 'reset' | 'asleep';

/** One login of a device, as it is drawn. Times in ms. */
export interface Login {
  kind: Kind;
  /** Written to the account while nobody of it is there, and said in its rooms. */
  waiting: number;
  /** What the client does, with the time that it lets go by before. */
  steps: readonly { gap: number; act: Act }[];
  /** When, after the bind, a message is written to the account or said in its room. */
  meanwhile: readonly { at: number; where: 'account' | 'room' }[];
  end: End;
  /** Does it end at once, or when nothing is owed to the device any more? */
  hurries: boolean;
  /** Written when the client cannot read any more and nobody knows. */
  unread: number;
}

const KINDS: readonly Kind[] = ['plain', 'sm', 'sm', 'bind2'];
const ENDS: readonly End[] = ['says so', 'without a word', 'reset', 'asleep'];
/** Beside the presence, which comes in every login. */
const OTHERS: readonly Act[] = [
  'presence',
  'presence',
  'roster',
  'roster',
  'carbons',
  'disco',
  'archive',
  'join',
  'join with history',
  'presence to a contact',
  'unavailable to a contact',
];

/** What a client does once in each stream: only a new one does it again. */
const ONCE: readonly Act[] = ['roster', 'carbons'];

/** Draws a login: acts in any order, gaps that are mostly short. */
export function drawLogin(random: Random): Login {
  const kind = random.pick(KINDS);
  const acts: Act[] = ['presence'];
  for (let left = random.below(6); left > 0; left--) {
    const act = random.pick(OTHERS);
    if (!ONCE.includes(act) || !acts.includes(act)) acts.push(act);
  }
  const steps = shuffled(random, acts).map(act => ({ gap: drawGap(random), act }));
  const span = steps.reduce((sum, { gap }) => sum + gap, 500);
  const meanwhile = [...Array(random.below(8))].map(() => ({
    at: random.below(span),
    where: random.below(4) === 0 ? ('room' as const) : ('account' as const),
  }));
  return {
    kind,
    waiting: random.below(3) === 0 ? 0 : random.below(21),
    steps,
    meanwhile: meanwhile.sort((one, other) => one.at - other.at),
    end: random.pick(ENDS),
    hurries: random.below(3) === 0,
    unread: random.below(4),
  };
}

/** A login in words, for whoever has to find out what went wrong in it. */
export function readable({ kind, waiting, steps, meanwhile, end, hurries, unread }: Login): string {
  const acts = steps.map(({ gap, act }) => `${gap} ms, ${act}`).join('; ');
  const written = meanwhile.map(({ at, where }) => `${at} ms to the ${where}`).join(', ') || 'nothing';
  return `${waiting} wait; ${kind} login: ${acts}; written meanwhile: ${written}; ends${hurries ? ' at once' : ''}: ${end}, ${unread} unread`;
}

/** Does what a login's client does, beginning at the bound session; its answers are not waited for. */
export async function walkIn(client: Client, { kind, steps }: Login, place: Place): Promise<void> {
  if (kind === 'bind2') client.send(PURGE_AS_BIND2);
  const answers: Promise<unknown>[] = [];
  for (const { gap, act } of steps) {
    if (gap > 0) await sleep(gap); // the habit of the client
    const answer = Promise.resolve(ACTS[act](client, place));
    answer.catch(() => undefined); // it is awaited below
    answers.push(answer);
  }
  await Promise.all(answers);
}

function drawGap(random: Random): number {
  const dice = random.below(10);
  if (dice < 3) return 0;
  if (dice < 7) return random.below(50);
  return dice < 9 ? random.below(500) : random.below(3_000);
}

function shuffled<Item>(random: Random, items: readonly Item[]): Item[] {
  const left = [...items];
  return items.map(() => left.splice(random.below(left.length), 1)[0] as Item);
}

function ask(client: Client, type: 'get' | 'set', inside: string, to?: string): Promise<unknown> {
  return client.request(type, inside, to);
}

/**
 * Lets devices show themselves so far apart, in ms, as the server has seen them; what one of them does again does not
 * wait.
 */
export function keptApart(wait: number): Place['apart'] {
  let last = { jid: '', at: Number.NEGATIVE_INFINITY };
  let turn: Promise<unknown> = Promise.resolve();
  return client => {
    const own = turn.then(async () => {
      if (client.jid !== last.jid) await sleep(Math.max(0, last.at + wait - performance.now()));
      await shown(client);
      last = { jid: client.jid, at: performance.now() };
    });
    turn = own.catch(() => undefined); // it is awaited by the client
    return own;
  };
}

/** Shows its presence, and waits until the server has told it so. */
async function shown(client: Client): Promise<void> {
  const told = new Promise<void>(resolve => {
    const look = ({ name, attrs }: Element) => {
      if (name !== 'presence' || attrs.type !== undefined || attrs.from !== client.jid) return;
      client.off('element', look);
      resolve();
    };
    client.on('element', look);
  });
  client.presence();
  await within(`${client.jid} is told of its presence`, told);
}

/** Goes to all the rooms, under a name that only this device has. */
export function joinAll(client: Client, rooms: readonly string[], history: string): Promise<unknown> {
  const nick = client.jid.replace(/@.*\//, '-');
  return Promise.all(rooms.map(room => client.join(room, nick, history)));
}
