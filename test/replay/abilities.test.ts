import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PHONE, Scene } from './scene.js';

const ENABLE = "<enable xmlns='urn:xmpp:carbons:2'/>";
const QUERY = "<query xmlns='urn:xmpp:mam:2' queryid='q'/>";

/** What the spool knows of what the phone can do. */
function known({ db }: Scene): unknown {
  return db.prepare('SELECT carbons, mam FROM device').get();
}

describe('what a device can do', () => {
  const ORDERS = { 'before its first presence': [0, 1], 'after it': [1, 0] };
  for (const [when, order] of Object.entries(ORDERS)) {
    test(`is known where it shows it ${when}`, async () => {
      const scene = new Scene();
      const steps = [
        () => {
          for (const inside of [ENABLE, QUERY])
            scene.copy(`<iq from='${PHONE}' to='bob@alpha.test' type='set' id='i'>${inside}</iq>`);
        },
        () => scene.login(PHONE),
      ];
      for (const nth of order) {
        steps[nth]?.();
        await scene.clock.pass(100);
      }
      await scene.clock.pass(5_000);
      assert.deepEqual(known(scene), { carbons: 1, mam: 1 });
    });
  }
});
