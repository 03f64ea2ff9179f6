import assert from 'node:assert/strict';
import { parseJid } from '../../src/xmpp/jid.js';
import { ALICE, LAPTOP, PHONE, ROOM, type Scene, withPhone } from './scene.js';

/** A long time, in ms: all that is awaited has happened. */
export const LATER = 10_000;
/** Between a ping and the next stream's first word, in ms: the pings are answered meanwhile. */
export const MOMENT = 100;
/** After this, in ms, what was handed is proved, where nothing speaks against it. */
export const PROVED = 300;
/** After this, in ms, a ping has gone out. */
export const PINGED = 50;

/** The phone and alice are in the room, and the phone has been given something said there; its connection has gone. */
export async function handedInTheRoom(): Promise<Scene> {
  const scene = await withPhone();
  scene.login(ALICE);
  scene.join(PHONE, 'bob');
  scene.join(ALICE, 'alice');
  await scene.clock.pass(LATER);
  scene.say('m', PHONE, ALICE);
  return scene;
}

/** The room tells somebody that the phone is there no more. @param status what it says of the way, as XML */
export function roomTells(scene: Scene, to: string, status = ''): void {
  const item = `<item jid='${PHONE}' role='none' affiliation='none'/>`;
  const user = `<x xmlns='http://jabber.org/protocol/muc#user'>${item}${status}</x>`;
  scene.copy(`<presence from='${ROOM}/bob' to='${to}' type='unavailable'>${user}</presence>`);
}

/** The offline queue brings bob a message. */
export function flood(scene: Scene, id: string): void {
  const stamp = new Date(scene.clock.date() - 2_000).toISOString();
  const delay = `<delay xmlns='urn:xmpp:delay' from='alpha.test' stamp='${stamp}'>Offline storage</delay>`;
  scene.copy(
    `<message from='${ALICE}' to='bob@alpha.test' type='chat' id='${id}'>${delay}<body>hello</body></message>`,
  );
}

/** The server returns the first ping to the phone, whose session has ended. */
export function terminated(scene: Scene): void {
  const ping = scene.pings.find(({ to }) => to === PHONE);
  const jid = parseJid(PHONE);
  assert.ok(ping !== undefined && jid !== null);
  scene.replay.pingReturned(jid, ping.id, 'terminated');
}

export async function joinsAgain(scene: Scene): Promise<void> {
  scene.join(PHONE, 'bob');
  await scene.clock.pass(LATER);
}

/** The server answers a first presence with the laptop's, which is there since some time ago. */
export function toldOfLaptop(scene: Scene): void {
  const stamp = new Date(scene.clock.date() - LATER).toISOString();
  const delay = `<delay xmlns='urn:xmpp:delay' from='${LAPTOP}' stamp='${stamp}'/>`;
  scene.copy(`<presence from='${LAPTOP}' to='${PHONE}'>${delay}</presence>`);
}
