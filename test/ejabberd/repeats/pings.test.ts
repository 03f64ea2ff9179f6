import assert from 'node:assert/strict';
import { overLines, ROSTER, suite } from './stage.js';

suite('a login', stage => {
  overLines('costs one ping where all that waits comes out of mod_offline', async delay => {
    const { alice, bob } = await stage.people();
    const written = await stage.waiting(alice, bob, 5);
    const phone = await stage.bind(`${bob}/phone`, delay);
    await phone.request('get', ROSTER);
    let pings = 0;
    phone.on('element', ({ name, attrs }) => {
      if (name === 'iq' && attrs.type === 'get' && attrs.from === stage.server.domain) pings++;
    });
    phone.presence();
    await stage.eachOnce(bob, written, phone);
    assert.equal(pings, 1);
  });

  overLines('does not have a device without a proof listed as answering pings', async delay => {
    const bob = await stage.user('bob');
    const phone = await stage.bind(`${bob}/phone`, delay);
    phone.answers = false;
    phone.presence();
    await stage.there(bob);
    const [device] = stage.respool.devices(bob);
    assert.deepEqual([device?.resource, device?.proofs, device?.answers], ['phone', 0, false]);
  });
});
