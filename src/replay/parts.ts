import { cameAt } from '../presence/attribution.js';
import type { Jid } from '../xmpp/jid.js';
import { Answers, PingIds } from './answers.js';
import { Asking } from './asking.js';
import { Assigning } from './assigning.js';
import { Blocked } from './blocked.js';
import { Deliveries } from './deliveries.js';
import { Duty } from './duty.js';
import { Gate } from './gate.js';
import { Interim } from './interim.js';
import { Messages } from './messages.js';
import type { ReplayOptions } from './options.js';
import { Pace } from './pace.js';
import { Rooms } from './rooms.js';
import { Search } from './search.js';
import { OnlineSessions } from './sessions.js';
import { pingOf } from './stanza.js';
import { Undecided } from './undecided.js';

/** What a replay is made of. */
export interface Parts {
  readonly duty: Duty;
  readonly gate: Gate;
  readonly deliveries: Deliveries;
  readonly undecided: Undecided;
  readonly messages: Messages;
  readonly rooms: Rooms;
  readonly blocked: Blocked;
  readonly sessions: OnlineSessions;
  readonly search: Search;
  readonly answers: Answers;
  readonly interim: Interim;
  readonly asking: Asking;
}

/** Makes the parts, and lets each know those that it tells of what happens. @param options may change while they run */
export function partsOf(options: ReplayOptions): Parts {
  const { spool, clock, domain, send, put, note, noteAsleep = note, settings } = options;
  const { directory } = options.presence;
  const habits = () => options;
  const neverPing = (jid: Jid) => options.neverPing(jid);
  const ids = new PingIds();
  const ping = ({ full }: Jid, ...of: Parameters<PingIds['make']>) =>
    void send(pingOf(domain, full, ids.make(...of)));
  const gate = new Gate(options.isClear);
  const duty = new Duty();
  const interim = new Interim();
  const pace = new Pace(settings, duty);
  const deliveries: Deliveries = new Deliveries({
    settings,
    clock,
    spool,
    gate,
    pace,
    put,
    note: (line, asleep) => (asleep ? noteAsleep(line) : note(line)),
    pingId: ({ key }, number) => ids.make(key, number),
    ping: ({ key, jid }, number) => ping(jid, key, number),
    neverPing,
    gone: session => {
      asking.gone(session);
      sessions.gone(session);
      options.gone?.(session.jid, clock.now() - cameAt(session));
    },
    there(session, pingedAt) {
      asking.answered(session);
      directory.answered(session, pingedAt);
    },
    answered: session => undecided.answered(session),
  });
  const asking = new Asking({ clock, deliveries, duty });
  const assigning = new Assigning({ clock, spool, deliveries });
  const undecided = new Undecided({
    ...{ clock, spool, directory, deliveries, assigning, neverPing },
    ping: (jid, number) => duty.isWatching || ping(jid, 'stray', number),
  });
  const around = { domain, clock, spool, directory, deliveries, assigning, undecided, habits, send, note };
  const sessions: OnlineSessions = new OnlineSessions({ ...around, interim, search: () => search });
  const search: Search = new Search({
    ...around,
    settings,
    finds: sessions,
    ping: (jid, number) => duty.isWatching || ping(jid, 'search', number),
    neverPing,
    answered: (from, id) => answers.answered(from, id),
  });
  const { regain, recall } = search;
  const answers = new Answers(ids, { directory, deliveries, regain, recall, strays: undecided.strays });
  const [messages, rooms, blocked] = [
    new Messages({ ...around, renew: session => sessions.renew(session) }),
    new Rooms(around),
    new Blocked(around),
  ];
  return {
    ...{ duty, gate, interim, deliveries, undecided, messages, rooms, blocked },
    ...{ sessions, search, answers, asking },
  };
}
