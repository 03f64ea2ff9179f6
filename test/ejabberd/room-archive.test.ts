import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Element } from '@xmpp/component';
import { Stream } from '../../src/xmpp/stream.js';
import { nextEvent, within } from '../wait.js';
import type { Client } from './client.js';
import { delayOf, scene } from './scene.js';
import { SECRET } from './server.js';

const OTHER = 'other.test';
const NONE = "<history maxstanzas='0'/>";

describe('rooms with nobody local in them', () => {
  const stage = scene({ mam: true, otherComponent: OTHER });
  let zoe: Stream;
  let rooms = 0;

  before(async () => {
    const { ip: host, otherPort: port } = stage.server;
    zoe = new Stream({ host, port, domain: OTHER, secret: SECRET });
    const online = nextEvent(zoe, 'online');
    zoe.start();
    await online;
  });
  after(() => zoe.stop());

  const zoeGets = (wanted: (stanza: Element) => boolean) => {
    const awaited = new Promise<void>(resolve => {
      const look = (stanza: Element) => {
        if (!wanted(stanza)) return;
        zoe.off('stanza', look);
        resolve();
      };
      zoe.on('stanza', look);
    });
    return within(`zoe gets a stanza such that ${wanted}`, awaited);
  };
  const said = (client: Client, room: string) =>
    client.messages
      .filter(({ attrs }) => attrs.type === 'groupchat' && attrs.from?.startsWith(`${room}/`))
      .flatMap(message => message.getChildText('body') ?? []);
  const hears = async (client: Client, room: string, body: string) => {
    await client.received(
      message => message.getChildText('body') === body && message.attrs.from?.startsWith(room) === true,
    );
    return said(client, room);
  };
  /** Zoe says so; resolves when the room has told her, as it tells all that are in it. */
  const say = async (room: string, bodies: string[]) => {
    const told = zoeGets(({ name, attrs }) => name === 'message' && attrs.id === `${room} ${bodies.at(-1)}`);
    for (const body of bodies) {
      zoe.send(
        `<message from='zoe@${OTHER}/pc' to='${room}' type='groupchat' id='${room} ${body}'><body>${body}</body></message>`,
      );
    }
    await told;
  };
  const many = (count: number, word = 'said') => [...Array(count).keys()].map(n => `${word} ${n}`);
  const kept = (room: string, word = '') =>
    stage.respool.query<{ n: number }>(
      "SELECT count(*) AS n FROM room_message JOIN room ON room.id = room WHERE jid = ? AND payload LIKE '%' || ? || '%'",
      room,
      word,
    )[0]?.n ?? 0;
  const lastId = (room: string) =>
    stage.respool.query<{ id: string | null }>('SELECT last_id AS id FROM room WHERE jid = ?', room)[0]?.id;
  const configure = (client: Client, room: string, fields = '') =>
    client.request(
      'set',
      `<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'>${fields}</x></query>`,
      room,
    );

  /** Cuts a client's connection, and waits until the room has told zoe. */
  async function goneFrom(room: string, client: Client): Promise<void> {
    const told = zoeGets(
      ({ name, attrs }) =>
        name === 'presence' && attrs.type === 'unavailable' && attrs.from?.startsWith(`${room}/`) === true,
    );
    client.reset();
    await told;
  }

  /** A room with zoe of another server in it, and local users who were there and are gone. */
  async function left(names: string[]) {
    const room = `archived${++rooms}@conference.${stage.server.host}`;
    const users = await Promise.all(names.map(name => stage.user(name)));
    const clients: Client[] = [];
    for (const user of users) {
      const client = await stage.login(`${user}/phone`);
      await client.join(room, user.slice(0, 3));
      if (clients.length === 0) await configure(client, room);
      clients.push(client);
    }
    zoe.send(
      `<presence from='zoe@${OTHER}/pc' to='${room}/zoe'><x xmlns='http://jabber.org/protocol/muc'/></presence>`,
    );
    await say(room, ['hello']);
    for (const client of clients) await hears(client, room, 'hello');
    await stage.respool.until('it is proved', () => lastId(room) !== null && kept(room) === 0);
    for (const client of clients) await goneFrom(room, client);
    return { room, users };
  }

  for (const [history, count] of [
    [NONE, 250],
    ['', 30],
  ] as const) {
    test(`${count} messages while all were out, a join with ${history || 'the default history'}: ${count}, once`, async () => {
      const { room, users } = await left(['bob', 'carol']);
      await say(room, many(count));
      for (const user of users) {
        const back = await stage.login(`${user}/phone`);
        await back.join(room, user.slice(0, 3), history);
        await hears(back, room, `said ${count - 1}`);
        await hears(back, room, 'said 0');
        await stage.respool.until('nothing is owed to it', () => owed(room, user) === 0);
        await say(room, [`last for ${user}`]);
        const texts = await hears(back, room, `last for ${user}`);
        const missed = texts.filter(text => text.startsWith('said'));
        if (history === NONE) assert.deepEqual(missed, many(count), 'in order');
        else assert.deepEqual([...missed].sort(), many(count).sort());
        const replayed = back.messages.find(message => message.getChildText('body') === 'said 3');
        assert.deepEqual([replayed?.attrs.from, delayOf(replayed).stamps], [`${room}/zoe`, 1]);
        await goneFrom(room, back);
      }
      await stage.respool.until('none of it is kept', () => kept(room, 'said') === 0);
    });
  }

  const owed = (room: string, user: string) =>
    stage.respool.query<{ n: number }>(
      `SELECT count(*) AS n FROM room_message AS message JOIN room ON room.id = message.room
        JOIN room_member AS member ON member.room = room.id AND member.cursor < message.id
        JOIN device ON device.id = member.device JOIN account ON account.id = device.account
        WHERE room.jid = ? AND account.jid = ?
          AND NOT EXISTS (SELECT 1 FROM room_proved WHERE member = member.id AND message = message.id)`,
      room,
      user,
    )[0]?.n ?? 0;

  test('a room whose archive is closed to us is not asked again', async () => {
    const room = `closed@conference.${stage.server.host}`;
    const user = await stage.user('dave');
    const asked = () => stage.respool.lines.filter(line => line.includes(`${room}: its archive`)).length;
    for (let times = 0; times < 3; times++) {
      const dave = await stage.login(`${user}/phone`);
      await dave.join(room, 'dave');
      if (times === 0) {
        await configure(dave, room, "<field var='muc#roomconfig_membersonly'><value>1</value></field>");
        dave.message(room, 'hello', { type: 'groupchat' });
        await stage.respool.until('it is known by its id', () => (lastId(room) ?? null) !== null);
      }
      if (times === 1) await stage.respool.until('it is said', () => asked() === 1);
      await dave.close();
    }
    assert.equal(asked(), 1);
  });
});
