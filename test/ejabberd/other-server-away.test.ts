import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { until } from '../wait.js';
import { RespoolProcess } from './process.js';
import { delayOf } from './scene.js';
import { isError, twoServers } from './two-servers.js';

const many = (count: number, word: string) => [...Array(count).keys()].map(n => `${word} ${n}`);

describe('what bounces because another server is away', () => {
  const stage = twoServers();

  test('twenty bounce; when the server is back all arrive once, in order, stamped, and alice hears nothing', async () => {
    const { account, other, alice } = await stage.cutOff();
    const written = Date.now();
    const texts = many(20, 'later');
    texts.forEach((text, n) => {
      alice.message(other, text, { id: `k-${n}` });
    });
    await stage.allBounce(alice, 20);
    const elements: string[] = [];
    alice.on('message', message => elements.push(message.toString()));
    await stage.beta.start();
    const there = await stage.loginThere(`${other}/web`);
    assert.deepEqual(await there.bodies(20), texts);
    await stage.respool.until('nothing is kept', () => stage.kept(account) === 0);
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
    const { account, other, alice } = await stage.cutOff();
    const origin = (id: string) => ({ id, inside: `<origin-id xmlns='urn:xmpp:sid:0' id='own'/>` });
    alice.message(other, 'by id', { id: 'r-0' });
    alice.message(other, 'by content', { id: 'r-1' });
    alice.message(other, 'by origin-id', origin('r-2'));
    alice.message(other, 'untouched', { id: 'r-3' });
    await stage.allBounce(alice, 4);
    const dropped = stage.respool.counter('dropped');
    alice.message(other, 'by id', { id: 'r-0' });
    alice.message(other, 'by content', { id: 'r-4' });
    alice.message(other, 'by origin-id', origin('r-5'));
    await stage.allBounce(alice, 7, 4);
    await stage.beta.start();
    const there = await stage.loginThere(`${other}/web`);
    await there.bodies(4);
    await stage.respool.until('nothing is kept', () => stage.kept(account) === 0);
    assert.deepEqual(
      there.messages.map(({ attrs }) => attrs.id),
      ['r-3', 'r-0', 'r-4', 'r-5'],
    );
    assert.equal(stage.respool.counter('dropped') - dropped, 3);
  });

  test('what alice wrote before she went offline goes with what another one wrote; across a restart', async () => {
    const { account, other, alice } = await stage.cutOff();
    alice.message(other, 'and goodbye', { id: 'o-1' });
    await stage.allBounce(alice, 1);
    await alice.close();
    const second = await stage.user('carol');
    const carol = await stage.login(`${second}/pc`);
    carol.message(other, 'me too', { id: 'o-2' });
    await stage.allBounce(carol, 1);
    await stage.respool.stop();
    await stage.respool.start();
    await stage.beta.start();
    const there = await stage.loginThere(`${other}/web`);
    assert.deepEqual(await there.bodies(2), ['and goodbye', 'me too']);
    await stage.respool.until('nothing is kept', () => stage.kept(account) + stage.kept(second) === 0);
  });

  test('while no writer is online it waits, and goes when one is', async () => {
    const { account, other, alice } = await stage.cutOff();
    alice.message(other, 'from the train', { id: 't-1' });
    await stage.allBounce(alice, 1);
    alice.unavailable();
    await alice.close();
    await stage.beta.start();
    const there = await stage.loginThere(`${other}/web`);
    await stage.login(`${account}/phone`);
    assert.deepEqual(await there.bodies(1), ['from the train']);
    await stage.respool.until('nothing is kept', () => stage.kept(account) === 0);
    assert.equal(there.messages[0]?.attrs.from, alice.jid);
  });

  test('kill -9 loses nothing of it, and respool queue list shows it', async () => {
    const { account, other, alice } = await stage.cutOff();
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
    await until('five are listed', async () => (await list()).filter(({ to }) => to === other).length >= 5);
    const lines = await list();
    assert.deepEqual(
      lines.map(line => [line.account, line.device, line.to, line.stanza_id]),
      texts.map((_, n) => [account, null, other, `x-${n}`]),
    );
    await respool.end('SIGKILL');
    await respool.start();
    await stage.beta.start();
    const there = await stage.loginThere(`${other}/web`);
    await there.bodies(5);
    await respool.end('SIGTERM');
    assert.deepEqual([...new Set(there.texts())], texts);
    await stage.respool.start();
  });
});
