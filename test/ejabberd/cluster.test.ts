import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { until } from '../wait.js';
import { Client } from './client.js';
import { Respool } from './respool.js';
import { type Ejabberd, startEjabberd } from './server.js';

const HOST = 'alpha.test';
const IPS = ['127.0.0.1', '127.0.0.2'] as const;

describe('respool attached to both nodes of a cluster', () => {
  let nodes: Ejabberd[] = [];
  let respool: Respool;
  const clients: Client[] = [];
  let users = 0;

  before(async () => {
    const first = await startEjabberd({ ip: IPS[0] });
    nodes = [first];
    nodes.push(await startEjabberd({ ip: IPS[1], beside: first }));
    respool = await Respool.attached(first, config => {
      config.component.nodes = IPS;
      config.replay = { ...config.replay, settle: 300, proofAfter: 300 };
    });
    await respool.until('it is connected to both', () =>
      respool.lines.some(line => /connected to 127.* too/.test(line)),
    );
  });
  after(async () => {
    await Promise.all(clients.map(client => client.close()));
    await respool?.[Symbol.asyncDispose]();
    for (const node of nodes) await node[Symbol.asyncDispose]();
  });

  async function user(): Promise<string> {
    const name = `user${++users}`;
    await nodes[0]?.register(name);
    // a cluster copies its table of accounts a moment later
    await until(`node 1 knows ${name}`, async () => {
      const users = (await nodes[1]?.call('registered_users', { host: HOST })) as string[];
      return users.includes(name);
    });
    return `${name}@${HOST}`;
  }
  /** @param at which node */
  async function login(at: number, jid: string): Promise<Client> {
    const client = await Client.at(nodes[at] as Ejabberd, jid);
    clients.push(client);
    await client.flush();
    return client;
  }
  const there = (account: string, count: number) =>
    respool.until(`${count} of ${account} are there`, () => respool.online(account) === count);
  async function untilNodeKnowsNoSession(node: number, account: string): Promise<void> {
    const [user, host] = account.split('@');
    await until(`node ${node} knows no session of ${account}`, async () => {
      const resources = (await nodes[node]?.call('user_resources', { user, host })) as unknown[];
      return resources.length === 0;
    });
  }

  const written = (count: number) => [...Array(count).keys()].map(number => `message ${number}`);

  async function getsEachOnce(device: Client, account: string, bodies: readonly string[]): Promise<void> {
    assert.deepEqual(await device.bodies(bodies.length), bodies);
    await respool.empty(account);
    await device.flush();
    assert.deepEqual(device.texts(), bodies);
  }

  test('a message from one node to the other is proved, and not sent again', async () => {
    const [alice, account] = [await login(0, `${await user()}/pc`), await user()];
    const bob = await login(1, `${account}/phone`);
    await there(account, 1);
    for (const body of written(20)) alice.message(account, body);
    await getsEachOnce(bob, account, written(20));
  });

  test('what was written on one node comes to who logs in on the other', async () => {
    const [alice, account] = [await login(1, `${await user()}/pc`), await user()];
    const known = await login(0, `${account}/phone`);
    await there(account, 1);
    known.unavailable();
    await known.close();
    await there(account, 0);
    await untilNodeKnowsNoSession(1, account); // a cluster copies its table of sessions a moment later
    for (const body of written(20)) alice.message(account, body);
    await alice.flush();
    await nodes[0]?.purgeOffline(account, 20);
    const phone = await login(1, `${account}/phone`);
    await getsEachOnce(phone, account, written(20));
  });

  test('a node is killed with what its sessions had not read: nothing is lost', async () => {
    const [alice, account] = [await login(0, `${await user()}/pc`), await user()];
    const phone = await login(1, `${account}/phone`);
    await there(account, 1);
    const before = written(50);
    for (const body of before) alice.message(account, body);
    await respool.until(
      'all are in the spool',
      () => respool.counter('stored') > 0 && respool.stored(account) > 0,
    );
    await nodes[1]?.kill();
    await phone.close();
    for (const body of ['after', 'the end']) alice.message(account, body);
    await alice.flush();
    await untilNodeKnowsNoSession(0, account); // until then it may take the next one for the one to be replaced
    const next = await login(0, `${account}/phone`);
    const had = () => new Set([...phone.texts(), ...next.texts()]);
    await next.received(() => [...before, 'after', 'the end'].every(body => had().has(body)));
    await respool.empty(account);

    await nodes[1]?.start();
    await respool.until(
      'the node is back',
      () => respool.lines.filter(line => /connected to .* too/.test(line)).length > 1,
    );
    const laptop = await login(1, `${account}/laptop`);
    await there(account, 2);
    alice.message(account, 'once more');
    await laptop.received(() => laptop.texts().includes('once more'));
    await respool.empty(account);
  });
});
