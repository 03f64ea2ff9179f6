import type { Element } from '@xmpp/component';
import type { Change } from '../presence/change.js';
import type { Directory } from '../presence/directory.js';
import type { Session } from '../presence/session.js';
import { rulingOn } from '../rules/ruling.js';
import type { SpoolPort } from '../spool/client.js';
import type { RoomLimits } from '../spool/rooms.js';
import { keyById } from '../tap/room.js';
import type { Jid } from '../xmpp/jid.js';
import type { Assigning } from './assigning.js';
import type { Clock } from './clock.js';
import type { Deliveries } from './deliveries.js';
import { roomMessage, storedInRoom } from './records.js';
import { RoomArchive } from './room-archive.js';

interface RoomsSurroundings {
  /** The component's own domain. */
  domain: string;
  clock: Clock;
  spool: SpoolPort;
  directory: Directory;
  deliveries: Deliveries;
  assigning: Assigning;
  /** At the moment; `maxAge` is the longest life of a message, in ms. */
  habits(): { readonly maxAge: number; readonly rooms: RoomLimits };
  send(text: string): boolean;
  note(line: string): void;
}

/** A room that the spool does not know a device in is not asked about again for so long, in ms. */
const ASK_AGAIN = 10_000;
/** Of so many rooms and sessions that is remembered. */
const MOST_STRANGERS = 10_000;

type Of<Kind extends Change['kind']> = Extract<Change, { kind: Kind }>;

/** Who is in which room, and what is said there. */
export class Rooms {
  readonly #around: RoomsSurroundings;
  readonly #archive: RoomArchive;
  readonly #strangers = new Strangers();
  /** What is asked of the spool at the moment; a room that says meanwhile that the session is out is believed. */
  readonly #asking = new Set<{ session: Session; room: string; isOut: boolean }>();

  constructor(around: RoomsSurroundings) {
    this.#around = around;
    const { domain, clock, spool, deliveries, assigning, habits, send, note } = around;
    this.#archive = new RoomArchive({
      domain,
      clock,
      spool,
      limits: () => habits().rooms,
      send,
      note,
      roomMessage: (room, { id, stamp, said }, before) => {
        const ruling = said === undefined ? null : rulingOn(said.message.element, said.message.recipient);
        if (said === undefined || ruling === null) return null;
        const { message, names } = said;
        const life = Math.min(ruling.life, habits().maxAge);
        const when = Math.min(stamp, before);
        return {
          ...roomMessage(room, keyById(id), message, names, life, clock.date()),
          stamp: when,
          expiresAt: when + life,
        };
      },
      handed: ({ key: session }, key) => {
        const delivery = deliveries.get(session);
        return delivery === undefined ? undefined : assigning.handed(delivery, key, 'archive');
      },
      filled: ({ key }) => deliveries.tell(deliveries.get(key), (delivery, now) => delivery.check(now)),
    });
  }

  joined(change: Of<'joined'>): void {
    if (!this.#around.habits().rooms.replay) return;
    if (change.asked) this.#in(change);
    else void this.#ifMember(change, () => this.#in(change));
  }

  #in({ session, room, nick, entered }: Of<'joined'>): void {
    const { spool, clock, assigning, deliveries } = this.#around;
    const delivery = assigning.deliveryOf(session);
    if (entered) void this.#archive.joining(session, room);
    spool.tell({ do: 'join', session: session.key, room, nick, at: clock.date() });
    deliveries.tell(delivery, (one, now) => one.entered(room, true, now));
  }

  /** It left, so that it is owed nothing more. */
  left({ session, room }: Of<'left'>): void {
    this.#callOff(room, one => one === session);
    this.#around.deliveries.get(session.key)?.catchUp.left(room);
    this.#around.spool.tell({ do: 'part', session: session.key, room });
  }

  /** They belong there no more, whether they are told so or not. */
  expelled({ room, who }: Of<'expelled'>): void {
    const { account, resource } = who;
    this.#callOff(
      room,
      ({ jid }) => (account ?? jid.bare) === jid.bare && (resource ?? jid.resource) === jid.resource,
    );
    this.#around.spool.tell({ do: 'expel', room, account, resource });
  }

  /** It is out, and owed what is said until it is back. */
  out({ session, room }: Of<'out'>): void {
    this.#callOff(room, one => one === session);
    this.#around.deliveries.get(session.key)?.catchUp.left(room);
    this.#around.spool.tell({ do: 'out', session: session.key, room });
  }

  said({ session, room, message, names, key, first, way, asked }: Of<'said'>): void {
    const { habits, spool, clock, assigning, deliveries } = this.#around;
    const ruling = habits().rooms.replay ? rulingOn(message.element, message.recipient) : null;
    if (ruling === null) return;
    const life = Math.min(ruling.life, habits().maxAge);
    const [at, isLive] = [clock.date(), way === 'live'];
    const delivery = assigning.deliveryOf(session);
    if (!isLive && asked) deliveries.tell(delivery, (one, now) => one.unsettle(now));
    this.#archive.heard(session, room, key, isLive);
    const said = first ? roomMessage(room, key, message, names, life, at) : null;
    const stored = isLive ? null : storedInRoom(room, message, names);
    const group = assigning.handed(delivery, key, way);
    spool.tell({ do: 'hear', session: session.key, group, room, key, way, message: said, stored, asked, at });
    if (!isLive) return;
    const heard = () => deliveries.tell(delivery, (one, now) => one.entered(room, false, now));
    if (asked) heard();
    else void this.#ifMember({ session, room }, heard);
  }

  /** These are out of the room: what the spool says of them there does not count any more. */
  #callOff(room: string, isIt: (session: Session) => boolean): void {
    for (const asking of this.#asking) {
      if (asking.room === room && isIt(asking.session)) asking.isOut = true;
    }
  }

  /**
   * A room of which it was not seen that the session has asked to be let in, for respool was not there or has begun anew:
   * it is believed where the spool knows the device as a member.
   */
  async #ifMember(
    { session, room }: Pick<Of<'joined'>, 'session' | 'room'>,
    then: () => void,
  ): Promise<void> {
    const { spool, directory, clock, assigning } = this.#around;
    assigning.deliveryOf(session); // the spool is to know the session
    if (this.#strangers.has(session, room, clock.now())) return;
    const asking = { session, room, isOut: false };
    this.#asking.add(asking);
    const isStranger = await spool.ask({ ask: 'stranger', session: session.key, room });
    this.#asking.delete(asking);
    if (asking.isOut) return;
    if (isStranger === true) this.#strangers.add(session, room, clock.now());
    if (isStranger !== false || !directory.belongs(session, room, clock.now())) return;
    then();
    void this.#archive.found(session, room);
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

/** Rooms of which the spool has said of late that a session's device does not belong to them. */
class Strangers {
  readonly #saidAt = new Map<string, number>();

  add({ key }: Session, room: string, now: number): void {
    if (this.#saidAt.size >= MOST_STRANGERS) this.#saidAt.clear();
    this.#saidAt.set(`${key} ${room}`, now);
  }

  has({ key }: Session, room: string, now: number): boolean {
    const saidAt = this.#saidAt.get(`${key} ${room}`);
    return saidAt !== undefined && now - saidAt < ASK_AGAIN;
  }
}
