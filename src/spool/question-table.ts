import { UNKNOWN_DEVICE } from './devices.js';
import type { Parts } from './parts.js';
import type { Question, Questions } from './question.js';
import { isHere } from './replaying.js';
import { Restore } from './restore.js';
import type { Work } from './work.js';

type Name = keyof Questions;

/** How each question is answered. */
export type QuestionTable = {
  readonly [One in Name]: (asked: Questions[One]['ask']) => Questions[One]['reply'];
};

/** Returns the reply to a question. */
export function answer(table: QuestionTable, question: Question): unknown {
  return (table[question.ask] as (asked: Question) => unknown)(question);
}

/** The questions, by what they are of. */
export function questionsOf(parts: Parts, work: Work): QuestionTable {
  return {
    ...ofSessions(parts, work),
    ...ofAccounts(parts, work),
    ...ofServers(parts),
    ...ofItself(parts, work),
  };
}

function ofSessions({ holds, occupancy, rooms, devices }: Parts, { replaying }: Work) {
  return {
    owes({ session, at }) {
      const holder = holds.get(session);
      return holder !== undefined && replaying.owes(holder, at);
    },
    take(asked) {
      const holder = holds.get(asked.session);
      return holder === undefined ? [] : replaying.take(holder, asked);
    },
    stranger({ session, room }) {
      const holder = holds.get(session);
      return holder === undefined || occupancy.isStranger(holder, room);
    },
    gaps: ({ room, opens, at }) => (opens ? rooms.gaps.open(room, at) : rooms.gaps.of(room)),
    place({ session, id, room }) {
      const holder = holds.get(session);
      return { held: holder?.held.has(id) === true, here: holder !== undefined && isHere(room, holder) };
    },
    habits({ session }) {
      const device = holds.get(session)?.device;
      return device ? devices.habits(device.id) : UNKNOWN_DEVICE;
    },
  } satisfies Partial<QuestionTable>;
}

function ofAccounts({ accounts, devices, sleepers, onHold }: Parts, { removing }: Work) {
  return {
    forget: ({ account, resource }) => removing.forgetByName(account, resource),
    'forget-account': ({ account, limit }) => removing.forgetAccount(account, limit),
    drop: ({ account, at, limit }) => removing.drop(account, at, limit),
    'drop-pendings': ({ pendings, at }) => removing.dropPendings(pendings, at),
    'put-on-hold': ({ jid, by, at }) => onHold.put({ jid, by, since: at }),
    'release-hold': ({ jid, at }) => onHold.release(jid, at),
    device: ({ account, resource, since }) => devices.find(account, resource, since),
    absent: ({ after, rows }) => devices.absent(after, rows),
    'owed-accounts': ({ after, rows }) => accounts.owed(after, rows),
    unheard: ({ account, since }) => devices.unheard(account, since),
    sleepers: ({ after, devices: most }) => sleepers.page(after, most),
  } satisfies Partial<QuestionTable>;
}

function ofServers({ remote, calendar }: Parts) {
  return {
    'remote-domains': ({ account, after, limit }) => remote.domains(account, after, limit),
    'remote-due': ({ domain, at }) => remote.due(domain, calendar.judgedAt(at), at),
    'remote-take': ({ domain, limit, at }) => remote.take(domain, limit, calendar.judgedAt(at), at),
  } satisfies Partial<QuestionTable>;
}

function ofItself(parts: Parts, { refill }: Work) {
  const { messages, occupancy, calendar } = parts;
  const restore = new Restore(parts);
  return {
    fill: asked => occupancy.fill(asked),
    reserve: ({ ids }) => messages.reserve(ids),
    restore: ({ records, offset, since }) => restore.store(records, offset, since),
    'clear-rooms': () => refill.clearRooms(),
    clear: ({ before, limit }) => refill.clear(before, limit),
    held: ({ ids }) => refill.held(ids),
    narrow: ({ owed, at }) => refill.narrow(owed, at),
    clocks: ({ reading }) => calendar.read(reading, messages.lastId),
  } satisfies Partial<QuestionTable>;
}
