import { NS } from '../xmpp/namespaces.js';
import type { Rule } from './rule.js';

/** Nobody is owed messages of these types. */
export const UNKEPT_TYPES: Readonly<Record<string, string>> = {
  error: 'it answers what its reader has just sent',
  headline: 'whoever is not there is not to get it later',
};

/**
 * What the elements of a message decide: for whom it is kept, and for how long. The first line that fits an element holds.
 * An element that no line fits says something: the message is kept for the account and all of its devices. Most lines are
 * rules of mod_offline.
 */
export const TABLE: readonly Rule[] = [
  {
    ...{ what: 'hint `store`', by: 'XEP-0334', xmlns: NS.hints, names: ['store'], means: 'store' },
    why: 'its writer wants it kept; it wins over `no-store`, as in mod_offline',
  },
  {
    ...{ what: 'hints `no-store`, `no-storage`', by: 'XEP-0334', xmlns: NS.hints, means: 'refuse' },
    names: ['no-store', 'no-storage'],
    why: 'its writer does not want it kept',
  },
  {
    ...{ what: 'hint `no-copy`', by: 'XEP-0334', xmlns: NS.hints, names: ['no-copy'], means: 'private' },
    why: 'its writer means one device; to an account the hint means nothing',
  },
  {
    ...{ what: 'other hints', by: 'XEP-0334', xmlns: NS.hints, means: 'nothing' },
    why: 'they only describe the rest of the message',
  },
  {
    ...{
      what: '`<private/>` (OTR)',
      by: 'XEP-0280',
      xmlns: NS.carbons,
      names: ['private'],
      means: 'private',
    },
    why: 'no other device can read it: the key is of one session',
  },
  {
    ...{ what: 'data form', by: 'XEP-0004', xmlns: NS.dataForms, means: 'device' },
    why: 'it is a step in a dialogue with that device',
  },
  {
    ...{
      what: 'presence in a room (MucSub)',
      by: 'XEP-0060',
      xmlns: NS.pubsubEvent,
      means: 'refuse',
    },
    node: NS.mucSubPresence,
    why: 'it is over by then; mod_offline keeps all other events of a room',
  },
  {
    ...{ what: 'event of a node (PEP)', by: 'XEP-0060', xmlns: NS.pubsubEvent, means: 'private' },
    why: 'the server sends it to each device that wants it, and the newest again at login; nobody has written it',
  },
  {
    ...{ what: 'private message of a room', by: 'XEP-0045', xmlns: NS.mucUser, means: 'unshared' },
    why: 'it is for a device in the room; who writes it is there with one device',
  },
  {
    ...{ what: 'call set-up', by: 'XEP-0353', xmlns: NS.jingleMessage, means: 'call' },
    why: 'it rings for a minute; what rings later rings for nobody',
  },
  {
    ...{ what: 'call invitation', by: 'XEP-0482', xmlns: NS.callInvites, means: 'call' },
    why: 'as call set-up',
  },
  {
    ...{ what: 'attention', by: 'XEP-0224', xmlns: NS.attention, means: 'call' },
    why: 'it asks who is there now',
  },
  {
    ...{ what: 'message expiration', by: 'XEP-0023', xmlns: NS.expire, means: 'expire' },
    why: 'its writer says how long it is of use',
  },
  {
    ...{ what: 'answer about the offline queue', by: 'XEP-0013', xmlns: NS.offline, means: 'never' },
    why: 'it tells about the queue and is no message in it',
  },
  {
    ...{ what: 'data of an in-band stream', by: 'XEP-0047', xmlns: NS.ibb, means: 'nothing' },
    why: 'its stream has ended with the session, and the file is sent anew',
  },
  {
    ...{ what: 'bytestream set-up', by: 'XEP-0065', xmlns: NS.bytestreams, means: 'nothing' },
    why: 'its stream has ended with the session',
  },
  {
    ...{ what: 'Jingle', by: 'XEP-0166', xmlns: NS.jingle, means: 'nothing' },
    why: 'the call or the transfer has ended with the session',
  },
  {
    ...{ what: 'text as it is typed', by: 'XEP-0301', xmlns: NS.realTimeText, means: 'nothing' },
    why: 'the whole text follows in a body',
  },
  {
    ...{ what: 'result of an archive', by: 'XEP-0313', xmlns: NS.mam, means: 'nothing' },
    why: 'it answers a query of the moment, which is asked again',
  },
  {
    ...{ what: 'chat state', by: 'XEP-0085', xmlns: NS.chatStates, means: 'nothing' },
    why: 'it is over by then',
  },
  {
    ...{ what: 'message event', by: 'XEP-0022', xmlns: NS.messageEvents, means: 'nothing' },
    why: 'it is the forerunner of chat states, and is over by then',
  },
  {
    ...{ what: 'delay', by: 'XEP-0203', xmlns: NS.delay, means: 'nothing' },
    why: 'it only describes the rest of the message',
  },
  {
    ...{ what: 'id of a message', by: 'XEP-0359', xmlns: NS.stanzaId, means: 'nothing' },
    why: 'it only describes the rest of the message',
  },
  {
    ...{ what: 'thread', by: 'RFC 6121, 5.2.5', xmlns: NS.client, names: ['thread'], means: 'nothing' },
    why: 'it only describes the rest of the message',
  },
  {
    ...{ what: 'correction', by: 'XEP-0308', xmlns: NS.correction, names: ['replace'], means: 'replaces' },
    why: 'it takes the place of what was written before',
  },
  {
    ...{ what: 'retraction', by: 'XEP-0424', xmlns: NS.retract, names: ['retract'], means: 'replaces' },
    why: 'what was written is not to be seen any more; by a moderator: XEP-0425',
  },
  {
    ...{
      what: 'retraction (older)',
      by: 'XEP-0424',
      xmlns: NS.fasten,
      names: ['apply-to'],
      means: 'replaces',
    },
    child: 'retract',
    why: 'as retraction, in the form that came before',
  },
  {
    ...{ what: 'what is fastened to a message', by: 'XEP-0422', xmlns: NS.fasten, names: ['apply-to'] },
    means: 'refers',
    why: 'it stands beside what was written',
  },
  {
    ...{ what: 'reaction', by: 'XEP-0444', xmlns: NS.reactions, names: ['reactions'], means: 'refers' },
    why: 'it stands under what was written',
  },
];
