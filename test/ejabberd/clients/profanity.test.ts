import { before, describe } from 'node:test';
import { ensureCommands } from '../install.js';
import { profanity } from './profanity.js';
import {
  eachMessageOnce,
  eachMessageOnceAfterABreak,
  foreignScene,
  RESUME_TIMEOUT,
  showsCopiesInTheirTime,
} from './scenarios.js';

describe('profanity', { concurrency: 2 }, () => {
  before(() => ensureCommands('profanity', 'tmux'));
  const stage = foreignScene();
  eachMessageOnce(stage, 'started anew', profanity(1));
  // what its user wrote elsewhere it shows as of now, whatever its stamp
  showsCopiesInTheirTime(stage, 'received copies', profanity(1), { own: false });
  eachMessageOnceAfterABreak(stage, 'back after a second', profanity(1));
  eachMessageOnceAfterABreak(stage, 'back after its session has ended', profanity(RESUME_TIMEOUT + 2));
});
