import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { notOnce } from './delivery.js';
import { scene } from './scene.js';

/** What the phone says of each message. */
const SAYS: Readonly<Record<string, string>> = {
  received: "<received xmlns='urn:xmpp:receipts' id='received'/>",
  displayed: "<displayed xmlns='urn:xmpp:chat-markers:0' id='displayed'/>",
  'not a word': '',
};

describe('a device that answers no pings and sends receipts', () => {
  const stage = scene();

  test('is given again what it has said nothing of, and that alone', async () => {
    const [alice, bob] = [await stage.login(`${await stage.user('alice')}/pc`), await stage.user('bob')];
    const owed = () => new Set(stage.respool.pendings(bob).map(({ stanzaId }) => stanzaId));
    const isLast = () => owed().size === 1 && owed().has('not a word');
    const phone = await stage.login(`${bob}/phone`, { presence: false });
    phone.answers = false;
    phone.on('message', ({ attrs: { from = '', id = '' } }) => {
      const receipt = SAYS[id] ?? '';
      if (receipt !== '') phone.send(`<message to='${from}' type='chat'>${receipt}</message>`);
    });
    phone.presence();
    await stage.respool.until('the phone is known', () => stage.respool.online(bob) === 1);

    for (const id of Object.keys(SAYS)) alice.message(bob, id, { id });
    await phone.bodies(3);
    await stage.respool.until('the others are proved', isLast);

    phone.unavailable();
    await phone.close();
    const again = await stage.login(`${bob}/phone`);
    await again.bodies(1);
    await stage.respool.empty(bob);
    alice.message(bob, 'last', { id: 'last' });
    await again.bodies(2);
    assert.deepEqual(notOnce(again.messages, ['not a word', 'last']), []);
  });
});
