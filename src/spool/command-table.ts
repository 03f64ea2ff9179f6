import type { Command } from './command.js';
import { fromTheBeginning, type Holder } from './holder.js';
import type { Parts } from './parts.js';
import { Refusals } from './refusals.js';
import type { Work } from './work.js';

type Name = Command['do'];
type Told<One extends Name> = Extract<Command, { do: One }>;

/** How each command is carried out. */
export type CommandTable = { readonly [One in Name]: (command: Told<One>) => void };

/** Does what a command says. */
export function carryOut(table: CommandTable, command: Command): void {
  (table[command.do] as (command: Command) => void)(command);
}

/** The commands, by what they are of. */
export function commandsOf(parts: Parts, work: Work): CommandTable {
  return {
    ...ofMessages(parts, work),
    ...ofSessions(parts, work),
    ...ofServers(parts),
    ...ofItself(parts, work),
  };
}

function ofMessages({ db, ...parts }: Parts, { storing, handing, blocking }: Work) {
  const { holds, occupancy, messages } = parts;
  const refusals = new Refusals(db, parts);
  return {
    store: command => storing.storeSent(command),
    offline: ({ message, due }) => storing.storeOffline(message, due),
    'store-again': command => storing.storeAgain(command),
    hand: command => handing.hand(command),
    hold({ session, group, id }) {
      const holder = holds.get(session);
      if (holder !== undefined && messages.stored.isOf(id, holder.account))
        holds.hold(holder, group, id, 'flood');
    },
    bounce: command => handing.bounce(command),
    blocks: command => blocking.changed(command),
    filtered: command => blocking.filtered(command),
    refuse: ({ id, reason, at }) => refusals.refuse(id, reason, at),
    hear: command => occupancy.hear(holds.get(command.session), command, messages.lastId),
  } satisfies Partial<CommandTable>;
}

function ofSessions(parts: Parts, { arriving, proving }: Work) {
  const { accounts, devices, holds, messages, occupancy, journal } = parts;
  /** For a session that is there. */
  const held =
    <One extends { session: number }>(run: (holder: Holder, command: One) => void) =>
    (command: One) => {
      const holder = holds.get(command.session);
      if (holder !== undefined) run(holder, command);
    };
  return {
    arrive: command => arriving.arrive(command),
    gone: command => arriving.gone(command),
    leave: held((holder, { at }: Told<'leave'>) => {
      if (holder.device !== null) devices.leave(holder.device.id, at);
      proving.lostWith(holder);
      journal.session('left', holder.jid);
      holds.remove(holder);
      accounts.count(holder.account, 0); // its row may have no more reason to stay
    }),
    mark: held((holder, { ping }: Told<'mark'>) => {
      journal.session('asked', holder.jid);
      holder.marks.set(ping, messages.lastId);
    }),
    prove: held((holder, command: Told<'prove'>) => proving.answered(holder, command)),
    receipt: held((holder, command: Told<'receipt'>) => proving.receipt(holder, command)),
    release: held((holder, { groups }: Told<'release'>) => proving.release(holder, groups)),
    silent: held((holder, { silent }: Told<'silent'>) => {
      holder.silent = silent;
    }),
    mute: held(({ device }, { mute }: Told<'mute'>) => {
      if (device !== null) devices.setMute(device.id, mute);
    }),
    narrow: held(({ device }, { most, at }: Told<'narrow'>) => {
      if (device !== null) devices.narrow(device.id, most, at);
    }),
    able: held(({ device }, { ability }: Told<'able'>) => {
      if (device !== null) devices.setAble(device.id, ability);
    }),
    join: held((holder, { room, nick, at }: Told<'join'>) => {
      occupancy.join(holder, room, nick, messages.lastId, at);
      fromTheBeginning(holder);
    }),
    expel: command => occupancy.expel(command),
    part: held((holder, { room }: Told<'part'>) => occupancy.part(holder, room)),
    out: held(({ occupies }, { room }: Told<'out'>) => void occupies.delete(room)),
    'write-down': held((holder, { pings }: Told<'write-down'>) => holds.writeDown(holder, pings)),
    wipe: held((holder, _: Told<'wipe'>) => holds.wipe(holder)),
  } satisfies Partial<CommandTable>;
}

function ofServers({ remote }: Parts) {
  const run = (command: Told<`remote-${string}` & Name>) => remote.do(command);
  return {
    'remote-sent': run,
    'remote-bounced': run,
    'remote-receipt': run,
    'remote-heard': run,
    'remote-proved': run,
    'remote-release': run,
  } satisfies Partial<CommandTable>;
}

function ofItself({ ledger, remote, holds, journal }: Parts, { proving, sweeping }: Work) {
  const { counters } = ledger;
  return {
    sweep({ at }) {
      sweeping.sweep(at);
      journal.tend();
    },
    reset() {
      remote.releaseAll();
      for (const holder of holds.all()) proving.lostWith(holder);
      holds.clear();
      journal.session('disconnected', null);
    },
    begin({ at }) {
      ledger.begin(at);
      journal.session('started', null);
    },
    count({ counts }) {
      for (const [name, value] of Object.entries(counts)) counters.add(name, value);
    },
    gauge({ values }) {
      for (const [name, value] of Object.entries(values)) counters.set(name, value);
    },
  } satisfies Partial<CommandTable>;
}
