import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { tries } from '../tries.js';
import { ALICE, LAPTOP, PHONE, Scene } from './scene.js';

const MANY = tries(1_000);

/** Bob's devices, each of which gets its own presence too. */
class Devices extends Scene {
  override login(jid: string, priority = 0): void {
    this.begins(jid, priority);
    this.copy(`<presence from='${jid}' to='${jid}'><priority>${priority}</priority></presence>`);
  }

  /** It shows its presence, which the server has not put into its tables yet. */
  begins(jid: string, priority = 0): void {
    super.login(jid, priority);
  }

  logout(jid: string): void {
    this.fates[jid] = 'returned';
    this.goes(jid);
  }

  /** A session that ends without a word. */
  vanish(jid: string): void {
    this.fates[jid] = 'returned';
  }

  /** The phone gets and writes messages for minutes, but answers no ping. */
  async actsWithoutAnswer(): Promise<void> {
    this.fates[PHONE] = 'silent';
    for (let n = 0; n < 8; n++) {
      this.message(`m${n}`, 1);
      await this.clock.pass(20_000);
      this.message(`r${n}`, 0, 'zoe@beta.test', PHONE);
      await this.clock.pass(20_000);
    }
  }

  carbon(kind: 'sent' | 'received', device: string, id: string, to = 'bob@alpha.test', from = ALICE): void {
    const [bare] = device.split('/');
    this.copy(
      `<message from='${bare}' to='${device}' type='chat'><${kind} xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>` +
        `<message xmlns='jabber:client' from='${from}' to='${to}' type='chat' id='${id}'><body>hello</body></message></forwarded></${kind}></message>`,
    );
  }

  /** Both devices have been there, and are known. */
  async known(...jids: string[]): Promise<this> {
    for (const jid of jids) this.login(jid);
    await this.clock.pass(10_000);
    for (const jid of jids) this.logout(jid);
    await this.clock.pass(10_000);
    return this;
  }
}

/** The phone asks bob's archive, which brings it a message. */
function archiveBrings(scene: Scene, id: string): void {
  scene.copy(
    `<iq from='${PHONE}' to='bob@alpha.test' type='set' id='q'><query xmlns='urn:xmpp:mam:2'/></iq>`,
  );
  scene.copy(
    `<message from='bob@alpha.test' to='${PHONE}'><result xmlns='urn:xmpp:mam:2' id='1'><forwarded xmlns='urn:xmpp:forward:0'>` +
      `<message xmlns='jabber:client' from='${ALICE}' to='bob@alpha.test' type='chat' id='${id}'><body>hello</body></message></forwarded></result></message>`,
  );
  scene.copy(
    `<iq from='bob@alpha.test' to='${PHONE}' type='result' id='q'><fin xmlns='urn:xmpp:mam:2' complete='true'/></iq>`,
  );
}

