import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ensureSlixmpp } from './install.js';
import { scene } from './scene.js';

const SCRIPT = fileURLToPath(new URL('../../../test/ejabberd/citizen.py', import.meta.url));
const COMMANDS = 'http://jabber.org/protocol/commands';
const run = promisify(execFile);

interface Form {
  title: string;
  instructions: string;
  fields: Record<string, string>;
  rows: Record<string, string>[];
}
interface Step {
  status: string;
  notes: string[];
  form: Form | null;
}

describe('to slixmpp, a client that respool did not write', () => {
  const stage = scene({}, config => {
    config.admins = new Set(['admin@alpha.test']);
    config.contact = new Set(['xmpp:admin@alpha.test']);
  });
  before(async () => {
    ensureSlixmpp();
    await stage.server.register('admin', 'other');
  });

  /** What it is answered, by what it asks. */
  // biome-ignore lint/suspicious/noExplicitAny: JSON of a script beside this file
  async function asked(user: string, account: string, ...commands: string[]): Promise<any> {
    const { ip, c2sPort, host, domain } = stage.server;
    const args = [SCRIPT, ip, String(c2sPort), `${user}@${host}/slix`, domain, account, ...commands];
    const { stdout } = await run('/usr/bin/python3', args, { timeout: 60_000 });
    return JSON.parse(stdout);
  }

  /** Two messages owed to somebody who was never online, and whose queue at ejabberd is lost. */
  async function owed(): Promise<string> {
    const [alice, bob] = [await stage.login(`${await stage.user('alice')}/pc`), await stage.user('bob')];
    alice.message(bob, 'one', { id: 'a-1' });
    alice.message(bob, 'two', { id: 'a-2' });
    await alice.flush();
    await stage.respool.until('they are stored', () => stage.respool.stored(bob) === 2);
    return bob;
  }

  test('service discovery, version, ping, uptime and contact', async () => {
    const answers = await asked('other', 'bob@alpha.test');
    const { info, items, version, ping, uptime, roster } = answers;
    assert.deepEqual(info, {
      identities: [['component', 'generic', 'respool']],
      features: [
        'http://jabber.org/protocol/disco#info',
        'http://jabber.org/protocol/disco#items',
        'jabber:iq:last',
        'jabber:iq:version',
        'urn:xmpp:ping',
      ],
      contact: ['http://jabber.org/network/serverinfo', 'xmpp:admin@alpha.test'],
    });
    assert.deepEqual(items, []);
    assert.equal(version.name, 'respool');
    assert.match(version.version, /^\d+\.\d+\.\d+$/);
    assert.equal(ping, true);
    assert.ok(uptime >= 0 && uptime < 120, `${uptime}`);
    assert.deepEqual(roster, { error: 'service-unavailable', type: 'cancel' });
  });

  test('an admin: stats, the queue and the devices of an account', async () => {
    const bob = await owed();
    const answers = await asked('admin', bob, 'stats', 'queue', 'devices');
    assert.ok(answers.info.features.includes(COMMANDS));
    assert.deepEqual(answers.commands, ['devices', 'drop', 'hold', 'queue', 'release', 'replay', 'stats']);
    assert.equal(answers.command_info.identities[0][1], 'command-node');
    const [stats] = answers.stats as Step[];
    assert.equal(stats?.status, 'completed');
    assert.deepEqual([stats?.form?.fields.pending, stats?.form?.fields.alerts], ['2', 'none']);
    const [form, list] = answers.queue as Step[];
    assert.deepEqual([form?.status, Object.keys(form?.form?.fields ?? {})], ['executing', ['account']]);
    assert.deepEqual([list?.status, list?.notes], ['completed', ['2 pending']]);
    const rows = list?.form?.rows ?? [];
    assert.deepEqual(
      rows.map(({ device, type }) => [device, type]),
      [
        ['(any)', 'chat'],
        ['(any)', 'chat'],
      ],
    );
    assert.match(rows[0]?.from ?? '', /^alice\d+@alpha\.test\/pc$/);
    const [, none] = answers.devices as Step[];
    assert.deepEqual(none?.notes, [`no device of ${bob} is known`]);
    const admin = await asked('admin', 'ADMIN@alpha.test', 'devices');
    const [device] = admin.devices[1].form.rows;
    assert.deepEqual([device.device, device.online], ['slix', 'yes']);
    const wrong = await asked('admin', 'bob@alpha.test/phone', 'queue', 'nothing');
    assert.deepEqual(wrong.queue, { error: 'bad-request', type: 'modify' });
    assert.deepEqual(wrong.nothing, { error: 'item-not-found', type: 'cancel' });
  });

  test('an admin: drop asks before it acts; replay sends what is owed', async () => {
    const bob = await owed();
    const kept = await asked('admin', bob, 'drop=sure:0');
    const [first, second, third] = kept['drop=sure:0'] as Step[];
    assert.deepEqual([first?.status, second?.status, third?.status], ['executing', 'executing', 'completed']);
    assert.match(second?.form?.instructions ?? '', /^2 pending for bob/);
    assert.deepEqual(third?.notes, ['nothing was dropped']);
    assert.equal(stage.respool.stored(bob), 2);
    const absent = await asked('admin', bob, 'replay');
    assert.match(absent.replay[1].notes[0], /is not online; what is owed comes at its next login$/);
    const held = await asked('admin', bob, 'hold', 'release');
    assert.deepEqual(
      [held.hold[1].notes, held.release[1].notes],
      [[`${bob} is on hold`], [`${bob} is released`]],
    );
    const dropped = await asked('admin', bob, 'drop=sure:1', 'drop');
    assert.deepEqual(dropped['drop=sure:1'][2].notes, [`2 dropped, of ${bob}`]);
    assert.deepEqual(dropped.drop[1].notes, [`nothing is pending for ${bob}`]);
    assert.deepEqual([stage.respool.stored(bob), stage.respool.counter('dropped')], [0, 2]);
    const lines = stage.respool.query('SELECT outcome FROM undelivered WHERE account = ?', bob);
    assert.deepEqual(lines, [{ outcome: 'dropped' }, { outcome: 'dropped' }]);
  });

  test('anybody else: the commands are hidden, and refused', async () => {
    const answers = await asked(
      'other',
      'bob@alpha.test',
      'stats',
      'queue',
      'devices',
      'replay',
      'hold',
      'release',
      'drop',
    );
    const hidden = { error: 'item-not-found', type: 'cancel' };
    assert.deepEqual([answers.commands, answers.command_info], [hidden, hidden]);
    for (const node of ['stats', 'queue', 'devices', 'replay', 'hold', 'release', 'drop']) {
      assert.deepEqual(answers[node], { error: 'forbidden', type: 'auth' }, node);
    }
  });
});
