import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Stream } from '../../../src/xmpp/stream.js';
import { nextEvent } from '../../wait.js';
import { scene } from '../scene.js';
import { SECRET } from '../server.js';

const EVIL = 'evil.test';
const MUC_USER = 'http://jabber.org/protocol/muc#user';

/** Somebody on another server sends to bob's full JID what looks like rooms; his clients ask for none of them. */
describe('rooms out of nothing', () => {
  const stage = scene({ otherComponent: EVIL });
  let eve: Stream;

  before(async () => {
    const { ip: host, otherPort: port } = stage.server;
    eve = new Stream({ host, port, domain: EVIL, secret: SECRET });
    const online = nextEvent(eve, 'online');
    eve.start();
    await online;
  });
  after(() => eve.stop());

  const rooms = () => stage.respool.query<{ jid: string }>('SELECT jid FROM room').map(({ jid }) => jid);
  const pretend = (room: string, to: string) => {
    eve.send(
      `<presence from='${room}/bob' to='${to}'><x xmlns='${MUC_USER}'><status code='110'/></x></presence>` +
        `<message from='${room}/eve' to='${to}' type='groupchat' id='${room}'><body>${room}</body></message>`,
    );
  };

  test('are none: no room, no membership, and no replay is put off', async () => {
    const alice = await stage.login(`${await stage.user('alice')}/pc`);
    const bob = await stage.user('bob');
    await (await stage.login(`${bob}/phone`)).close();
    alice.message(bob, 'owed');
    await alice.flush();
    await stage.server.purgeOffline(bob, 1);
    const phone = await stage.login(`${bob}/phone`);
    let n = 0;
    // more often than it settles
    const pretending = setInterval(() => pretend(`room${n++}@${EVIL}`, phone.jid), 50);
    await phone.received(message => message.getChildText('body') === 'owed');
    clearInterval(pretending);
    await phone.received(message => message.attrs.id === `room${n - 1}@${EVIL}`);
    await stage.respool.empty(bob);
    assert.deepEqual(rooms(), []);
  });

  test('beside them a room that he has joined is one', async () => {
    const phone = await stage.login(`${await stage.user('bob')}/phone`);
    const room = `garden@conference.${stage.server.host}`;
    pretend(`room@${EVIL}`, phone.jid);
    await phone.join(room, 'bob');
    await stage.respool.until('he is in it', () => rooms().length > 0);
    assert.deepEqual(rooms(), [room]);
  });
});
