import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ALICE, LAPTOP, PHONE, type Scene, withPhone } from '../replay/scene.js';

const BOB = 'bob@alpha.test';
const NS = 'urn:ietf:params:xml:ns:xmpp-stanzas';
const TEXT = `<text xmlns='${NS}'>Database failure</text>`;

const KEEP = [
  ...['internal-server-error', 'resource-constraint', 'remote-server-timeout', 'undefined-condition'],
  ...[
    'conflict',
    'recipient-unavailable',
    'unexpected-request',
    'feature-not-implemented',
    'not-yet-invented',
  ],
];
const REFUSE = ['forbidden', 'not-allowed', 'not-acceptable', 'bad-request', 'policy-violation', 'gone'];

/** Alice has written to bob, and the server returns it to her. */
function returns(scene: Scene, error: string, from = BOB): void {
  scene.copy(
    `<message from='${from}' to='${ALICE}' type='error' id='m'><body>hello</body>` +
      `<error type='cancel'>${error}</error></message>`,
  );
}

async function written(to = BOB): Promise<Scene> {
  const scene = await withPhone();
  scene.goes(PHONE);
  scene.message('m', 0, to);
  await scene.clock.pass(1_000);
  return scene;
}

async function afterLogin(scene: Scene): Promise<(string | undefined)[]> {
  scene.login(PHONE);
  await scene.clock.pass(60_000);
  return scene.got(PHONE);
}

describe('a message that comes back to its sender', () => {
  for (const condition of KEEP) {
    test(`with ${condition} is kept`, async () => {
      const scene = await written();
      returns(scene, `<${condition} xmlns='${NS}'/>${TEXT}`);
      assert.deepEqual(await afterLogin(scene), ['m']);
      assert.deepEqual([scene.counter('bounced'), scene.counter('refused')], [1, 0]);
    });
  }

  test('with no condition at all is kept', async () => {
    const scene = await written();
    returns(scene, '');
    assert.deepEqual(await afterLogin(scene), ['m']);
  });

  for (const condition of REFUSE) {
    test(`with ${condition} is refused`, async () => {
      const scene = await written();
      returns(scene, `<${condition} xmlns='${NS}'/>${TEXT}`);
      assert.deepEqual(await afterLogin(scene), []);
      assert.equal(scene.counter('refused'), 1);
    });
  }
});

describe('service-unavailable without a text, from the full JID addressed', () => {
  const WORDLESS = `<service-unavailable xmlns='${NS}'/>`;

  test('where no session is known: there is nobody, it is refused', async () => {
    const scene = await written(LAPTOP);
    returns(scene, WORDLESS, LAPTOP);
    assert.equal(scene.counter('refused'), 1);
    assert.deepEqual(scene.stored(), []);
  });

  test('where one is, its client may have answered so: that refuses nothing', async () => {
    const scene = await withPhone();
    scene.message('m', 0, PHONE);
    returns(scene, WORDLESS, PHONE);
    assert.equal(scene.counter('refused'), 0);
  });

  test('with a text, that session has ended: it is kept', async () => {
    const scene = await written(LAPTOP);
    returns(scene, `${WORDLESS}<text xmlns='${NS}'>User session terminated</text>`, LAPTOP);
    assert.deepEqual(await afterLogin(scene), ['m']);
  });
});
