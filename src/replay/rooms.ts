import type { Element } from '@xmpp/component';
import type { Change } from '../presence/change.js';
import type { SpoolPort } from '../spool/client.js';
import type { RoomLimits } from '../spool/rooms.js';
import { lifeOf } from '../spool/rules.js';
import { keyById } from '../tap/room.js';
import type { Jid } from '../xmpp/jid.js';
import type { Clock } from './clock.js';
import type { Deliveries } from './deliveries.js';
import type { HandOver } from './hand-over.js';
import { roomMessage } from './records.js';
import { RoomArchive } from './room-archive.js';

export interface RoomsSurroundings {
  /** The component's own domain. */
  domain: string;
  clock: Clock;
  spool: SpoolPort;
  deliveries: Deliveries;
  handOver: HandOver;
  /** At the moment; `maxAge` is the longest life of a message, in ms. */
  habits(): { readonly maxAge: number; readonly rooms: RoomLimits };
  send(text: string): boolean;
  note(line: string): void;
}

type Of<Kind extends Change['kind']> = Extract<Change, { kind: Kind }>;

/** Who is in which room, and what is said there. */
export class Rooms {
  readonly #around: RoomsSurroundings;
  readonly #archive: RoomArchive;

  constructor(around: RoomsSurroundings) {
    this.#around = around;
    const { domain, clock, spool, deliveries, handOver, habits, send, note } = around;
    this.#archive = new RoomArchive({
      domain,
      clock,
      spool,
      limits: () => habits().rooms,
      send,
      note,
      roomMessage: (room, { id, stamp, said }) => {
        const life = said === undefined ? null : lifeOf(said.element, habits().maxAge);
        if (said === undefined || life === null) return null;
        const when = Math.min(stamp, clock.date());
        return {
          ...roomMessage(room, keyById(id), said, life, clock.date()),
          stamp: when,
          expiresAt: when + life,
        };
      },
      handed: ({ key: session }, key) => {
        const delivery = deliveries.get(session);
        return delivery === undefined ? undefined : handOver.handed(delivery, key, 'archive');
      },
      filled: ({ key }) => deliveries.tell(deliveries.get(key), (delivery, now) => delivery.check(now)),
    });
  }

  joined({ session, room, nick, entered }: Of<'joined'>): void {
    const { habits, spool, clock, handOver, deliveries } = this.#around;
    if (!habits().rooms.replay) return;
    const delivery = handOver.deliveryOf(session);
    if (entered) void this.#archive.joining(session, room);
    spool.tell({ do: 'join', session: session.key, room, nick, at: clock.date() });
    deliveries.tell(delivery, (one, now) => one.isIn(room, true, now));
  }

  /** It left, so that it is owed nothing more. */
  left({ session, room }: Of<'left'>): void {
    this.#around.deliveries.get(session.key)?.isOut(room);
    this.#around.spool.tell({ do: 'part', session: session.key, room });
  }

  /** It is out, and owed what is said until it is back. */
  out({ session, room }: Of<'out'>): void {
    this.#around.deliveries.get(session.key)?.isOut(room);
    this.#around.spool.tell({ do: 'out', session: session.key, room });
  }

  said({ session, room, message, key, first, way }: Of<'said'>): void {
    const { habits, spool, clock, handOver, deliveries } = this.#around;
    const life = habits().rooms.replay ? lifeOf(message.element, habits().maxAge) : null;
    if (life === null) return;
    const [at, isLive] = [clock.date(), way === 'live'];
    const delivery = handOver.deliveryOf(session);
    if (!isLive) deliveries.tell(delivery, (one, now) => one.unsettle(now));
    this.#archive.heard(session, room, key, isLive);
    const said = first && isLive ? roomMessage(room, key, message, life, at) : null;
    const group = handOver.handed(delivery, key, way);
    spool.tell({ do: 'hear', session: session.key, group, room, key, way, message: said, at });
    if (isLive) deliveries.tell(delivery, (one, now) => one.isIn(room, false, now));
  }

  /** A stanza for the component itself may be of a room's archive that was asked. True where it is. */
  fromArchive(stanza: Element, from: Jid): boolean {
    if (stanza.name === 'message') return this.#archive.result(stanza, from.full);
    return this.#archive.answered(stanza, from.full);
  }

  stop(): void {
    this.#archive.stop();
  }
}
