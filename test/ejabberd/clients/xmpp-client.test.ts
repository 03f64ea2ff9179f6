import { describe } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Start } from './heard.js';
import { eachMessageOnce, eachMessageOnceAfterABreak, foreignScene } from './scenarios.js';
import { talkingProcess } from './talking-process.js';

const SCRIPT = fileURLToPath(new URL('./xmpp-client.js', import.meta.url));

/** @param acts what it does right after its presence, in order: an application on it is free to choose */
function xmppClient(...acts: ('roster' | 'carbons' | 'rooms')[]): Start {
  return ({ ip, port, jid, rooms }) => {
    const inOrder = acts.flatMap(act => (act === 'rooms' ? rooms.map(room => `room=${room}`) : [act]));
    return talkingProcess(process.execPath, [SCRIPT, `xmpp://${ip}:${port}`, jid, ...inOrder]);
  };
}

describe('@xmpp/client', { concurrency: 2 }, () => {
  const stage = foreignScene();
  eachMessageOnceAfterABreak(stage, 'presence, rooms, roster', xmppClient('rooms', 'roster'));
});

// With stream management it sends its presence before it asks for that, counts what comes before the server's answer,
// and so acknowledges more than it was sent: ejabberd ends the session at once where messages wait (0.14.0).
describe('@xmpp/client, without stream management', { concurrency: 2 }, () => {
  const stage = foreignScene({ management: false });
  eachMessageOnce(stage, 'presence, rooms, roster', xmppClient('rooms', 'roster'));
  eachMessageOnce(stage, 'presence, rooms, roster, carbons', xmppClient('rooms', 'roster', 'carbons'));
});
