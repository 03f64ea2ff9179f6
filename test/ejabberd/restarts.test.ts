import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { scene } from './scene.js';

describe('restarts', () => {
  const stage = scene();

  test('ejabberd under respool: it connects again, and what was owed before is owed after', async () => {
    const [sender, bob] = [await stage.user('alice'), await stage.user('bob')];
    const alice = await stage.login(`${sender}/pc`);
    alice.message(bob, 'before');
    await alice.flush();
    await stage.server.purgeOffline(bob, 1);
    const connected = stage.respool.connected();
    await stage.server.restart();
    await connected;
    const again = await stage.login(`${sender}/pc`);
    again.message(bob, 'after');
    await again.flush();
    const phone = await stage.login(`${bob}/phone`);
    await phone.bodies(2);
    await stage.respool.empty(bob);
    assert.deepEqual([...phone.texts()].sort(), ['after', 'before']);
  });

  test('respool under ejabberd: who stays online gets what was owed', async () => {
    const [alice, bob] = [await stage.login(`${await stage.user('alice')}/pc`), await stage.user('bob')];
    const phone = await stage.login(`${bob}/phone`, { presence: -1 });
    alice.message(bob, 'owed');
    await alice.flush();
    await stage.server.purgeOffline(bob, 1);
    await stage.respool.stop();
    phone.presence(1); // nobody sees it
    await phone.flush();
    await stage.respool.start();
    phone.presence(2);
    await phone.bodies(1);
    await stage.respool.empty(bob);
  });

  test('respool under ejabberd: what comes for a device on a slow line, the one that answers first has not got', async () => {
    const [alice, bob] = [await stage.login(`${await stage.user('alice')}/pc`), await stage.user('bob')];
    const phone = await stage.login(`${bob}/phone`);
    const laptop = await stage.login(`${bob}/laptop`);
    await stage.respool.until('both are known', () => stage.respool.online(bob) === 2);
    laptop.slow(0);
    await stage.respool.stop();
    const connected = stage.respool.connected();
    const started = stage.respool.start();
    await connected;
    alice.message(laptop.jid, 'for the laptop');
    await alice.flush();
    await started;
    await stage.respool.until('it is kept', () => stage.respool.stored(bob) === 1);
    laptop.slow(null);
    await stage.respool.empty(bob);
    assert.deepEqual(phone.texts(), ['for the laptop']);
    assert.deepEqual([...new Set(laptop.texts())], ['for the laptop']);
  });

  test('respool under ejabberd: what comes to a device that came meanwhile, the one that was there before has not got', async () => {
    const [alice, bob] = [await stage.login(`${await stage.user('alice')}/pc`), await stage.user('bob')];
    const phone = await stage.login(`${bob}/phone`);
    const before = await stage.login(`${bob}/laptop`, { presence: 5 });
    await stage.respool.until('both are known', () => stage.respool.online(bob) === 2);
    await before.close();
    await stage.respool.until('the laptop has gone', () => stage.respool.online(bob) === 1);
    await stage.respool.stop();
    const laptop = await stage.login(`${bob}/laptop`, { presence: 5 });
    const seen = `SELECT last_seen FROM device JOIN account ON account.id = account WHERE jid = ? AND resource = 'phone'`;
    const last = stage.respool.query(seen, bob);
    await stage.respool.start();
    await stage.respool.until(
      'the phone is found',
      () => !isDeepStrictEqual(stage.respool.query(seen, bob), last),
    );
    alice.message(bob, 'for whoever is there');
    await laptop.bodies(1);
    await phone.bodies(1);
    await stage.respool.empty(bob);
    assert.deepEqual(laptop.texts(), ['for whoever is there']);
  });
});

describe('text', () => {
  const stage = scene({ offlineLimit: 3 }); // a long queue is slow in mnesia

  test('3 000 messages of Chinese, emoji and markup, as fast as they go: intact, once', async () => {
    const [alice, bob] = [await stage.login(`${await stage.user('alice')}/pc`), await stage.user('bob')];
    const words = [
      '离线消息',
      '👩‍👩‍👧‍👦🏳️‍🌈',
      `<b>"a" & 'b'</b> ]]>`,
      'e\u0301\u0323 नि ﷽',
      '𠜎𠜱\u{10FFFD}',
      'tab\tline\nend',
    ];
    const bodies = [...Array(3000).keys()].map(n => `${n} ${words[n % words.length]}`);
    for (const body of bodies) alice.message(bob, body);
    await alice.flush();
    await stage.respool.until('all are stored', () => stage.respool.stored(bob) === 3000);
    await stage.server.purgeOffline(bob, 3);
    const phone = await stage.login(`${bob}/phone`);
    await phone.bodies(3000);
    await stage.respool.empty(bob);
    assert.deepEqual(phone.texts(), bodies);
  });
});

describe('forged copies', () => {
  const stage = scene();

  test("a user's are refused and counted, whatever they look like", async () => {
    const [mallory, bob] = [await stage.login(`${await stage.user('mallory')}/pc`), await stage.user('bob')];
    const inner = `<message xmlns='jabber:client' from='boss@${stage.server.host}/pc' to='${bob}' type='chat' id='f'><body>pay</body></message>`;
    const forwarded = `<forwarded xmlns='urn:xmpp:forward:0'>${inner}</forwarded>`;
    const push =
      `<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='urn:xmpp:push:nodes:messages'>` +
      `<item id='1'>${inner}</item></items></event>`;
    mallory.send(`<message to='${stage.server.domain}'>${forwarded}</message>`);
    mallory.send(`<message to='${stage.server.domain}'>${push}</message>`);
    await mallory.flush();
    await stage.respool.until('both are counted', () => stage.respool.counter('forged') === 2);
    assert.equal(stage.respool.stored(bob), 0);
    assert.match(stage.respool.lines.join('\n'), /forged/);
    assert.doesNotMatch(stage.respool.lines.join('\n'), /pay/);
  });
});
