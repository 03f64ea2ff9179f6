import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PHONE, Scene } from '../replay/scene.js';

describe('a respool that has just come to watch, and is to act soon after', () => {
  const FIRST: Record<string, (scene: Scene) => void> = {
    'something that tells nothing': scene => scene.acts(PHONE),
    'what begins a login': scene => scene.asksRoster(PHONE),
    'its presence': scene => scene.login(PHONE),
  };
  for (const [what, shows] of Object.entries(FIRST)) {
    for (const leaves of [false, true]) {
      test(`what came back is owed to the next session, which shows first ${what}${leaves ? ', and the one before has said that it goes' : ''}`, async () => {
        const before = new Scene();
        before.login(PHONE);
        await before.clock.pass(10_000);
        const scene = new Scene({ after: before, start: before.clock.date() });
        scene.replay.watch();
        scene.replay.online();
        scene.replay.interim.begin();
        await scene.clock.pass(10);
        scene.message('m', 1);
        await scene.clock.pass(10);
        scene.comesBack('m');
        if (leaves) scene.goes(PHONE);
        scene.replay.interim.end();
        await scene.clock.pass(400);
        shows(scene);
        await scene.clock.pass(20);
        scene.login(PHONE);
        await scene.clock.pass(200);
        scene.replay.act();
        await scene.clock.pass(20_000);
        assert.deepEqual([scene.got(PHONE), scene.stored()], [['m'], []]);
      });
    }
  }
});
