import { z } from 'zod';
import type { Live } from '../monitor/live.js';
import type { SessionAnswer } from '../replay/asking.js';
import type { SessionState } from '../replay/state.js';
import type { Forgotten, Restored } from '../spool/content.js';
import { EVENT_KINDS, type QueueEvent } from '../spool/journal.js';
import { queueRecord } from '../spool/record.js';
import type { StandbyState } from '../standby/standby.js';
import type { Vhost } from '../xmpp/vhosts.js';

/** A request that gets one reply. What it takes is checked as it comes; the reply is the daemon's own word. */
interface Single<Takes, Reply> {
  readonly takes: z.ZodType<Takes>;
  readonly streams: false;
  /** Of the type alone. */
  readonly reply?: Reply;
}

/** A request after which items come until the asker goes. */
interface Following<Takes, Item> {
  readonly takes: z.ZodType<Takes>;
  readonly streams: true;
  readonly item?: Item;
}

const request = <Shape extends z.ZodRawShape>(shape: Shape) => {
  const takes = z.object(shape);
  return {
    gives: <Reply>(): Single<z.infer<typeof takes>, Reply> => ({ takes, streams: false }),
    streams: <Item>(): Following<z.infer<typeof takes>, Item> => ({ takes, streams: true }),
  };
};

/** Why a message is still pending, as far as the daemon knows. */
export interface Standing {
  /** The daemon is connected to ejabberd. */
  connected: boolean;
  /** The sessions of the account that are believed online; `held`: it has got the message, and has not proved it. */
  sessions: (SessionState & { held: boolean /** It is in the room. */; here: boolean })[];
}

/** A session that is believed online. */
export interface AccountSession extends SessionState {
  account: string;
}

const account = z.string();
/** Who wants it: a user of the operating system, as the command says. */
const by = z.string().max(200).default('somebody');

/** What may be asked of a running daemon: one entry each here, and its answer among the handlers that it is given. */
export const REQUESTS = {
  /** The sessions of these accounts that are believed online. */
  sessions: request({ accounts: z.array(account).max(1_000) }).gives<AccountSession[]>(),
  /** Which process this is, and of which version. */
  about: request({}).gives<{ pid: number; version: string }>(),
  /** What its config says, key by key, as `fingerprints` (config/) has it; null: it does not know. */
  settings: request({ salt: z.string().max(100) }).gives<Record<string, string> | null>(),
  /** What it knows of itself. */
  live: request({}).gives<Live>(),
  /** How it stands with the other respool; null: it is alone. */
  standby: request({}).gives<StandbyState | null>(),
  /** Makes a new process of another version go on: `node` runs `launcher`, a file of JavaScript. Returns which. */
  'take-over': request({ node: z.string(), launcher: z.string() }).gives<{ pid: number }>(),
  /** Forgets a device. False: it was not known. */
  'forget-device': request({ account, resource: z.string(), by }).gives<boolean>(),
  /** Does ejabberd serve the vhosts, and what does it run? */
  vhosts: request({}).gives<Vhost[]>(),
  /** Removes what is kept about an account, up to so many messages. */
  'forget-account': request({ account, limit: z.int().min(1), by }).gives<Forgotten>(),
  /** Drops some of what is pending: message, account, and device or null. How much of it still was? */
  drop: request({
    pendings: z.array(z.tuple([z.int(), account, z.string().nullable()]).readonly()),
    by,
  }).gives<number>(),
  /** Keeps so many ids for an import. Returns the last id before them. */
  reserve: request({ ids: z.int().min(0) }).gives<number>(),
  /** Stores records of an exported queue. */
  restore: request({ records: z.array(queueRecord), offset: z.int().min(0), by }).gives<Restored>(),
  /** Keeps back what is owed to an account, a device (a full JID) or a domain. False: it was on hold already. */
  hold: request({ jid: z.string().min(1), by }).gives<boolean>(),
  /** Ends that. False: it was not on hold. */
  release: request({ jid: z.string().min(1), by }).gives<boolean>(),
  /**
   * Asks the sessions of these accounts whether they are there, and waits so many ms; what is owed to those that answer
   * is replayed.
   */
  ask: request({
    accounts: z.array(account).max(1_000),
    within: z.int().min(0).max(600_000),
  }).gives<SessionAnswer[]>(),
  /** Why is this message of the account still pending? `room`: it waits for a session to be there. */
  standing: request({ account, id: z.int(), room: z.string().nullable() }).gives<Standing>(),
  /** Tells what happens to messages from now on; in between, how many events were left out. */
  tail: request({
    account: account.nullable(),
    kinds: z.array(z.enum(EVENT_KINDS)).nullable(),
  }).streams<QueueEvent | { missed: number }>(),
};

type Requests = typeof REQUESTS;
type NamesOf<Kind> = { [Name in keyof Requests]: Requests[Name] extends Kind ? Name : never }[keyof Requests];

export type SingleName = NamesOf<{ streams: false }>;
export type FollowingName = NamesOf<{ streams: true }>;
export type Takes<Name extends keyof Requests> = z.infer<Requests[Name]['takes']>;
export type Reply<Name extends SingleName> = Requests[Name] extends { reply?: infer Given } ? Given : never;
export type Item<Name extends FollowingName> = Requests[Name] extends { item?: infer Given } ? Given : never;

/** Answers a request. Its error's message is told to whoever asked. */
export type Handler<Name extends SingleName> = (takes: Takes<Name>) => Promise<Reply<Name>>;
/** Gives items from now on. Returns what ends it. */
export type Source<Name extends FollowingName> = (
  takes: Takes<Name>,
  give: (item: Item<Name>) => void,
) => () => void;

export type Handlers = { [Name in SingleName]: Handler<Name> } & { [Name in FollowingName]: Source<Name> };

/** A line from the daemon. `missed`: so many items were left out, for they were not read fast enough. */
export type FromDaemon =
  | { reply: unknown }
  | { error: string }
  | { following: true }
  | { item: unknown }
  | { missed: number };
