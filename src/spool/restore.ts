import type { Account } from './accounts.js';
import type { Restored } from './content.js';
import type { Parts } from './parts.js';
import type { MemberRecord, MessageRecord, QueueRecord, RemoteRecord, SaidRecord } from './record.js';
import { identityIn } from './room-identities.js';
import { ACCOUNT_SLOT, slotsOf } from './slots.js';

/** In place of what is here, which is to be cleared; but what came after this id, and no sooner than that, in ms since 1970, may be in the records too. */
type Since = { id: number; at: number };

/** Puts records of an exported queue into the spool. Their ids are moved up by an offset, so that their order stays. */
export class Restore {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Stores records. What the spool has already stays as it is there. */
  store(records: readonly QueueRecord[], offset: number, since?: Since): Restored {
    const result: Restored = { stored: 0, known: 0, leftOut: 0, knownRooms: [] };
    for (const record of records) {
      const became = this.#store(record, offset, since);
      result[became]++;
      if (record.record === 'room' && became === 'known') result.knownRooms.push(record.jid);
    }
    return result;
  }

  #store(record: QueueRecord, offset: number, since: Since | undefined): 'stored' | 'known' | 'leftOut' {
    switch (record.record) {
      case 'device': {
        const account = this.#account(record.account);
        if (deviceOf(account, record.resource) !== undefined) return 'known';
        return this.#parts.devices.restore(account, record) ? 'stored' : 'leftOut';
      }
      case 'room':
        return this.#parts.rooms.restore(record) ? 'stored' : 'known';
      case 'hold':
        return this.#parts.onHold.restore(record) ? 'stored' : 'known';
      case 'member':
        return this.#member(record, offset) ? 'stored' : 'leftOut';
      case 'message':
        return this.#message(record, offset, since);
      case 'said':
        return this.#said(record, offset) ? 'stored' : 'leftOut';
      case 'remote':
        return this.#remote(record, offset, since !== undefined) ? 'stored' : 'known';
    }
  }

  /** Its row goes again where nothing of it is stored after all. */
  #account(jid: string): Account {
    const { accounts } = this.#parts;
    const account = accounts.findOrAdd(jid);
    accounts.count(account, 0);
    return account;
  }

  #member({ account: jid, resource, room, nick, cursor, proved }: MemberRecord, offset: number): boolean {
    const account = this.#parts.accounts.find(jid);
    const device = account === undefined ? undefined : deviceOf(account, resource);
    if (device === undefined) return false;
    const moved = proved.map(id => id + offset);
    this.#parts.rooms.members.restore(device.id, {
      room,
      nick,
      cursor: Math.max(0, cursor + offset),
      proved: moved,
    });
    return true;
  }

  #message(record: MessageRecord, offset: number, since: Since | undefined): 'stored' | 'known' | 'leftOut' {
    const { messages, journal } = this.#parts;
    const account = this.#account(record.account);
    const { identity, received_at: receivedAt, expires_at: expiresAt } = record;
    if (since === undefined && messages.stored.isKnown(account, { identity, receivedAt, expiresAt }, offset))
      return 'known';
    const newest = since && receivedAt >= since.at ? messages.stored.newest(account, identity) : undefined;
    if (since !== undefined && newest !== undefined && newest > since.id) return 'known';
    const devices = record.owed.devices.flatMap(name => deviceOf(account, name)?.slot ?? []);
    const owed = slotsOf(record.owed.account ? [ACCOUNT_SLOT, ...devices] : devices);
    if (owed === 0) return 'leftOut';
    const { account: jid, room, counts, from, to, type, lang, payload, stamp } = record;
    const message = {
      ...{
        account: jid,
        room,
        counts,
        identity,
        from,
        to,
        type,
        lang,
        payload,
        stamp,
        receivedAt,
        expiresAt,
      },
      alone: false, // to whom it is owed is known
      refersTo: null, // and what it means
      sentBy: record.sent ? '' : null, // whoever wrote it is not among those it is owed to
      stanzaId: record.stanza_id,
    };
    const id = messages.add(account, message, owed, {
      ...{ pushed: record.pushed, id: record.id + offset },
      means: record.means === null ? null : record.means + offset,
    });
    if (record.held_until > 0) messages.holdBack(id, record.held_until);
    if (record.had) messages.setHad(id);
    if (record.cause !== 0) messages.setCause(id, record.cause);
    journal.restored(id);
    return 'stored';
  }

  #remote(record: RemoteRecord, offset: number, anew: boolean): boolean {
    const id = record.id + offset;
    if (!this.#parts.remote.restore(record, id, anew)) return false;
    this.#parts.journal.restored(id);
    return true;
  }

  #said(record: SaidRecord, offset: number): boolean {
    const { key, from, lang, payload, stamp } = record;
    const message = {
      ...{ key, from, lang, payload, stamp },
      // older files do not say it
      identity: record.identity === undefined ? identityIn(payload, from, record.stanza_id) : record.identity,
      retracts: null, // it is in the file what is left
      archiveId: null, // the room's record says how far it was heard
      stanzaId: record.stanza_id,
      receivedAt: record.received_at,
      expiresAt: record.expires_at,
    };
    return this.#parts.rooms.restoreSaid(record.room, message, record.id + offset);
  }
}

function deviceOf(account: Account, resource: string) {
  return account.devices.find(device => device.resource === resource);
}
