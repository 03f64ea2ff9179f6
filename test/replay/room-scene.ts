import { writeStamp } from '../../src/xmpp/stamp.js';
import { PHONE, ROOM, type Scene, withPhone } from './scene.js';

/** Another occupant, of another account. */
export const OTHER = 'alice@alpha.test/pc';
/** More than a session takes to settle, and to prove. */
export const LATER = 10_000;
/** When the n-th message was said, as the date of a stamp. */
export const saidAt = (n: number) => Date.UTC(2026, 10, 25) + n * 1000;

/** What a room says. */
export interface Told {
  id?: string;
  body?: string;
  /** Beside the body. */
  more?: string;
  by?: string;
}

/** It is said in the room: live to each of these. */
export function says(scene: Scene, { id, body, more = '', by = 'eve' }: Told, ...heardBy: string[]): void {
  const text = body === undefined ? '' : `<body>${body}</body>`;
  const from = by === '' ? ROOM : `${ROOM}/${by}`;
  for (const to of heardBy) {
    scene.copy(
      `<message from='${from}' to='${to}' type='groupchat'${id === undefined ? '' : ` id='${id}'`}>${text}${more}</message>`,
    );
  }
}

/** The room's stamp of what its history brings. @param micros beyond the ms */
export function stampOf(n: number, micros = '', from = ROOM): string {
  const stamp = writeStamp(saidAt(n)).replace('Z', `${micros}Z`);
  return `<delay xmlns='urn:xmpp:delay' from='${from}' stamp='${stamp}'/>`;
}

export const stanzaId = (id: string) => `<stanza-id xmlns='urn:xmpp:sid:0' by='${ROOM}' id='${id}'/>`;

/** The phone and somebody else are in the room, and the phone's connection is gone. */
export async function outOfRoom(): Promise<Scene> {
  const scene = await withPhone();
  scene.login(OTHER);
  scene.join(OTHER, 'alice');
  scene.join(PHONE, 'bob');
  await scene.clock.pass(LATER);
  scene.goes(PHONE);
  await scene.clock.pass(LATER);
  return scene;
}

/** The room's history brings the phone what was said there a second ago. */
export function bringsHistory(scene: Scene, id: string): void {
  const stamp = new Date(scene.clock.date() - 1_000).toISOString();
  const delay = `<delay xmlns='urn:xmpp:delay' from='${ROOM}' stamp='${stamp}'/>`;
  scene.copy(
    `<message from='${ROOM}/eve' to='${PHONE}' type='groupchat' id='${id}'><body>${id}</body>${delay}</message>`,
  );
}

/** The phone is back in the room; @param history what that brings */
export async function comesBack(scene: Scene, history: () => void = () => undefined): Promise<void> {
  scene.login(PHONE);
  scene.join(PHONE, 'bob');
  history();
  await scene.clock.pass(3 * LATER);
}

/** What was replayed to a device, by its words. */
export const words = (scene: Scene, to = PHONE) =>
  scene.replayed.filter(sent => sent.to === to).map(({ body }) => body);

/** How many messages of rooms are kept. */
export function keptInRooms(scene: Scene): unknown {
  scene.spool.apply([{ do: 'sweep', at: scene.clock.date() }]);
  return scene.db.prepare('SELECT count(*) FROM room_message').pluck().get();
}
