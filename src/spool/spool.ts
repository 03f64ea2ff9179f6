import type { Database } from 'better-sqlite3';
import type { Verdict } from '../tap/bounce.js';
import type { Way } from '../tap/event.js';
import type { Account, Device } from './accounts.js';
import { Accounts } from './accounts.js';
import { STORED_CAUSE, type StoredCause } from './cause.js';
import { Ceiling } from './ceiling.js';
import type { Command, Forgotten, NewMessage, Outcome, Question, Questions, Taken } from './command.js';
import { type DeviceLimits, Devices } from './devices.js';
import { Evictions, type Told } from './evictions.js';
import { fromTheBeginning, type Holder, Holds, slotsOwed } from './holds.js';
import { Journal } from './journal.js';
import { KeptCalendar } from './kept-calendar.js';
import { Ledger } from './ledger.js';
import { Lines } from './lines.js';
import { Messages, type Owed, outcomeOf, type Pushed } from './messages.js';
import { Occupancy } from './occupancy.js';
import { type QuotaLimits, Quotas } from './quotas.js';
import { Refusals } from './refusals.js';
import { RemoteMessages } from './remote.js';
import { Restore } from './restore.js';
import { type RoomLimits, Rooms } from './rooms.js';
import { Sleepers } from './sleepers.js';
import { ACCOUNT_SLOT, type Slots, slotsOf } from './slots.js';
import { UnderWay } from './under-way.js';

export interface SpoolLimits extends QuotaLimits {
  /** Bytes of the database in use; see Ceiling for what goes first. */
  maxSize: number;
  devices: DeviceLimits & { /** Are devices owed what others of their account got? */ sync: boolean };
  rooms: RoomLimits;
}

type Answered = (replies: unknown[]) => void;

/** How many messages one sweep ends at most, so that what waits for the spool does not wait long. */
const SWEPT_AT_ONCE = 5_000;
/** Why a message was not delivered, by what its bounce says. */
const CAUSE_OF: Readonly<Record<Exclude<Verdict, 'refused'>, StoredCause>> = {
  lost: STORED_CAUSE.session,
  full: STORED_CAUSE.full,
  unreachable: STORED_CAUSE.server,
};

/**
 * Who is still owed what. It is told what happened in batches, each one transaction, and answers questions in their
 * order. Holds are in memory: a failed batch leaves them undefined, so the spool is then to be opened anew.
 */
export class Spool {
  readonly #db: Database;
  #limits: SpoolLimits;
  readonly #accounts: Accounts;
  readonly #ledger: Ledger;
  readonly #messages: Messages;
  readonly #devices: Devices;
  readonly #rooms: Rooms;
  readonly #remote: RemoteMessages;
  readonly #sleepers: Sleepers;
  readonly #holds: Holds;
  readonly #underWay = new UnderWay();
  readonly #occupancy: Occupancy;
  readonly #calendar: KeptCalendar;
  readonly #restore: Restore;
  readonly #refusals: Refusals;
  readonly #journal: Journal;
  readonly #lines: Lines;
  readonly #evictions = new Evictions();
  readonly #ceiling: Ceiling;
  readonly #quotas: Quotas;
  readonly #transaction: (batch: Iterable<Command | Question>, answered: Answered) => unknown[];

