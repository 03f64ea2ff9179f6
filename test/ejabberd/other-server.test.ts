import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { delayOf } from './scene.js';
import { twoServers } from './two-servers.js';

describe('another server', () => {
  const stage = twoServers();

  test('zoe writes to bob, who is online on one device: the other one gets it too', async () => {
    const [bob, other] = [await stage.user('bob'), await stage.zoe()];
    const tablet = await stage.login(`${bob}/tablet`);
    await stage.respool.until('it is known', () => stage.respool.online(bob) === 1);
    tablet.unavailable();
    await tablet.close();
    await stage.respool.until('it is known to be away', () => stage.respool.online(bob) === 0);
    const phone = await stage.login(`${bob}/phone`);
    const there = await stage.loginThere(`${other}/web`);
    there.message(bob, 'from beta', { id: 'z-1' });
    await phone.bodies(1);
    const back = await stage.login(`${bob}/tablet`);
    const [text] = await back.bodies(1);
    await stage.respool.empty(bob);
    assert.equal(text, 'from beta');
    assert.deepEqual([back.messages[0]?.attrs.from, back.messages[0]?.attrs.id], [there.jid, 'z-1']);
    assert.deepEqual(phone.texts(), ['from beta']);
  });

  test('a lasting error ends it at once: counted as refused', async () => {
    const { account, alice } = await stage.cutOff();
    alice.message('nosuch@beta.test', 'to nobody', { id: 'n-1' });
    await stage.allBounce(alice, 1);
    const refused = stage.respool.counter('refused');
    await stage.beta.start();
    await stage.respool.until('it is given up', () => stage.respool.counter('refused') === refused + 1);
    assert.equal(stage.kept(account), 0);
    const lines = stage.respool.query<{ outcome: string; stanza_id: string }>(
      'SELECT outcome, stanza_id FROM undelivered WHERE account = ?',
      account,
    );
    assert.deepEqual(lines, [{ outcome: 'refused', stanza_id: 'n-1' }]);
  });

  test('a server that was never seen to exist is not tried for long', async () => {
    const account = await stage.user('alice');
    const alice = await stage.login(`${account}/pc`);
    alice.message('x@nowhere.test', 'a mistake', { id: 'w-1' });
    await stage.allBounce(alice, 1);
    const [row] = stage.respool.query<{ life: number }>(
      'SELECT expires_at - received_at AS life FROM remote_message WHERE account = ?',
      account,
    );
    const { retryUnknown } = stage.respool.config.remote;
    assert.ok(row !== undefined && Math.abs(row.life - retryUnknown) < 5_000, `it lives ${row?.life} ms`);
  });

  test('zoe speaks in a local room while bob is out, and in a room of hers: he gets both', async () => {
    const there = await stage.loginThere(`${await stage.zoe()}/web`);
    const keeper = await stage.login(`${await stage.user('alice')}/pc`);
    for (const [room, owner] of [
      ['garden@conference.alpha.test', keeper],
      ['garden@conference.beta.test', there],
    ] as const) {
      await owner.join(room, 'owner');
      const form = "<x xmlns='jabber:x:data' type='submit'/>";
      await owner.request('set', `<query xmlns='http://jabber.org/protocol/muc#owner'>${form}</query>`, room);
      if (owner !== there) await there.join(room, 'zoe');
      else await keeper.join(room, 'keeper'); // what nobody of this server hears is not copied
      const bob = await stage.user('bob');
      const phone = await stage.login(`${bob}/phone`);
      await phone.join(room, 'bob');
      await phone.flush();
      phone.reset();
      await owner.flush();
      there.send(`<message to='${room}' type='groupchat' id='g-1'><body>while you were out</body></message>`);
      await keeper.received(
        message =>
          message.getChildText('body') === 'while you were out' &&
          message.attrs.from?.startsWith(room) === true,
      );
      const back = await stage.login(`${bob}/phone`);
      await back.join(room, 'bob', "<history maxstanzas='0'/>");
      const message = await back.received(one => one.getChildText('body') === 'while you were out');
      assert.equal(message.attrs.from?.startsWith(`${room}/`), true);
      assert.equal(delayOf(message).stamps, 1);
      await back.close();
    }
  });
});
