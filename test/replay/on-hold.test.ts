import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Way } from '../way.js';

const BOB = 'bob@alpha.test';
const PHONE = `${BOB}/phone`;
const LAPTOP = `${BOB}/laptop`;

const presence = (jid: string, type = '') => `<presence from='${jid}' to='${BOB}'${type}/>`;
const gone = (jid: string) => presence(jid, " type='unavailable'");
const message = (id: string) =>
  `<message from='alice@alpha.test/pc' to='${BOB}' type='chat' id='${id}'><body>${id}</body></message>`;
const put = (way: Way, jid: string) =>
  way.spool.apply([{ ask: 'put-on-hold', jid, by: 'root', at: way.clock.date() }]);
const release = (way: Way, jid: string) => {
  way.spool.apply([{ ask: 'release-hold', jid, at: way.clock.date() }]);
  way.replay.released(({ full, bare, domain }) => [full, bare, domain].includes(jid));
};
const got = (way: Way) => way.replayed.map(({ to, id }) => `${id} to ${to.split('/')[1]}`);

/** Phone and laptop are known, and away; two messages were written to their account. */
async function withTwo(): Promise<Way> {
  const way = new Way();
  for (let times = 0; times < 2; times++) {
    for (const jid of [PHONE, LAPTOP]) way.copy(presence(jid));
    await way.clock.pass(10_000);
    for (const jid of [PHONE, LAPTOP]) way.copy(gone(jid));
    await way.clock.pass(10_000);
  }
  for (const id of ['one', 'two']) way.copy(message(id));
  await way.clock.pass(10_000);
  return way;
}

describe('on hold', () => {
  for (const jid of [BOB, 'alpha.test']) {
    test(`${jid}: nothing is sent until it is released, then all at once`, async () => {
      const way = await withTwo();
      put(way, jid);
      way.copy(presence(PHONE));
      await way.clock.pass(60_000);
      const [[answer]] = await Promise.all([way.replay.ask(BOB, 1_000), way.clock.pass(2_000)]);
      assert.equal(answer?.asked, 'answered');
      assert.deepEqual(got(way), []);
      release(way, jid);
      await way.clock.pass(1_000);
      assert.deepEqual(got(way), ['one to phone', 'two to phone']);
    });
  }

  test('a device is not pushed out by those that come', async () => {
    const way = new Way({ maxDevices: 2 });
    for (let times = 0; times < 2; times++) {
      for (const jid of [PHONE, LAPTOP]) way.copy(presence(jid));
      await way.clock.pass(10_000);
      for (const jid of [PHONE, LAPTOP]) way.copy(gone(jid));
      await way.clock.pass(10_000);
    }
    way.copy(message('one'));
    await way.clock.pass(10_000);
    put(way, PHONE);
    for (const resource of ['a', 'b', 'c', 'd', 'e']) {
      for (let times = 0; times < 2; times++) {
        way.copy(presence(`${BOB}/${resource}`));
        await way.clock.pass(20_000);
        way.copy(gone(`${BOB}/${resource}`));
        await way.clock.pass(20_000);
      }
    }
    release(way, PHONE);
    way.copy(presence(PHONE));
    await way.clock.pass(60_000);
    assert.equal(got(way).at(-1), 'one to phone');
  });

  test('a device: the others get theirs', async () => {
    const way = await withTwo();
    put(way, PHONE);
    for (const jid of [PHONE, LAPTOP]) way.copy(presence(jid));
    await way.clock.pass(60_000);
    assert.deepEqual(got(way), ['one to laptop', 'two to laptop']);
    release(way, PHONE);
    await way.clock.pass(1_000);
    assert.deepEqual(got(way).slice(2), ['one to phone', 'two to phone']);
  });

  test('another account is not concerned, and a process after this one knows it', async () => {
    const way = await withTwo();
    put(way, 'eve@alpha.test');
    put(way, PHONE);
    const next = new Way({ after: way });
    for (const jid of [PHONE, LAPTOP]) next.copy(presence(jid));
    await next.clock.pass(60_000);
    assert.deepEqual(got(next), ['one to laptop', 'two to laptop']);
  });
});
