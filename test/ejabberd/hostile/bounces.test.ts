import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { scene } from '../scene.js';

describe('a message to nobody', () => {
  const stage = scene();

  for (const resource of ['', '/phone']) {
    test(`at nobody@…${resource} is refused, and not kept for days`, async () => {
      const before = stage.respool.counter('refused');
      const alice = await stage.login(`${await stage.user('alice')}/pc`);
      alice.message(`nobody@${stage.server.host}${resource}`, 'hello');
      await alice.received(({ attrs }) => attrs.type === 'error');
      await stage.respool.until('it is counted', () => stage.respool.counter('refused') === before + 1);
      assert.equal(stage.respool.stored(), 0);
    });
  }
});
