import { bare, normal } from './names.js';

/** Which of what is pending is meant; all of it where nothing is said. JIDs in normal form, times in ms since 1970. */
export interface QueueFilter {
  /** The bare JID to which it is owed. */
  account?: string | undefined;
  /** The resource of the device to which it is owed. */
  device?: string | undefined;
  /** Who wrote it: a full JID, a bare one (whatever its device, or an occupant of the room), or a domain. */
  from?: string | undefined;
  /** Said in this room, to all or to one. */
  room?: string | undefined;
  /** Received then or later. */
  since?: number | undefined;
  /** Received before. */
  until?: number | undefined;
  type?: string | undefined;
  /** Of this message, or of these. */
  id?: number | undefined;
  ids?: readonly number[] | undefined;
  /** Of later messages than this one, and up to that one. */
  after?: number | undefined;
  upTo?: number | undefined;
}

/** What the conditions of a filter name. */
export function parametersOf({ ids, ...filter }: QueueFilter) {
  return ids === undefined ? filter : { ...filter, ids: JSON.stringify(ids) };
}

/** A filter as SQL; its parameters are those of the filter, by name. */
export interface Conditions {
  messages: string;
  said: string;
  remote: string;
}

const NEVER = 'false';
/** The id of the account that is meant. */
export const ACCOUNT = '(SELECT theirs.id FROM account AS theirs WHERE theirs.jid = @account)';

/** @returns the conditions on `message`, on `remote`, and for what was said in rooms on `said`, `room`, `device`, `account` */
export function conditionsOf(filter: QueueFilter): Conditions {
  const both = (table: string) => [
    filter.id === undefined ? [] : `${table}.id = @id`,
    filter.ids === undefined ? [] : `${table}.id IN (SELECT value FROM json_each(@ids))`,
    filter.upTo === undefined ? [] : `${table}.id <= @upTo`,
    filter.from === undefined ? [] : writtenBy(`${table}.sender`, filter.from),
    filter.since === undefined ? [] : `${table}.received_at >= @since`,
    filter.until === undefined ? [] : `${table}.received_at < @until`,
  ];
  const messages = [
    ...both('message'),
    filter.account === undefined ? [] : `message.account = ${ACCOUNT}`,
    filter.device === undefined
      ? []
      : `EXISTS (SELECT 1 FROM device WHERE device.account = message.account AND resource = @device
          AND (owed >> slot) & 1)`,
    filter.room === undefined ? [] : 'message.room = @room',
    filter.type === undefined ? [] : "coalesce(message.type, 'normal') = @type",
  ];
  const said = [
    ...both('said'),
    filter.account === undefined ? [] : 'account.jid = @account',
    filter.device === undefined ? [] : 'device.resource = @device',
    filter.room === undefined ? [] : 'room.jid = @room',
    filter.type === undefined || filter.type === 'groupchat' ? [] : NEVER,
  ];
  const remote = [
    ...both('remote'),
    filter.account === undefined ? [] : 'remote.account = @account',
    filter.device === undefined && filter.room === undefined ? [] : NEVER,
    filter.type === undefined ? [] : "coalesce(remote.type, 'normal') = @type",
  ];
  return { messages: all(messages), said: all(said), remote: all(remote) };
}

function all(conditions: (string | never[])[]): string {
  return ['true', ...conditions.flat()].join(' AND ');
}

/** A sender that is this JID, one of its resources, or anybody at this domain. */
function writtenBy(sender: string, from: string): string {
  const jid = normal(sender);
  if (from.includes('/')) return `${jid} = @from`;
  if (from.includes('@')) return `${bare(jid)} = @from`;
  return `(${bare(jid)} = @from OR substr(${bare(jid)}, -length(@from) - 1) = '@' || @from)`;
}