describe('who is owed what', () => {
  test('a device that was away gets what the other got, and what its owner wrote there', async () => {
    const scene = await new Devices().known(PHONE, LAPTOP);
    scene.login(LAPTOP);
    await scene.clock.pass(5000);
    for (let n = 0; n < 10; n++) scene.message(`m${n}`, 1);
    scene.message('own', 0, 'alice@alpha.test', LAPTOP);
    await scene.clock.pass(30_000);
    assert.deepEqual(scene.got(LAPTOP), []);
    scene.login(PHONE);
    await scene.clock.pass(30_000);
    assert.deepEqual(scene.got(PHONE), [...Array(10).keys()].map(n => `m${n}`).concat('own'));
    assert.equal(scene.replayed.at(-1)?.stanza.attrs.from, 'bob@alpha.test');
    assert.deepEqual(
      scene.stored().filter(({ account }) => account === 'bob@alpha.test'),
      [],
    );
    assert.equal(scene.counter('pending'), 1, "alice's: she has not got the last one");
  });

  test('a device never seen before gets only what no device got', async () => {
    const scene = await new Devices().known(LAPTOP);
    scene.login(LAPTOP);
    await scene.clock.pass(5000);
    scene.message('got', 1);
    await scene.clock.pass(10_000);
    scene.logout(LAPTOP);
    scene.message('missed', 0);
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), ['missed']);
    scene.login(LAPTOP);
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(LAPTOP), ['missed'], 'the phone was first, but the laptop is owed it too');
    assert.deepEqual(scene.stored(), []);
  });

  test('all-digit resources are never known devices', async () => {
    const scene = await new Devices().known('bob@alpha.test/12345678', LAPTOP);
    scene.login('bob@alpha.test/87654321');
    await scene.clock.pass(5000);
    scene.message('m', 1);
    await scene.clock.pass(10_000);
    assert.deepEqual(
      scene.stored().map(({ owed }) => owed),
      [2],
      'owed to the laptop alone',
    );
  });

  test('private and no-copy messages are not for the other devices; with sync off nothing is', async () => {
    const scene = await new Devices().known(PHONE, LAPTOP);
    scene.login(LAPTOP);
    const own = (hint: string) =>
      `<message from='${LAPTOP}' to='zoe@beta.test' type='chat' id='${hint.length}'><body>x</body>${hint}</message>`;
    scene.copy(own("<private xmlns='urn:xmpp:carbons:2'/>"));
    scene.copy(own("<no-copy xmlns='urn:xmpp:hints'/>"));
    assert.deepEqual(scene.stored(), []);
    scene.copy(own(''));
    assert.equal(scene.stored().length, 1);
    const off = await new Devices({ sync: false }).known(PHONE, LAPTOP);
    off.login(LAPTOP);
    await off.clock.pass(5000);
    off.copy(own(''));
    off.message('m', 1);
    await off.clock.pass(10_000);
    assert.deepEqual(off.stored(), []);
  });

  test('the least recently seen device goes over the limit, and is owed nothing more', async () => {
    const scene = new Devices({ maxDevices: 2 });
    for (const jid of [PHONE, PHONE, LAPTOP, LAPTOP]) await scene.known(jid);
    scene.message('m', 0);
    await scene.known('bob@alpha.test/tablet.p9C0wuk2ya'); // of Bind2; gets it as the first that comes
    const resources = scene.db.prepare('SELECT resource FROM device ORDER BY id').pluck().all();
    assert.deepEqual(resources, ['laptop', 'tablet.p9C0wuk2ya']);
    assert.deepEqual(
      scene.stored().map(({ owed }) => owed),
      [4],
      'owed to the laptop alone, in slot 2',
    );
    assert.equal(scene.counter('pending'), 1);
  });
});

describe('who got a live message', () => {
  test('the highest priority alone; the other one is owed it, and gets it after a moment', async () => {
    const scene = await new Devices().known(PHONE, LAPTOP);
    scene.login(PHONE, 5);
    scene.login(LAPTOP, 0);
    await scene.clock.pass(10_000);
    scene.message('m', 1);
    await scene.clock.pass(10_000);
    assert.deepEqual([scene.got(PHONE), scene.got(LAPTOP)], [[], ['m']]);
    assert.deepEqual(scene.stored(), []);
  });

  test('a carbon copy is receipt by the device it names, of received and sent ones', async () => {
    const scene = await new Devices().known(PHONE, LAPTOP);
    scene.login(PHONE, 5);
    scene.login(LAPTOP, 0);
    await scene.clock.pass(10_000);
    scene.message('m', 1);
    scene.carbon('received', LAPTOP, 'm');
    scene.message('own', 0, 'zoe@beta.test', PHONE);
    scene.carbon('sent', LAPTOP, 'own', 'zoe@beta.test', PHONE);
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.replayed, []);
    assert.deepEqual(scene.stored(), []);
  });

  test('a full JID: that device alone', async () => {
    const scene = await new Devices().known(PHONE, LAPTOP);
    scene.login(PHONE);
    scene.login(LAPTOP);
    await scene.clock.pass(10_000);
    scene.message('m', 1, LAPTOP);
    await scene.clock.pass(10_000);
    assert.deepEqual([scene.got(PHONE), scene.got(LAPTOP)], [['m'], []]);
  });

  test('negative priority takes no messages, until it changes', async () => {
    const scene = await new Devices().known(PHONE, LAPTOP);
    scene.login(PHONE, -1);
    scene.login(LAPTOP, 0);
    await scene.clock.pass(10_000);
    scene.message('m', 1);
    await scene.clock.pass(20_000);
    assert.deepEqual(scene.got(PHONE), []);
    scene.login(PHONE, 1);
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), ['m']);
    assert.deepEqual(scene.stored(), []);
  });

  test('believed online but gone: the ping comes back, and it is owed at the next login', async () => {
    const scene = await new Devices().known(PHONE, LAPTOP);
    scene.login(PHONE);
    scene.login(LAPTOP);
    await scene.clock.pass(10_000);
    scene.vanish(PHONE);
    scene.message('m', 1);
    await scene.clock.pass(20_000);
    assert.deepEqual(scene.replayed, []);
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    assert.deepEqual([scene.got(PHONE), scene.got(LAPTOP)], [['m'], []]);
  });

  test('two devices within the same second: one reception is one of them, and the other is replayed to', async () => {
    const scene = await new Devices().known(PHONE, LAPTOP);
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    scene.begins(LAPTOP);
    await scene.clock.pass(10);
    scene.message('m', 1); // routed before the laptop was there
    await scene.clock.pass(20_000);
    assert.deepEqual([scene.got(PHONE), scene.got(LAPTOP)], [[], ['m']]);
    scene.logout(LAPTOP);
    scene.login(LAPTOP);
    scene.message('n', 2); // routed to both
    await scene.clock.pass(20_000);
    assert.deepEqual([scene.got(PHONE), scene.got(LAPTOP)], [[], ['m']]);
    assert.deepEqual(scene.stored(), []);
  });

  test('five equal messages without an id are five, live or replayed', async () => {
    const scene = await new Devices().known(PHONE);
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    for (let n = 0; n < 5; n++) scene.message(null, 1);
    await scene.clock.pass(10_000);
    assert.deepEqual([scene.replayed.length, scene.stored().length, scene.counter('delivered')], [0, 0, 5]);
    scene.logout(PHONE);
    for (let n = 0; n < 5; n++) scene.message(null, 0);
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    assert.deepEqual([scene.replayed.length, scene.stored().length], [5, 0]);
  });

  test('hundreds of them are replayed as so many: the copy of one stands for no other', async () => {
    const scene = await new Devices().known(PHONE);
    for (let n = 0; n < MANY; n++) scene.message(null, 0);
    scene.login(PHONE);
    await scene.clock.pass(60_000);
    assert.deepEqual([scene.replayed.length, scene.stored().length], [MANY, 0]);
    assert.deepEqual([scene.counter('replayed'), scene.counter('delivered')], [MANY, 0]);
  });
});

