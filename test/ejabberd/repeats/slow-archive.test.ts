import { before } from 'node:test';
import { slowArchive } from '../hooks.js';
import { overLines, ROSTER, suite } from './stage.js';

/** Longer than a ping takes, shorter than a wait gives up. */
const SLOW = 1_500;

suite('a slow archive', stage => {
  before(() => slowArchive(stage.server, SLOW));

  overLines('what is stored between its copy and its delivery comes once', async delay => {
    const { alice, bob } = await stage.people();
    const phone = await stage.bind(`${bob}/phone`, delay);
    await phone.request('get', ROSTER);
    phone.presence();
    await stage.there(bob);
    const written = stage.write(alice, bob, 3);
    await stage.eachOnce(bob, written, phone);
  });
});
