import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Way } from '../way.js';

const BOB = 'bob@alpha.test';
const PHONE = `${BOB}/phone`;
const FLOOD =
  "<delay xmlns='urn:xmpp:delay' from='alpha.test' stamp='2026-11-23T04:42:20.000Z'>Offline storage</delay>";
const SAID =
  "<message xmlns='jabber:client' from='garden@conference.alpha.test/alice' type='groupchat' id='g-1'><body>said</body>" +
  "<stanza-id xmlns='urn:xmpp:sid:0' by='garden@conference.alpha.test' id='77'/></message>";
const wrapped = (said: string, more = '') =>
  `<message from='garden@conference.alpha.test' to='${BOB}' id='77'><event xmlns='http://jabber.org/protocol/pubsub#event'>` +
  `<items node='urn:xmpp:mucsub:nodes:messages'><item id='77'>${said}</item></items></event>${more}</message>`;

/** bob's phone was there once; the way of what mod_push_offline shows to it. */
class Away {
  readonly way = new Way();
  #ids = 0;

  constructor() {
    this.way.copy(`<presence from='${PHONE}' to='${BOB}'/>`);
    this.way.copy(`<presence from='${PHONE}' to='${BOB}' type='unavailable'/>`);
  }

  push(message: string, from = BOB): void {
    const stamped = message
      .replace(/<\/message>$/, `${FLOOD}</message>`)
      .replace(/^<message (?!xmlns)/, "<message xmlns='jabber:client' ");
    const id = `p${this.#ids++}`;
    this.way.feed(
      `<message from='${from}' to='respool.alpha.test' id='${id}'>` +
        "<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='urn:xmpp:push:nodes:messages'>" +
        `<item id='${id}'>${stamped}</item></items></event></message>`,
    );
  }

  flood(message: string): void {
    this.way.copy(message.replace(/<\/message>$/, `${FLOOD}</message>`));
  }

  /** The phone is there again, and gets what is owed. @returns the bodies replayed to it, '' where there is none */
  async back(flood: string[] = []): Promise<string[]> {
    this.way.copy(`<presence from='${PHONE}' to='${BOB}'/>`);
    for (const message of flood) this.flood(message);
    await this.way.clock.pass(60_000);
    return this.way.replayed.map(({ body }) => body ?? '');
  }
}

const chat = (from: string, body: string, id: string | null, to = BOB) =>
  `<message from='${from}' to='${to}' type='chat'${id === null ? '' : ` id='${id}'`}><body>${body}</body></message>`;