  /** @param journal is told what happens, for a spool that is opened anew as well */
  constructor(db: Database, limits: SpoolLimits, journal = new Journal(db)) {
    this.#db = db;
    this.#journal = journal;
    this.#limits = limits;
    this.#ledger = new Ledger(db);
    this.#accounts = new Accounts(db, this.#ledger.counters);
    this.#messages = new Messages(db, this.#accounts, this.#ledger);
    this.#devices = new Devices(db, limits.devices);
    this.#rooms = new Rooms(db, this.#ledger, journal, limits.rooms, () => this.#messages.nextId());
    this.#remote = new RemoteMessages(db, this.#ledger, journal, limits.maxPerAccount, () =>
      this.#messages.nextId(),
    );
    this.#sleepers = new Sleepers(db);
    this.#holds = new Holds(this.#sleepers);
    this.#occupancy = new Occupancy(this.#rooms, this.#holds);
    this.#restore = new Restore(this.#accounts, this.#messages, this.#devices, this.#rooms, this.#remote);
    this.#calendar = new KeptCalendar(db, this.#ledger);
    this.#refusals = new Refusals(db, {
      accounts: this.#accounts,
      messages: this.#messages,
      rooms: this.#rooms,
      remote: this.#remote,
      holds: this.#holds,
      journal,
    });
    this.#lines = new Lines(db);
    this.#quotas = new Quotas(this.#messages, limits, (account, { id, sender, size }, quota, at) => {
      this.#evictions.add(quota, account.jid, sender, size);
      this.#end(account, id, 'evicted', at);
    });
    this.#ceiling = new Ceiling(
      db,
      {
        users: {
          weights: this.#messages.weights,
          nameOf: account => this.#messages.nameOf(account),
          heldBy: (account, limit) => this.#messages.heldBy(account, limit),
          evict: (id, account, at) =>
            this.#end(this.#accounts.findOrAdd(this.#messages.nameOf(account)), id, 'evicted', at),
        },
        rooms: {
          weights: this.#rooms.weights,
          nameOf: room => this.#rooms.nameOf(room),
          heldBy: (room, limit) => this.#rooms.heldBy(room, limit),
          evict: (id, _, at) => this.#rooms.evict(id, at),
        },
        servers: {
          weights: this.#remote.weights,
          nameOf: domain => domain,
          heldBy: (domain, limit) => this.#remote.heldBy(domain, limit),
          evict: (id, _, at) => this.#remote.evict(id, at),
        },
        lines: this.#lines,
      },
      this.#evictions,
    );
    // Immediate: a transaction that reads first and writes later fails at once where another process writes
    this.#transaction = db.transaction((batch: Iterable<Command | Question>, answered: Answered) => {
      const { replies, at } = this.#run(batch);
      answered(replies);
      this.#messages.age();
      if (at !== null) this.#ceiling.hold(this.#limits.maxSize, at);
      this.#write();
      return replies;
    }).immediate;
  }

  /**
   * Carries out a batch and commits it.
   * @param answered is called with the replies before the commit, which may take its time
   * @returns the replies to the questions in it, in their order
   * @throws SqliteError where it could not be committed: nothing of it is stored then, and this object is of no more use
   */
  apply(batch: Iterable<Command | Question>, answered: Answered = () => undefined): unknown[] {
    return this.#transaction(batch, answered);
  }

  /** Has other limits hold from now on; what is over one goes with the next message or sweep. */
  limit(limits: SpoolLimits): void {
    this.#limits = limits;
    this.#quotas.limit(limits);
    this.#devices.limit(limits.devices);
    this.#rooms.limit(limits.rooms);
    this.#remote.limit(limits.maxPerAccount);
  }

  /** What was evicted since this was last asked, of what has been committed since. */
  takeEvictions(): Told | null {
    return this.#evictions.take();
  }

  /** Returns the replies, and when the last of it was told or asked. */
  #run(batch: Iterable<Command | Question>): { replies: unknown[]; at: number | null } {
    const replies: unknown[] = [];
    let at: number | null = null;
    for (const entry of batch) {
      at = momentOf(entry) ?? at;
      if ('ask' in entry) replies.push(this.#reply(entry));
      else this.#do(entry);
    }
    return { replies, at };
  }

  #write(): void {
    this.#messages.write();
    this.#accounts.write();
    this.#ledger.write();
  }

  #do(command: Command): void {
    switch (command.do) {
      case 'store':
        return this.#storeSent(command);
      case 'offline':
        return this.#storeOffline(command.message, command.due);
      case 'store-again': {
        const account = this.#accounts.find(command.account);
        if (account === undefined) return;
        const id = this.#messages.addAgain(
          account,
          command.identity,
          command.at,
          this.#owedTo(account, null),
        );
        if (id !== undefined) this.#journal.note('stored', { id, at: command.at });
        return;
      }
      case 'arrive':
        return this.#arrive(command);
      case 'gone': {
        const devices = this.#accounts.find(command.account)?.devices;
        const device = devices?.find(({ resource }) => resource === command.resource);
        if (device !== undefined) this.#devices.gone(device.id);
        return;
      }
      case 'hand':
        return this.#hand(command);
      case 'bounce':
        return this.#bounce(command);
      case 'sweep':
        return this.#sweep(command.at);
      case 'refuse':
        return this.#refusals.refuse(command.id, command.reason, command.at);
      case 'hear':
        return this.#noteNew(command.at, () =>
          this.#occupancy.hear(this.#holds.get(command.session), command, this.#messages.lastId),
        );
      case 'reset':
        this.#remote.releaseAll();
        for (const holder of this.#holds.all()) this.#lostWith(holder);
        return this.#holds.clear();
      case 'remote-sent':
      case 'remote-bounced':
      case 'remote-receipt':
      case 'remote-heard':
      case 'remote-proved':
      case 'remote-release':
        return this.#remote.do(command);
      case 'begin':
        return this.#ledger.begin(command.at);
      case 'count':
        for (const [name, value] of Object.entries(command.counts)) this.#ledger.counters.add(name, value);
        return;
      case 'gauge':
        for (const [name, value] of Object.entries(command.values)) this.#ledger.counters.set(name, value);
        return;
      default: {
        const holder = this.#holds.get(command.session);
        if (holder !== undefined) this.#doFor(holder, command);
      }
    }
  }

  #doFor(
    holder: Holder,
    command: Extract<
      Command,
      {
        do:
          | 'leave'
          | 'mark'
          | 'prove'
          | 'receipt'
          | 'release'
          | 'silent'
          | 'mute'
          | 'able'
          | 'join'
          | 'part'
          | 'out'
          | 'write-down'
          | 'wipe';
      }
    >,
  ): void {
    switch (command.do) {
      case 'leave':
        if (holder.device !== null) this.#devices.leave(holder.device.id, command.at);
        this.#lostWith(holder);
        this.#holds.remove(holder);
        return this.#accounts.count(holder.account, 0); // its row may have no more reason to stay
      case 'mark':
        holder.marks.set(command.ping, this.#messages.lastId);
        return;
      case 'prove':
        holder.limit = Math.max(holder.limit, holder.marks.get(command.ping) ?? 0);
        for (const ping of holder.marks.keys()) if (ping <= command.ping) holder.marks.delete(ping); // or lost
        for (const group of command.groups) this.#prove(holder, group, command.at);
        this.#holds.answered(holder, command.ping);
        if (holder.device !== null && command.took !== null) {
          this.#devices.proved(holder.device.id, Math.round(command.took));
        }
        return;
      case 'receipt':
        return this.#receipt(holder, command);
      case 'join':
        this.#occupancy.join(holder, command.room, command.nick, this.#messages.lastId, command.at);
        return fromTheBeginning(holder);
      case 'part':
        return this.#occupancy.part(holder, command.room);
      case 'out':
        holder.occupies.delete(command.room);
        return;
      case 'able':
        if (holder.device !== null) this.#devices.setAble(holder.device.id, command.ability);
        return;
      case 'release':
        this.#lostWith(holder, command.groups);
        for (const group of command.groups) {
          for (const id of this.#holds.take(holder, group).ids) holder.heard.delete(id);
        }
        fromTheBeginning(holder);
        return;
      case 'silent':
        holder.silent = command.silent;
        return;
      case 'mute':
        if (holder.device !== null) this.#devices.setMute(holder.device.id, command.mute);
        return;
      case 'write-down':
        return this.#holds.writeDown(holder, command.pings);
      case 'wipe':
        return this.#holds.wipe(holder);
    }
  }

  #reply<Name extends keyof Questions>(question: Question & { ask: Name }): unknown {
    const asked: Question = question;
    if (asked.ask === 'forget') return this.#forgetByName(asked.account, asked.resource);
    if (asked.ask === 'fill') return this.#fill(asked);
    if (asked.ask === 'drop-pendings') return this.#dropPendings(asked.pendings, asked.at);
    if (asked.ask === 'forget-account') return this.#forgetAccount(asked.account, asked.limit);
    if (asked.ask === 'reserve') return this.#messages.reserve(asked.ids);
    if (asked.ask === 'restore') return this.#restore.store(asked.records, asked.offset);
    if (asked.ask === 'clocks') return this.#calendar.read(asked.reading, this.#messages.lastId);
    if (asked.ask === 'remote-domains') return this.#remote.domains(asked.account);
    if (asked.ask === 'remote-due') {
      return this.#remote.due(asked.domain, this.#calendar.judgedAt(asked.at), asked.at);
    }
    if (asked.ask === 'remote-take') {
      return this.#remote.take(asked.domain, asked.limit, this.#calendar.judgedAt(asked.at), asked.at);
    }
    if (asked.ask === 'drop') return this.#drop(asked.account, asked.at, asked.limit);
    if (asked.ask === 'absent') return this.#devices.absent(asked.after, asked.rows);
    if (asked.ask === 'sleepers') return this.#sleepers.page(asked.after, asked.devices);
    if (asked.ask === 'unheard') return this.#devices.unheard(asked.account, asked.since);
    if (asked.ask === 'device') return this.#devices.find(asked.account, asked.resource);
    const holder = this.#holds.get(asked.session);
    switch (asked.ask) {
      case 'owes':
        return holder !== undefined && this.#owes(holder, asked.at);
      case 'take':
        return holder === undefined ? [] : this.#take(holder, asked);
      case 'gap':
        return holder === undefined ? { gap: null, isNew: true } : this.#occupancy.gap(holder, asked.room);
      case 'place': {
        const { id, room } = asked;
        return { held: holder?.held.has(id) === true, here: holder !== undefined && isHere(room, holder) };
      }
      case 'answers':
        return holder?.device ? this.#devices.answers(holder.device.id) : 'unknown';
    }
  }

  #arrive(command: Extract<Command, { do: 'arrive' }>): void {
    const account = this.#accounts.findOrAdd(command.account);
    const { session, resource, priority, at } = command;
    const isFirst = this.#holds.get(session) === undefined;
    const holder = this.#holds.get(session) ?? this.#holds.add(session, account);
    if (command.anew) {
      holder.occupies.clear();
      holder.cameAfter = this.#messages.lastId;
    }
    const known = account.devices.find(device => device.resource === resource);
    if (known !== undefined || command.device) {
      for (const device of this.#devices.crowdedOut(account, resource, isFirst))
        this.#forget(account, device);
    }
    if (known !== undefined && (isFirst || command.back === true)) this.#devices.comesBack(known);
    // where its presence was not seen it may still be a device that was known before
    if (command.device) holder.device = this.#devices.arrive(account, resource, priority, at);
    else holder.device ??= known ?? null;
    this.#recall(holder);
  }

  #recall(holder: Holder): void {
    const { device } = holder;
    if (device !== null) this.#holds.recall(holder, id => this.#rooms.memberFor(device.id, id));
  }

  #forgetByName(jid: string, resource: string): boolean {
    const account = this.#accounts.find(jid);
    const device = account?.devices.find(one => one.resource === resource);
    if (account === undefined || device === undefined) return false;
    this.#forget(account, device);
    return true;
  }

  #drop(jid: string, at: number, limit: number): number {
    const account = this.#accounts.find(jid);
    const remote = this.#remote.dropOf(jid, limit, at);
    if (account === undefined) return remote;
    const said = account.devices.flatMap(({ id }) => this.#rooms.spareAll(id, at));
    for (const id of said) this.#holds.letGo(id, account);
    this.#ledger.ended('dropped', { owing: null, messages: said.length });
    const messages = this.#messages.oldestOf(account, limit - remote);
    for (const id of messages) this.#end(account, id, 'dropped', at);
    return remote + said.length + messages.length;
  }

  /** Returns to how many rooms the device belonged. */
  #forget(account: Account, device: Device): number {
    this.#holds.forgetDevice(device.id, account);
    this.#messages.forgetSlot(account, device.slot);
    const rooms = this.#rooms.forgetDevice(device.id);
    this.#devices.forget(account, device);
    return rooms;
  }

  /** What is deleted here is overwritten in the file too. */
  #forgetAccount(jid: string, limit: number): Forgotten {
    const account = this.#accounts.find(jid);
    this.#db.pragma('secure_delete = ON');
    try {
      const ids = account === undefined ? [] : this.#messages.oldestOf(account, limit);
      for (const id of ids) {
        this.#holds.letGo(id, account as Account);
        this.#messages.forget(account as Account, id);
      }
      if (account !== undefined) this.#messages.forgetArrivals(account);
      const remote = this.#remote.forget(jid, limit - ids.length);
      const messages = ids.length + remote;
      if (messages === limit) return { messages, devices: 0, memberships: 0, lines: 0, more: true };
      const devices = [...(account?.devices ?? [])];
      const memberships = devices.reduce((sum, one) => sum + this.#forget(account as Account, one), 0);
      if (account !== undefined) this.#accounts.count(account, 0); // its row goes with the last session
      const lines = this.#lines.forget(jid);
      return { messages, devices: devices.length, memberships, lines, more: false };
    } finally {
      this.#db.pragma('secure_delete = OFF');
    }
  }

  /** Returns how much of it was still pending. */
  #dropPendings(pendings: Questions['drop-pendings']['ask']['pendings'], at: number): number {
    const together = new Map<string, { id: number; jid: string; resources: (string | null)[] }>();
    for (const [id, jid, resource] of pendings) {
      const known = together.get(`${id} ${jid}`);
      if (known !== undefined) known.resources.push(resource);
      else together.set(`${id} ${jid}`, { id, jid, resources: [resource] });
    }
    let dropped = 0;
    for (const { id, jid, resources } of together.values()) {
      const account = this.#accounts.find(jid); // a writer to other servers may have no row
      const devices = (account?.devices ?? []).filter(({ resource }) => resources.includes(resource));
      const [only] = resources.length === 1 ? devices : [];
      const described = this.#journal.describe(id);
      const slots = devices.map(({ slot }) => slot);
      const whom = only === undefined ? jid : `${jid}/${only.resource}`;
      const owed = slotsOf(resources.includes(null) ? [ACCOUNT_SLOT, ...slots] : slots);
      const messages = account === undefined ? 0 : this.#messages.drop(account, id, owed, whom, at);
      const said = devices.filter(device => this.#rooms.drop(device.id, id, `${jid}/${device.resource}`, at));
      const remote = resources.includes(null) && this.#remote.drop(jid, id, at) ? 1 : 0;
      const sum = messages + said.length + remote;
      if (sum === 0) continue;
      dropped += sum;
      this.#journal.note('dropped', { id, at, device: only?.resource ?? null }, described, jid);
    }
    return dropped;
  }

  #fill(asked: Questions['fill']['ask']): number {
    return this.#noteNew(asked.messages[0]?.receivedAt ?? 0, () => this.#occupancy.fill(asked));
  }

  /** Notes as stored what gets an id meanwhile. */
  #noteNew<Result>(at: number, store: () => Result): Result {
    const last = this.#messages.lastId;
    const result = store();
    if (this.#journal.isOn) {
      for (let id = last + 1; id <= this.#messages.lastId; id++) this.#journal.note('stored', { id, at });
    }
    return result;
  }

  /** To whom a message is owed: every known device, and the account, or the writer's other devices. */
  #owedTo(
    account: Account,
    sentBy: string | null,
    onlyFor: string | null = null,
    writtenBy: string | null = null,
  ): Slots {
    const { sync } = this.#limits.devices;
    const addressed =
      onlyFor === null ? undefined : account.devices.find(({ resource }) => resource === onlyFor);
    if (addressed !== undefined) return slotsOf([addressed.slot]);
    const devices = sync ? account.devices.filter(({ resource }) => resource !== (sentBy ?? writtenBy)) : [];
    const slots = devices.map(({ slot }) => slot);
    return slotsOf(sentBy === null ? [ACCOUNT_SLOT, ...slots] : slots);
  }

  #storeSent({ message, writer }: Extract<Command, { do: 'store' }>): void {
    const isToSelf = writer?.account === message.account;
    this.#storeNew(message, isToSelf ? writer.resource : null);
    if (writer === undefined || isToSelf) return;
    this.#storeNew({ ...message, account: writer.account, sentBy: writer.resource });
  }

  /** The same message again (its id says so) is no second one. @param writtenBy a device that is not owed it */
  #storeNew(message: NewMessage, writtenBy: string | null = null): void {
    const account =
      message.sentBy === null
        ? this.#accounts.findOrAdd(message.account)
        : this.#accounts.find(message.account);
    if (account === undefined) return; // no other device of the writer is known
    const known =
      message.stanzaId === null
        ? this.#messages.setPushed(account, message.identity, 2, 1)
        : this.#messages.newest(account, message.identity) !== undefined;
    const id = known ? undefined : this.#store(account, message, 0, writtenBy);
    if (id !== undefined && account.sessions > 0) this.#underWay.add(id, message.receivedAt);
  }

  /** The same message comes by two ways, in either order; where it has no id, each copy stands for one message. */
  #storeOffline(message: NewMessage, due: boolean): void {
    const account = this.#accounts.findOrAdd(message.account);
    if (this.#messages.setPushed(account, message.identity, 0, 1)) return;
    if (message.stanzaId !== null && this.#messages.newest(account, message.identity) !== undefined) return;
    this.#store(account, message, due ? 2 : 1);
  }

  #store(
    account: Account,
    message: NewMessage,
    pushed: Pushed = 0,
    writtenBy: string | null = null,
  ): number | undefined {
    const onlyFor = message.room === null ? null : resourceOf(message.to);
    const owed = this.#owedTo(account, message.sentBy, onlyFor, writtenBy);
    if (owed === 0) return undefined;
    const id = this.#messages.add(account, message, owed, pushed);
    this.#journal.note('stored', { id, at: message.receivedAt });
    this.#quotas.hold(account, message.from, message.receivedAt);
    return id;
  }

  #hand(command: Extract<Command, { do: 'hand' }>): void {
    const { way, identity, message } = command;
    const holder = this.#holds.get(command.session);
    const account =
      message === null ? this.#accounts.find(command.account) : this.#accounts.findOrAdd(command.account);
    if (account === undefined) return;
    const known = command.fresh ? undefined : this.#find(account, command, holder);
    if (
      known === undefined &&
      (way === 'flood' || way === 'resent') &&
      this.#messages.hasArrived(account, identity)
    )
      return;
    const id = known ?? (message === null ? undefined : this.#store(account, message));
    if (id === undefined) return;
    this.#underWay.end(id); // it has been routed
    if (holder !== undefined) this.#holds.hold(holder, command.group, id, way);
  }

  /**
   * Which of equal messages a copy means: a live one the newest, for it was just sent; a stored one the oldest that the
   * session has not had. Where it has had them all, an id says that it is one of them; without one it is another.
   */
  #find(
    account: Account,
    hand: Extract<Command, { do: 'hand' }>,
    holder: Holder | undefined,
  ): number | undefined {
    if (hand.way === 'live' || hand.way === 'carbon') {
      const newest = this.#messages.newest(account, hand.identity);
      if (newest !== undefined || hand.message !== null) return newest;
      return this.#messages.alike(account, hand.identity).at(-1);
    }
    const alike = this.#messages.alike(account, hand.identity);
    // one that a session had which has ended, it may be under this very JID
    if (hand.way === 'resent') {
      return (
        alike.find(id => holder?.held.get(id) !== hand.group && this.#holds.countOf(id, account) > 0) ??
        alike.at(-1)
      );
    }
    const notHad = alike.find(id => holder === undefined || !holder.held.has(id));
    // each way brings each message once, but two may bring the same
    const otherwise = () => alike.find(id => this.#holds.wayOf(holder, id) !== hand.way);
    if (notHad === undefined && holder !== undefined && otherwise() !== undefined) return otherwise();
    return notHad ?? (hand.message?.stanzaId === null ? undefined : alike.at(-1));
  }

  #prove(holder: Holder, group: number, at: number): void {
    const { ids, way } = this.#holds.take(holder, group);
    const outcome = outcomeOf(way);
    const slots = slotsOwed(holder);
    this.#noteFor(holder, 'proved', ids, at, byWhom(way));
    for (const id of this.#occupancy.prove(holder, ids, outcome, at)) {
      this.#messages.settle(holder.account, id, slots, way, at);
    }
  }

  /** A receipt proves that message alone, and counts only for what the session was handed, from whom it is told. */
  #receipt(holder: Holder, { sender, stanzaId, at }: Extract<Command, { do: 'receipt' }>): void {
    const id = this.#holds.find(holder, one => this.#messages.isFrom(one, sender, stanzaId));
    if (id === undefined) return;
    const way = this.#holds.takeOne(holder, id);
    this.#noteFor(holder, 'proved', [id], at, byWhom(way));
    this.#messages.settle(holder.account, id, slotsOwed(holder), way, at);
  }

  /** What ejabberd gave to this session, it has not delivered: for it, or these groups, cannot prove it any more. */
  #lostWith(holder: Holder, groups?: readonly number[]): void {
    for (const id of this.#holds.unproved(holder, groups)) this.#messages.setCause(id, STORED_CAUSE.session);
  }

  #owes(holder: Holder, at: number): boolean {
    for (let after = 0; ; ) {
      const range = { after, at: this.#calendar.judgedAt(at), limit: 100 };
      const owed = this.#messages.idsAfter(holder.account, slotsOwed(holder), range);
      if (owed.some(one => this.#isDue(one, holder, at))) return true;
      const last = owed.at(-1)?.id;
      if (last === undefined) {
        return this.#occupancy.owes(holder, this.#calendar.judgedAt(at));
      }
      after = last;
    }
  }

  /** Is what the session is owed to be replayed to it now? */
  #isDue({ id, owed, room }: Owed, holder: Holder, at: number): boolean {
    if (!isHere(room, holder) || this.#holds.isHeld(id, owed, holder)) return false;
    // what was sent before the session came, ejabberd has delivered by now or never will
    return id <= holder.cameAfter || !this.#underWay.has(id, at);
  }

  #take(holder: Holder, { groups, limit, at }: Questions['take']['ask']): Taken[][] {
    const chunks: Taken[][] = [];
    for (const group of groups) {
      const taken = this.#takeInto(holder, group, limit, at);
      if (taken.length > 0) chunks.push(taken);
      if (taken.length < limit) break;
    }
    if (chunks.length === 0) fromTheBeginning(holder);
    return chunks;
  }

  #takeInto(holder: Holder, group: number, limit: number, at: number): Taken[] {
    const taken: Taken[] = [];
    const judgedAt = this.#calendar.judgedAt(at);
    while (taken.length < limit) {
      const range = {
        ...{ after: holder.cursor, upTo: holder.limit },
        ...{ at: judgedAt, limit: limit - taken.length },
      };
      const rows = this.#messages.after(holder.account, slotsOwed(holder), range);
      const last = rows.at(-1);
      if (last === undefined) break;
      holder.cursor = last.id;
      for (const { message, ...one } of rows) {
        if (!this.#isDue(one, holder, at)) continue;
        this.#holds.hold(holder, group, one.id, 'replay');
        taken.push(message);
      }
    }
    taken.push(...this.#occupancy.take(holder, group, limit - taken.length, judgedAt));
    this.#noteFor(holder, 'replayed', holder.groups.get(group)?.ids ?? [], at);
    return taken;
  }

  #bounce(command: Extract<Command, { do: 'bounce' }>): void {
    const account = this.#accounts.find(command.account);
    if (account === undefined) return;
    const alike = this.#messages.alike(account, command.identity);
    const id = alike.find(one => this.#holds.countOf(one, account) > 0) ?? alike.at(-1);
    if (id === undefined) return;
    if (!this.#isOfOne(id, account, command.verdict)) this.#holds.letGo(id, account);
    this.#underWay.end(id);
    this.#journal.note(command.verdict === 'refused' ? 'refused' : 'bounced', { id, at: command.at });
    if (command.verdict === 'refused') this.#messages.end(account, id, 'refused', command.at);
    else {
      this.#ledger.bounced();
      this.#messages.setCause(id, CAUSE_OF[command.verdict]);
    }
  }

  /** Several had the message, of whom one has lost it: each that holds it now is asked for its proof anyway. */
  #isOfOne(id: number, account: Account, verdict: Verdict): boolean {
    const hasEnded = this.#messages.cause(id) === STORED_CAUSE.session;
    return verdict === 'lost' && this.#holds.countOf(id, account) + (hasEnded ? 1 : 0) > 1;
  }

  #sweep(at: number): void {
    const judgedAt = this.#calendar.judgedAt(at);
    for (const { id, jid } of this.#messages.expired(judgedAt, SWEPT_AT_ONCE)) {
      this.#end(this.#accounts.findOrAdd(jid), id, 'expired', at);
    }
    for (const { jid, ...device } of this.#devices.unseen(judgedAt)) {
      this.#forget(this.#accounts.findOrAdd(jid), device);
    }
    this.#rooms.sweep(judgedAt, at);
    this.#remote.sweep(judgedAt, at, SWEPT_AT_ONCE);
    this.#lines.trim();
    this.#accounts.sweep();
    this.#ledger.prune(judgedAt);
  }

  #end(account: Account, id: number, outcome: Exclude<Outcome, 'delivered' | 'replayed'>, at: number): void {
    this.#holds.letGo(id, account);
    this.#journal.note(outcome, { id, at });
    this.#messages.end(account, id, outcome, at);
  }

  #noteFor(
    { account, device }: Holder,
    kind: 'replayed' | 'proved',
    ids: readonly number[],
    at: number,
    by: 'ejabberd' | 'respool' | null = null,
  ): void {
    if (!this.#journal.isOn) return;
    for (const id of ids) {
      const noted = { id, at, device: device?.resource ?? null, by };
      this.#journal.note(kind, noted, this.#journal.describe(id), account.jid);
    }
  }
}

/** When this is told or asked, as a date in ms. */
function momentOf(entry: Command | Question): number | null {
  if ('at' in entry) return entry.at;
  return 'message' in entry && entry.message !== null ? entry.message.receivedAt : null;
}

/** A private message of a room is for a device that is in it. */
function isHere(room: string | null, holder: Holder): boolean {
  return room === null || holder.occupies.has(room);
}

/** Who has brought what came this way. */
function byWhom(way: Way | 'replay'): 'ejabberd' | 'respool' {
  return way === 'replay' ? 'respool' : 'ejabberd';
}

function resourceOf(jid: string): string {
  return jid.slice(jid.indexOf('/') + 1);
}
