import type { Command } from '../../src/spool/command.js';
import type { NewMessage, RoomMessage } from '../../src/spool/content.js';
import type { SpoolLimits } from '../../src/spool/spool.js';
import { QUOTAS } from './quotas.js';

export const LIMITS: SpoolLimits = {
  ...QUOTAS,
  maxPerAccount: 100,
  maxSize: 1 << 30,
  devices: { sync: true, forgetAfter: 1000, maxPerAccount: 10 },
  rooms: { replay: true, maxAge: 1000, maxPerRoom: 10 },
  history: null,
};

export function message(id: number, changes: Partial<NewMessage> = {}): NewMessage {
  return {
    account: 'bob@example.org',
    alone: false,
    counts: true,
    refersTo: null,
    sentBy: null,
    room: null,
    identity: `identity ${id}`,
    from: 'alice@example.org/pc',
    to: 'bob@example.org',
    type: 'chat',
    stanzaId: `id ${id}`,
    lang: null,
    payload: '<body>hush</body>',
    receivedAt: id,
    stamp: id,
    expiresAt: 1_000_000,
    ...changes,
  };
}

/** A session hears live what is said in a room; 0: a session that the spool does not know. */
export function heard(
  id: number,
  room: string,
  said: Partial<RoomMessage> = {},
  of: { session?: number; group?: number } = {},
): Extract<Command, { do: 'hear' }> {
  const { stanzaId, lang, payload, receivedAt, stamp, expiresAt } = message(id);
  const told: RoomMessage = {
    ...{ stanzaId, lang, payload, receivedAt, stamp, expiresAt },
    ...{ key: `key ${id}`, archiveId: null, identity: 'same', retracts: null, from: `${room}/alice` },
    ...said,
  };
  const { key } = told;
  return {
    ...{
      do: 'hear',
      session: 1,
      group: id,
      ...of,
      room,
      key,
      way: 'live',
      stored: null,
      asked: true,
      at: id,
    },
    message: told,
  };
}