describe('mod_push_offline as a second source of copies', () => {
  for (const id of ['a-1', null]) {
    const name = id === null ? 'without an id' : 'with an id';
    const message = chat('alice@alpha.test/pc', 'hello', id);

    test(`${name}: the copy first, then the event: one message`, async () => {
      const away = new Away();
      away.way.copy(message);
      away.push(message);
      assert.deepEqual(await away.back(), ['hello']);
      assert.deepEqual(away.way.stored(), []);
    });

    test(`${name}: the event first, then the copy: one message`, async () => {
      const away = new Away();
      away.push(message);
      away.way.copy(message);
      assert.deepEqual(await away.back(), ['hello']);
      assert.deepEqual(away.way.stored(), []);
    });

    test(`${name}: a local sender's message by both ways, and the flood brings it: nothing is replayed`, async () => {
      const away = new Away();
      away.way.copy(message);
      away.push(message);
      assert.deepEqual(await away.back([message]), []);
      assert.deepEqual(away.way.stored(), []);
    });
  }

  test('twice the same words without an id, each by both ways in another order: two messages', async () => {
    const away = new Away();
    const message = chat('alice@alpha.test/pc', 'ok', null);
    away.way.copy(message);
    away.push(message);
    away.push(message);
    away.way.copy(message);
    assert.deepEqual(await away.back(), ['ok', 'ok']);
  });

  test('remote senders, other components and rooms by invitation: in the spool', async () => {
    const away = new Away();
    away.push(chat('zoe@beta.test/web', 'from beta', 's-1'));
    away.push(chat('gateway.alpha.test', 'from a component', null));
    assert.deepEqual(await away.back(), ['from beta', 'from a component']);
  });

  test('a message to a full JID that is gone: the event is from that', async () => {
    const away = new Away();
    away.push(chat('zoe@beta.test/web', 'to the phone', 's-2', PHONE), PHONE);
    assert.deepEqual(await away.back(), ['to the phone']);
  });

  test('an event that a user has sent himself is forged, whatever others send meanwhile', async () => {
    for (const n of [1, 1_500]) {
      const away = new Away();
      // others write to the component too
      const others = () => {
        const text = `<message from='eve@alpha.test/pc' to='respool.alpha.test' id='${other++}'><body>x</body></message>`;
        away.way.copy(text);
      };
      let other = 0;
      const event =
        `<message from='${PHONE}' to='respool.alpha.test' id='mine'>` +
        "<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='urn:xmpp:push:nodes:messages'><item id='mine'>" +
        `${chat('alice@alpha.test/pc', 'never said', 'f-1', PHONE)}</item></items></event></message>`;
      away.way.copy(event);
      for (let written = 1; written < n; written++) others();
      away.way.feed(event);
      assert.equal(away.way.kinds.at(-1), 'forged');
      assert.deepEqual(away.way.stored(), []);
    }
  });

  test("respool's own replay that found its session gone is no second message", async () => {
    const away = new Away();
    away.way.fate = () => (away.way.replayed.length > 0 ? 'returned' : 'answered');
    away.way.copy(chat('alice@alpha.test/pc', 'hello', null));
    away.push(chat('alice@alpha.test/pc', 'hello', null));
    away.way.copy(`<presence from='${PHONE}' to='${BOB}'/>`);
    await away.way.clock.pass(2_500);
    const [replay] = away.way.replayed;
    assert.ok(replay !== undefined);
    away.push(replay.stanza.toString(), PHONE);
    assert.equal(away.way.stored().length, 1);
    away.way.fate = () => 'answered';
    away.way.replayed.length = 0;
    assert.deepEqual(
      await away.back([chat('alice@alpha.test/pc', 'hello', null)]),
      [],
      'the flood brings it',
    );
    assert.deepEqual(away.way.stored(), []);
  });

  describe('MucSub: what was said in a room, for a subscriber who is away', () => {
    const said = SAID;

    test('is shown unwrapped, and replayed as the room had sent it', async () => {
      for (const inner of [said, said.replace('<message ', `<message to='${BOB}' `)]) {
        const away = new Away();
        away.push(inner);
        await away.back();
        const [replay] = away.way.replayed;
        const items = replay?.stanza.getChild('event')?.getChild('items');
        const message = items?.getChild('item')?.getChild('message');
        assert.deepEqual(
          [replay?.stanza.attrs.from, replay?.stanza.attrs.type, items?.attrs.node, message?.attrs.from],
          [
            'garden@conference.alpha.test',
            undefined,
            'urn:xmpp:mucsub:nodes:messages',
            'garden@conference.alpha.test/alice',
          ],
        );
        assert.equal(message?.getChildText('body'), 'said');
        assert.deepEqual(replay?.stanza.getChild('delay')?.attrs.stamp, '2026-11-23T04:42:20.000Z');
        assert.deepEqual(away.way.stored(), []);
      }
    });

    test('and what the flood brings of it is the same message', async () => {
      const away = new Away();
      away.push(said);
      assert.deepEqual(await away.back([wrapped(said)]), []);
      assert.deepEqual(away.way.stored(), []);
      assert.equal(away.way.counter('delivered'), 1);
    });

    test('and its own replay that came to be stored is no second one', async () => {
      const away = new Away();
      away.push(said);
      away.push(
        said.replace(
          '</message>',
          "<delay xmlns='urn:xmpp:delay' from='alpha.test' stamp='2026-11-23T04:42:20.000Z'/></message>",
        ),
      );
      assert.equal(away.way.stored().length, 1);
    });

    test('live to one device, it is owed to the other one', async () => {
      const away = new Away();
      const tablet = `${BOB}/tablet`;
      away.way.copy(`<presence from='${tablet}' to='${BOB}'/>`);
      await away.way.clock.pass(10_000);
      away.way.copy(wrapped(said));
      await away.way.clock.pass(10_000);
      await away.back();
      assert.deepEqual(
        away.way.replayed.map(({ to }) => to),
        [PHONE],
      );
    });
  });
});
