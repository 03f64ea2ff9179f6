import type { SpoolPort } from '../spool/client.js';
import type { Clock } from './clock.js';
import type { Delivery } from './delivery.js';
import type { Effect } from './effect.js';
import type { Gate } from './gate.js';
import type { Pace } from './pace.js';
import type { Quarantine } from './quarantine.js';
import { replayOf } from './stanza.js';

interface SendingSurroundings {
  clock: Clock;
  spool: SpoolPort;
  gate: Gate;
  pace: Pace;
  put: Quarantine['put'];
  /** The deliveries of an account. */
  of(account: string): Iterable<Delivery>;
  tell(delivery: Delivery, what: (delivery: Delivery, now: number) => readonly Effect[]): void;
}

/** Asks the spool what sessions are owed, and puts that on the stream. */
export class Sending {
  readonly #around: SendingSurroundings;

  constructor(around: SendingSurroundings) {
    this.#around = around;
  }

  /** Does the spool owe it something? */
  async ask(delivery: Delivery): Promise<void> {
    const { spool, clock, tell } = this.#around;
    const owed = await spool.ask({ ask: 'owes', session: delivery.session.key, at: clock.date() });
    tell(delivery, ({ catchUp }, now) => catchUp.owes(owed === true, now));
  }

  /** Takes so many messages into each of these chunks, and sends them. */
  async take(delivery: Delivery, { chunks, limit }: Extract<Effect, { do: 'take' }>): Promise<void> {
    const { spool, clock, pace, gate, put, tell } = this.#around;
    const { key: session, jid, login } = delivery.session;
    await gate.pass(async () => {
      const { catchUp } = delivery;
      if (!catchUp.wants(chunks)) return;
      const taken =
        (await spool.ask({ ask: 'take', session, groups: chunks, limit, at: clock.date() })) ?? [];
      if (hasEnded(delivery)) return;
      if (!pace.duty.replays || !catchUp.wants(chunks)) {
        spool.tell({ do: 'release', session, groups: [...chunks] }); // there is no time for its proof, or it is in doubt
        return tell(delivery, (_, now) => catchUp.took(0, now));
      }
      if (taken.length > 0) this.#askFirst(delivery);
      for (const [index, messages] of taken.entries()) {
        const outgoing = messages.map(message => replayOf(message, jid, login.hasCarbons));
        const sendable = messages.filter((_, nth) => 'text' in (outgoing[nth] ?? {}));
        const sent = catchUp.sends(chunks[index] as number, messages.length, sendable);
        const isSent = await put(outgoing);
        // the stream is gone, and all sessions are forgotten with it; or only this one is gone meanwhile
        if (!isSent || hasEnded(delivery)) return;
        tell(delivery, (one, now) => [...sent(now), ...one.sent(now)]);
      }
      tell(delivery, (_, now) => catchUp.took(taken.length, now));
    });
  }

  /**
   * What is sent to a session that has just ended goes to another one of its account, which may be owed the same: a ping
   * before it comes back first then, so that the copies which follow are known to be the other one's.
   */
  #askFirst(delivery: Delivery): void {
    const { of, tell } = this.#around;
    const others = [...of(delivery.session.jid.bare)].filter(one => one !== delivery);
    if (delivery.line !== 'answers' || !others.some(isCatchingUp)) return;
    tell(delivery, (one, now) => {
      one.asked(now);
      return one.sent(now);
    });
  }
}

function hasEnded(delivery: Delivery): boolean {
  return delivery.phase.is === 'ended';
}

/** May it be owed something now? */
function isCatchingUp({ phase }: Delivery): boolean {
  return phase.is !== 'unannounced' && phase.is !== 'idle' && phase.is !== 'ended';
}
