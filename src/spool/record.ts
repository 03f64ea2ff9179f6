import { z } from 'zod';
import { LATEST, writable } from '../xmpp/stamp.js';

const id = z.int().min(1);
const moment = z.int().min(0).max(LATEST);
/** What a stranger's stamp has made, in an older respool, may be of any time. */
const anyMoment = z.int().transform(writable);
const text = z.string();
const maybe = text.nullable();

const common = {
  id,
  from: text,
  stanza_id: maybe,
  lang: maybe,
  /** The children of the stanza, as XML. */
  payload: text,
  received_at: moment,
  stamp: anyMoment,
  expires_at: anyMoment,
};

const deviceRecord = z.strictObject({
  record: z.literal('device'),
  account: text,
  resource: text,
  first_seen: moment,
  last_seen: moment,
  priority: z.int().min(-128).max(127),
  mute: z.boolean(),
  carbons: z.boolean(),
  mam: z.boolean(),
  /** Older files do not say it. */
  mucsub: z.boolean().default(false),
  proofs: z.int().min(0),
  proof_ms: z.int().min(0).nullable(),
  /** Older files do not say it. */
  probation: z.boolean().default(false),
});

const roomRecord = z.strictObject({
  record: z.literal('room'),
  jid: text,
  last_id: maybe,
  heard_at: moment,
});

/** What is on hold by hand: an account, a device or a domain; or was so, for another respool, which may hold it still. */
const holdRecord = z.strictObject({
  record: z.literal('hold'),
  jid: text,
  since: moment,
  by: text,
  released_at: moment.nullable(),
});

/** A device that belongs to a room, and lacks what was said after `cursor` but for what is `proved`. */
const memberRecord = z.strictObject({
  record: z.literal('member'),
  room: text,
  account: text,
  resource: text,
  nick: maybe,
  cursor: z.int().min(0),
  proved: z.array(id),
});

const messageRecord = z.strictObject({
  record: z.literal('message'),
  ...common,
  account: text,
  owed: z.strictObject({ account: z.boolean(), devices: z.array(text) }),
  sent: z.boolean(),
  pushed: z.union([z.literal(0), z.literal(1), z.literal(2)]),
  room: maybe,
  identity: text,
  to: text,
  type: z.enum(['chat', 'normal']).nullable(),
  /** True if it is a loss when the message ends before anybody of the account has it. Older files do not say it. */
  counts: z.boolean().default(true),
  /** The message that it corrects, takes back or reacts to. Older files do not say it. */
  means: id.nullable().default(null),
  /** Why ejabberd did not bring it, as far as is known; see cause.ts. */
  cause: z.literal([0, 1, 2, 3]),
  /** A device of the account has proved it. Older files do not say it. */
  had: z.boolean().default(false),
  /** Its sender is blocked, as far as is known: it goes to nobody before. Older files do not say it. */
  held_until: moment.default(0),
});

/** What was said in a room. */
const saidRecord = z.strictObject({
  record: z.literal('said'),
  ...common,
  room: text,
  key: text,
  /** Older files do not say it. */
  identity: maybe.optional(),
});

/** A message to another server that has come back from there, and is to be sent again. */
const remoteRecord = z.strictObject({
  record: z.literal('remote'),
  ...common,
  account: text,
  domain: text,
  recipient_account: text,
  identity: text,
  content: text,
  origin_id: maybe,
  to: text,
  type: z.enum(['chat', 'normal']).nullable(),
});

/** What is stored; a file also begins with a header and ends with a count. */
export const queueRecord = z.discriminatedUnion('record', [
  deviceRecord,
  roomRecord,
  holdRecord,
  memberRecord,
  messageRecord,
  saidRecord,
  remoteRecord,
]);

const headerRecord = z.strictObject({
  record: z.literal('respool-queue'),
  version: z.int(),
  exported_at: moment,
  /** No id in it is higher. */
  last_id: z.int().min(0),
});

const endRecord = z.strictObject({ record: z.literal('end'), records: z.int().min(0) });

export const anyRecord = z.discriminatedUnion('record', [headerRecord, ...queueRecord.options, endRecord]);

export type HeaderRecord = z.infer<typeof headerRecord>;
export type DeviceRecord = z.infer<typeof deviceRecord>;
export type RoomRecord = z.infer<typeof roomRecord>;
export type HoldRecord = z.infer<typeof holdRecord>;
export type MemberRecord = z.infer<typeof memberRecord>;
export type MessageRecord = z.infer<typeof messageRecord>;
export type SaidRecord = z.infer<typeof saidRecord>;
export type RemoteRecord = z.infer<typeof remoteRecord>;
export type QueueRecord = z.infer<typeof queueRecord>;
export type AnyRecord = z.infer<typeof anyRecord>;
