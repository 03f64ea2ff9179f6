import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { until } from '../../wait.js';
import type { Client } from '../client.js';
import { laptopHasHad } from '../laptop-has-had.js';
import { scene } from '../scene.js';

const REMOVE = '<remove/>';

describe('an account that is removed and registered anew', () => {
  const stage = scene({ modules: { mod_register: { access_remove: 'all' } } });

  const owed = () => laptopHasHad(stage, ['one', 'two', 'three']);

  /** Whoever has the name next gets what is written from then on alone, on the same device too. */
  async function nextOwner(alice: Client, bob: string): Promise<void> {
    await stage.respool.empty(bob);
    assert.deepEqual(stage.respool.devices(bob), []);
    await stage.server.register(bob);
    const phone = await stage.login(`${bob}/phone`);
    alice.message(bob, 'to the next one');
    assert.deepEqual(await phone.bodies(1), ['to the next one']);
    await stage.respool.until('it is proved', () => stage.respool.stored(bob) === 0);
    assert.deepEqual(phone.texts(), ['to the next one']);
  }

  const ways: [string, (laptop: Client, bob: string) => void][] = [
    ['by itself', laptop => void laptop.request('set', register(REMOVE))],
    [
      'by itself, with its name',
      (laptop, bob) => void laptop.request('set', register(named(bob)), 'alpha.test'),
    ],
  ];
  for (const [what, remove] of ways) {
    test(`${what}: the next owner gets nothing of what was owed`, async () => {
      const { alice, bob, laptop } = await owed();
      remove(laptop, bob);
      await nextOwner(alice, bob);
    });
  }

  test('by another account that knows its password', async () => {
    const { alice, bob } = await owed();
    const query = register(`${named(bob)}<password>secret</password>`);
    assert.equal((await alice.request('set', query, stage.server.host)).attrs.type, 'result');
    await nextOwner(alice, bob);
  });

  test('not, for the password is wrong: what is owed stays, and comes', async () => {
    const { alice, bob } = await owed();
    const query = register(`${named(bob)}<password>guessed</password>`);
    assert.equal((await alice.request('set', query, stage.server.host)).attrs.type, 'error');
    // its own answer to its own request means itself alone
    alice.send(`<iq type='set' id='mine' to='${stage.server.host}'>${query}</iq>`);
    alice.send(`<iq type='result' id='mine' to='${alice.jid}'/>`);
    await alice.flush();
    const phone = await stage.login(`${bob}/phone`);
    assert.deepEqual(await phone.bodies(3), ['one', 'two', 'three']);
  });

  test('by an operator, while nobody of it is online', async () => {
    const { alice, bob, laptop } = await owed();
    const [user, host] = bob.split('@');
    // what the server has been asked, as it passes through its offline storage
    await stage.server.evaluate(`persistent_term:put(asked, []), ejabberd_hooks:add(offline_message_hook, <<"${host}">>,
      fun({_, Message} = Acc) -> persistent_term:put(asked, [jid:encode(xmpp:get_to(Message)) | persistent_term:get(asked)]), Acc end, 1)`);
    laptop.unavailable();
    await laptop.close();
    const asked = async () => (await stage.server.evaluate('persistent_term:get(asked)')).includes(bob);
    await until('respool has asked whether the account is there', asked);
    alice.send(`<presence to='${bob}' type='subscribe'/>`);
    await stage.server.call('add_rosteritem', {
      ...{ localuser: user, localhost: host, user: alice.options.user, host, nick: '', subs: 'both' },
      group: '',
    });
    await stage.server.call('unregister', { user, host });
    await nextOwner(alice, bob);
  });
});

function register(inside: string): string {
  return `<query xmlns='jabber:iq:register'>${inside}</query>`;
}

function named(account: string): string {
  return `${REMOVE}<username>${account.split('@')[0]}</username>`;
}
