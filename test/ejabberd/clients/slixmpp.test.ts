import { before, describe } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ensureSlixmpp } from '../install.js';
import type { Start } from './heard.js';
import { eachMessageOnce, foreignScene, showsCopiesInTheirTime } from './scenarios.js';
import { talkingProcess } from './talking-process.js';

const SCRIPT = fileURLToPath(new URL('../../../../test/ejabberd/clients/slixmpp_client.py', import.meta.url));

/** @param wishes what it is to use beside the basics */
function slixmpp(...wishes: ('carbons' | 'management')[]): Start {
  return ({ ip, port, jid, rooms }) => {
    const joins = rooms.map(room => `room=${room}`);
    return talkingProcess('/usr/bin/python3', [SCRIPT, ip, String(port), jid, ...wishes, ...joins]);
  };
}

describe('slixmpp, in the order of its documentation', { concurrency: 2 }, () => {
  before(() => ensureSlixmpp());
  const stage = foreignScene();
  eachMessageOnce(stage, 'presence, roster', slixmpp());
  eachMessageOnce(stage, 'presence, roster, carbons', slixmpp('carbons'));
  showsCopiesInTheirTime(stage, 'carbons', slixmpp('carbons'));
  eachMessageOnce(stage, 'with stream management', slixmpp('management', 'carbons'));
});
