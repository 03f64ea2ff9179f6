import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Client } from './client.js';
import { delayOf, scene } from './scene.js';

const NONE = "<history maxstanzas='0'/>";

/** Bodies of what was said in a room. */
function said(client: Client, room: string): string[] {
  return client.messages
    .filter(({ attrs }) => attrs.type === 'groupchat' && attrs.from?.startsWith(`${room}/`))
    .flatMap(message => message.getChildText('body') ?? []);
}

async function hears(client: Client, room: string, count: number): Promise<string[]> {
  await client.received(() => said(client, room).length >= count);
  return said(client, room);
}

describe('rooms', () => {
  const stage = scene();
  let rooms = 0;

  /** A room with alice in it, and bob who was there and whose connection is gone. */
  async function missed() {
    const room = `room${++rooms}@conference.${stage.server.host}`;
    const alice = await stage.login(`${await stage.user('alice')}/pc`);
    await alice.join(room, 'alice');
    await alice.request(
      'set',
      "<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query>",
      room,
    );
    const user = await stage.user('bob');
    const bob = await stage.login(`${user}/phone`);
    await bob.join(room, 'bob');
    await stage.respool.until('he belongs to it', () => cursor(room, user) >= 0);
    const before = cursor(room, user);
    alice.send(`<message to='${room}' type='groupchat' id='both'><body>both here</body></message>`);
    await hears(bob, room, 1);
    await stage.respool.until('it is proved', () => cursor(room, user) > before);
    return { room, alice, user, bob };
  }

  /** Up to which message he has proved all that was said; null where he does not belong. */
  const cursor = (room: string, user: string) =>
    stage.respool.query<{ cursor: number }>(
      `SELECT cursor FROM room_member AS member JOIN room ON room.id = member.room JOIN device ON device.id = member.device
        JOIN account ON account.id = device.account WHERE room.jid = ? AND account.jid = ?`,
      room,
      user,
    )[0]?.cursor ?? -1;
  const inRoom = (what: string, room: string) =>
    stage.respool.query<{ n: number }>(
      `SELECT ${what} AS n FROM room_message AS message JOIN room ON room.id = message.room WHERE jid = ?`,
      room,
    )[0]?.n ?? 0;
  const kept = (room: string) => inRoom('count(*)', room);
  const say = (client: Client, room: string, bodies: string[]) => {
    for (const body of bodies)
      client.send(
        `<message to='${room}' type='groupchat' id='${body.replace(/ /g, '-')}'><body>${body}</body></message>`,
      );
  };
  const many = (count: number, word = 'said') => [...Array(count).keys()].map(n => `${word} ${n}`);

  for (const [history, count] of [
    [NONE, 40],
    ['', 30],
  ] as const) {
    test(`bob dies, ${count} messages, bob joins with ${history || 'the default history'}: ${count}, once`, async () => {
      const { room, alice, user, bob } = await missed();
      bob.reset();
      say(alice, room, many(count));
      await hears(alice, room, count + 1);
      const back = await stage.login(`${user}/phone`);
      await back.join(room, 'bob', history);
      await stage.respool.until('nothing is kept', () => kept(room) === 0);
      say(alice, room, ['last']);
      await back.received(message => message.getChildText('body') === 'last');
      const texts = said(back, room).filter(text => text !== 'both here');
      assert.deepEqual([...texts].sort(), [...many(count), 'last'].sort());
      const replayed = back.messages.find(message => message.getChildText('body') === 'said 3');
      assert.deepEqual(
        [replayed?.attrs.from, replayed?.attrs.id, delayOf(replayed).stamps],
        [`${room}/alice`, 'said-3', 1],
      );
      if (history === NONE) assert.deepEqual(texts, [...many(count), 'last'], 'in order');
    });
  }

  test('who left on purpose, or was kicked, is owed nothing', async () => {
    for (const removal of ['leave', 'kick']) {
      const { room, alice, user, bob } = await missed();
      if (removal === 'leave') await bob.leave(room, 'bob');
      else {
        const kick = `<query xmlns='http://jabber.org/protocol/muc#admin'><item nick='bob' role='none'/></query>`;
        await alice.request('set', kick, room);
      }
      await stage.respool.until('he belongs no more', () => cursor(room, user) === -1);
      say(alice, room, many(3));
      await hears(alice, room, 4);
      await bob.join(room, 'bob', NONE);
      say(alice, room, ['last']);
      await bob.received(message => message.getChildText('body') === 'last');
      assert.deepEqual(said(bob, room), ['both here', 'last'], removal);
    }
  });

  test('a change of nick, two rooms at once, and a restart of respool in the middle', async () => {
    const one = await missed();
    const two = `room${++rooms}@conference.${stage.server.host}`;
    await one.alice.join(two, 'alice');
    await one.alice.request(
      'set',
      "<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query>",
      two,
    );
    await one.bob.join(two, 'bob');
    one.bob.send(`<presence to='${two}/robert'/>`);
    await one.bob.flush();
    await stage.respool.until('he is known there by his new name', () => nick(two) === 'robert');
    one.bob.reset();
    say(one.alice, one.room, many(3, 'one'));
    say(one.alice, two, many(3, 'two'));
    await hears(one.alice, two, 3);
    await stage.respool.until('all is stored', () => kept(one.room) + kept(two) >= 6);
    await stage.respool.stop();
    await stage.respool.start();
    say(one.alice, two, ['after the restart']);
    await hears(one.alice, two, 4);
    const back = await stage.login(`${one.user}/phone`);
    await back.join(one.room, 'bob', NONE);
    assert.deepEqual(await hears(back, one.room, 3), many(3, 'one'));
    assert.deepEqual(said(back, two), [], 'nothing is replayed before he joins');
    await back.join(two, 'bob', NONE);
    assert.deepEqual(await hears(back, two, 4), [...many(3, 'two'), 'after the restart']);
    await stage.respool.until('nothing is kept', () => kept(one.room) + kept(two) === 0);
  });

  test('one row a message, however many are in the room', async () => {
    const { room, alice } = await missed();
    const others = await Promise.all(
      [...Array(20).keys()].map(async n => {
        const device = await stage.login(`${await stage.user('crowd')}/phone`);
        await device.join(room, `nick${n}`);
        return device;
      }),
    );
    const before = stage.respool.counter('stored');
    say(alice, room, ['to all']);
    for (const device of others) await device.received(message => message.getChildText('body') === 'to all');
    await stage.respool.until('it is stored', () => stage.respool.counter('stored') > before);
    await stage.respool.until('all have proved it', () => kept(room) === 0);
    assert.equal(stage.respool.counter('stored'), before + 1);
  });

  test('a private message in a room waits until its addressee is back in the room', async () => {
    const { room, alice, user, bob } = await missed();
    await bob.close();
    const dying = await stage.login(`${user}/phone`, { management: true });
    await dying.join(room, 'bob', NONE);
    // its login is over: what two show within a tenth of a second is taken for one
    const before = stage.respool.counter('stored');
    alice.message(user, 'before');
    await stage.respool.until('it is stored', () => stage.respool.counter('stored') > before);
    await stage.respool.empty(user);
    dying.freeze();
    alice.message(`${room}/bob`, 'between us', {
      id: 'private',
      inside: "<x xmlns='http://jabber.org/protocol/muc#user'/>",
    });
    alice.message(user, 'to him');
    await stage.respool.until('they are stored', () => stage.respool.stored(user) === 2);
    dying.reset();
    const back = await stage.login(`${user}/phone`);
    await back.received(one => one.getChildText('body') === 'to him');
    await stage.respool.until('the other is proved', () => stage.respool.stored(user) === 1);
    assert.deepEqual(back.texts(), ['to him'], 'of the room nothing is replayed before he joins');
    await back.join(room, 'bob', NONE);
    const message = await back.received(one => one.getChildText('body') === 'between us');
    assert.deepEqual([message.attrs.from, message.attrs.type], [`${room}/alice`, 'chat']);
    await stage.respool.empty(user);
    assert.equal(back.texts().length, 2);
  });

  const nick = (room: string) =>
    stage.respool.query<{ nick: string }>(
      "SELECT nick FROM room_member AS member JOIN room ON room.id = member.room WHERE room.jid = ? AND nick <> 'alice'",
      room,
    )[0]?.nick;
});
