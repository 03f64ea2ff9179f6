import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client } from './client.js';
import { NameServer } from './names.js';
import { RespoolProcess } from './process.js';
import { Respool } from './respool.js';
import { delayOf, Scene } from './scene.js';
import { type Ejabberd, startEjabberd } from './server.js';

const many = (count: number, word: string) => [...Array(count).keys()].map(n => `${word} ${n}`);
const isError = ({ attrs }: { attrs: Record<string, string | undefined> }) => attrs.type === 'error';

describe('another server', () => {
  const stage = new Scene();
  let names: NameServer;
  let beta: Ejabberd;
  const clients: Client[] = [];
  let users = 0;

  before(async () => {
    names = await NameServer.start();
    beta = await startEjabberd({ hosts: ['beta.test'], ip: '127.0.0.2', component: false, names });
    stage.server = await startEjabberd({ names });
    stage.respool = await Respool.attached(stage.server);
  });
  after(async () => {
    await Promise.all(clients.map(client => client.close()));
    await stage.end();
    await beta?.[Symbol.asyncDispose]();
    names?.[Symbol.dispose]();
  });

  async function zoe(): Promise<string> {
    const name = `zoe${++users}`;
    await beta.register(name);
    return `${name}@beta.test`;
  }

  async function loginThere(jid: string): Promise<Client> {
    const client = await Client.at(beta, jid);
    clients.push(client);
    await client.flush();
    return client;
  }

  const kept = (account: string) =>
    stage.respool.query<{ n: number }>(
      'SELECT count(*) AS n FROM remote_message WHERE state > 0 AND account = ?',
      account,
    )[0]?.n ?? 0;

  /** alice, and zoe who has had a message of hers; the other server is then stopped. */
  async function cutOff() {
    const [account, other] = [await stage.user('alice'), await zoe()];
    const alice = await stage.login(`${account}/pc`);
    const there = await loginThere(`${other}/web`);
    alice.message(other, 'before');
    await there.bodies(1);
    await beta.stop();
    return { account, other, alice };
  }

  async function allBounce(alice: Client, count: number, of = count): Promise<void> {
    const bounced = () => alice.messages.filter(isError).length;
    await alice.received(() => bounced() >= count);
    await stage.respool.until(`${of} are kept`, () => kept(alice.jid.split('/')[0] ?? '') === of);
  }

  test('zoe writes to bob, who is online on one device: the other one gets it too', async () => {
    const [bob, other] = [await stage.user('bob'), await zoe()];
    const tablet = await stage.login(`${bob}/tablet`);
    await stage.respool.until('it is known', () => stage.respool.online(bob) === 1);
    tablet.unavailable();
    await tablet.close();
    await stage.respool.until('it is known to be away', () => stage.respool.online(bob) === 0);
    const phone = await stage.login(`${bob}/phone`);
    const there = await loginThere(`${other}/web`);
    there.message(bob, 'from beta', { id: 'z-1' });
    await phone.bodies(1);
    const back = await stage.login(`${bob}/tablet`);
    const [text] = await back.bodies(1);
    await stage.respool.empty(bob);
    assert.equal(text, 'from beta');
    assert.deepEqual([back.messages[0]?.attrs.from, back.messages[0]?.attrs.id], [there.jid, 'z-1']);
    assert.deepEqual(phone.texts(), ['from beta']);
  });

  test('twenty bounce; when the server is back all arrive once, in order, stamped, and alice hears nothing', async () => {
    const { account, other, alice } = await cutOff();
    const written = Date.now();
    const texts = many(20, 'later');
    texts.forEach((text, n) => {
      alice.message(other, text, { id: `k-${n}` });
    });
    await allBounce(alice, 20);
    const elements: string[] = [];
    alice.on('message', message => elements.push(message.toString()));
    await beta.start();
    const there = await loginThere(`${other}/web`);
    assert.deepEqual(await there.bodies(20), texts);
    await stage.respool.until('nothing is kept', () => kept(account) === 0);
    assert.equal(there.messages.length, 20);
    for (const [n, message] of there.messages.entries()) {
      assert.deepEqual(
        [message.attrs.from, message.attrs.id, message.attrs.type],
        [alice.jid, `k-${n}`, 'chat'],
      );
      const { stamps, at } = delayOf(message);
      assert.equal(stamps, 1);
      assert.ok(Math.abs(at - written) < 5_000, `stamped ${at - written} ms after the writing`);
    }
    assert.deepEqual(elements, []);
    assert.ok(stage.respool.counter('replayed') >= 20);
  });

  test('what alice sends again herself comes once', async () => {
    const { account, other, alice } = await cutOff();
    const origin = (id: string) => ({ id, inside: `<origin-id xmlns='urn:xmpp:sid:0' id='own'/>` });
    alice.message(other, 'by id', { id: 'r-0' });
    alice.message(other, 'by content', { id: 'r-1' });
    alice.message(other, 'by origin-id', origin('r-2'));
    alice.message(other, 'untouched', { id: 'r-3' });
    await allBounce(alice, 4);
    const dropped = stage.respool.counter('dropped');
    alice.message(other, 'by id', { id: 'r-0' });
    alice.message(other, 'by content', { id: 'r-4' });
    alice.message(other, 'by origin-id', origin('r-5'));
    await allBounce(alice, 7, 4);
    await beta.start();
    const there = await loginThere(`${other}/web`);
    await there.bodies(4);
    await stage.respool.until('nothing is kept', () => kept(account) === 0);
    assert.deepEqual(
      there.messages.map(({ attrs }) => attrs.id),
      ['r-3', 'r-0', 'r-4', 'r-5'],
    );
    assert.equal(stage.respool.counter('dropped') - dropped, 3);
  });

  test('what alice wrote before she went offline goes with what another one wrote; across a restart', async () => {
    const { account, other, alice } = await cutOff();
    alice.message(other, 'and goodbye', { id: 'o-1' });
    await allBounce(alice, 1);
    await alice.close();
    const second = await stage.user('carol');
    const carol = await stage.login(`${second}/pc`);
    carol.message(other, 'me too', { id: 'o-2' });
    await allBounce(carol, 1);
    await stage.respool.stop();
    await stage.respool.start();
    await beta.start();
    const there = await loginThere(`${other}/web`);
    assert.deepEqual(await there.bodies(2), ['and goodbye', 'me too']);
    await stage.respool.until('nothing is kept', () => kept(account) + kept(second) === 0);
  });

  test('while no writer is online it waits, and goes when one is', async () => {
    const { account, other, alice } = await cutOff();
    alice.message(other, 'from the train', { id: 't-1' });
    await allBounce(alice, 1);
    alice.unavailable();
    await alice.close();
    await beta.start();
    const there = await loginThere(`${other}/web`);
    await stage.login(`${account}/phone`);
    assert.deepEqual(await there.bodies(1), ['from the train']);
    await stage.respool.until('nothing is kept', () => kept(account) === 0);
    assert.equal(there.messages[0]?.attrs.from, alice.jid);
  });

  test('kill -9 loses nothing of it, and respool queue list shows it', async () => {
    const { account, other, alice } = await cutOff();
    await stage.respool.stop();
    await using respool = new RespoolProcess(stage.server, undefined, {
      sections: { remote: { min_wait: '200ms', max_wait: '2s' } },
    });
    await respool.start();
    alice.presence(); // else it does not know that she is there, once it has been killed
    const texts = many(5, 'killed');
    texts.forEach((text, n) => {
      alice.message(other, text, { id: `x-${n}` });
    });
    await alice.received(message => isError(message) && message.attrs.id === 'x-4');
    interface Line {
      account: string;
      device: null;
      to: string;
      stanza_id: string;
    }
    const list = async () => JSON.parse(await respool.command('queue', 'list', account, '--json')) as Line[];
    let lines = await list();
    for (let tries = 0; lines.filter(({ to }) => to === other).length < 5 && tries < 50; tries++)
      lines = await list();
    assert.deepEqual(
      lines.map(line => [line.account, line.device, line.to, line.stanza_id]),
      texts.map((_, n) => [account, null, other, `x-${n}`]),
    );
    await respool.end('SIGKILL');
    await respool.start();
    await beta.start();
    const there = await loginThere(`${other}/web`);
    await there.bodies(5);
    await respool.end('SIGTERM');
    assert.deepEqual([...new Set(there.texts())], texts);
    await stage.respool.start();
  });

  test('a lasting error ends it at once: counted as refused', async () => {
    const { account, alice } = await cutOff();
    alice.message('nosuch@beta.test', 'to nobody', { id: 'n-1' });
    await allBounce(alice, 1);
    const refused = stage.respool.counter('refused');
    await beta.start();
    await stage.respool.until('it is given up', () => stage.respool.counter('refused') === refused + 1);
    assert.equal(kept(account), 0);
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
    await allBounce(alice, 1);
    const [row] = stage.respool.query<{ life: number }>(
      'SELECT expires_at - received_at AS life FROM remote_message WHERE account = ?',
      account,
    );
    const { retryUnknown } = stage.respool.config.remote;
    assert.ok(row !== undefined && Math.abs(row.life - retryUnknown) < 5_000, `it lives ${row?.life} ms`);
  });

  test('zoe speaks in a local room while bob is out, and in a room of hers: he gets both', async () => {
    const there = await loginThere(`${await zoe()}/web`);
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