describe('streams under one JID', () => {
  test('a change of presence is no new login: nothing that is on its way comes twice', async () => {
    const scene = await new Devices().known(PHONE);
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    scene.message('m', 1);
    scene.copy(`<presence from='${PHONE}' to='bob@alpha.test'><show>away</show></presence>`);
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.replayed, []);
  });

  test('the same presence again, and nothing else of a new stream: what is on its way is asked for, and comes once', async () => {
    const scene = await new Devices().known(PHONE);
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    scene.message('m', 1);
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), []);
    assert.deepEqual(scene.stored(), []);
  });

  test('a client that asks the archive before it shows itself keeps what it got', async () => {
    const scene = await new Devices().known(PHONE);
    scene.message('m', 0);
    archiveBrings(scene, 'm');
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.replayed, []);
    assert.deepEqual(scene.stored(), []);
  });

  test('nor does it matter that its last session has ended just before, and the other devices hear of that late', async () => {
    const scene = await new Devices().known(PHONE);
    scene.login(PHONE);
    scene.login(LAPTOP);
    await scene.clock.pass(10_000);
    scene.fates[PHONE] = 'returned';
    scene.message('m', 2);
    await scene.clock.pass(1_000);
    scene.acts(PHONE);
    archiveBrings(scene, 'm');
    scene.told(PHONE, LAPTOP);
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), []);
    assert.deepEqual(scene.stored(), []);
  });

  test('a device that lets four pings pass though it is alive, and has never answered one, does not answer pings: the copy counts', async () => {
    const scene = await new Devices().known(PHONE);
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    await scene.actsWithoutAnswer();
    assert.deepEqual(scene.stored(), []);
    assert.deepEqual(scene.replayed, []);
    assert.equal(scene.db.prepare('SELECT mute FROM device').pluck().get(), 1);
    assert.match(scene.notes.join('\n'), /answers no pings/);
  });

  test('a device that has answered in a session before is not taken for one that answers no pings', async () => {
    const scene = await new Devices().known(PHONE);
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    scene.message('proved', 1);
    await scene.clock.pass(10_000);
    scene.logout(PHONE);
    await scene.clock.pass(10_000);
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    await scene.actsWithoutAnswer();
    assert.equal(scene.stored().length, 8);
  });
});
