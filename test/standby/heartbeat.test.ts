import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { Heartbeat } from '../../src/standby/heartbeat.js';
import type { Word } from '../../src/standby/words.js';
import { FakeClock } from '../fake-clock.js';
import { parse } from '../way.js';

const [A, B] = ['respool.alpha.test', 'respool-b.alpha.test'];
const WORD: Word = { role: 'watches', isFilled: false, since: 5, pending: 3, at: 7 };

/** What an ejabberd does with what one respool sends to the other. */
type Way = 'delivered' | 'returned' | 'swallowed';

describe('the heartbeat of two respools', () => {
  let clock: FakeClock;
  let way: Way;
  let heard: Word[];
  let gone: string[];
  let one: Heartbeat;
  let other: Heartbeat;

  function make(domain: string, peer: string, to: () => Heartbeat, heard: Word[], gone: string[]): Heartbeat {
    return new Heartbeat({
      ...{ clock, domain, peer },
      send(text) {
        const error = text.replace(/type='\w+'/, "type='error'");
        if (way === 'delivered') clock.after(2, () => to().take(parse(text)));
        if (way === 'returned') clock.after(1, () => (domain === A ? one : other).take(parse(error)));
        return true;
      },
      word: () => WORD,
      heard: word => heard.push(word),
      gone: why => gone.push(why),
    });
  }

  beforeEach(() => {
    clock = new FakeClock();
    [way, heard, gone] = ['delivered', [], []];
    one = make(A, B, () => other, heard, gone);
    other = make(B, A, () => one, [], []);
    one.start();
  });

  test('each beat is answered with how the other one is', async () => {
    await clock.pass(2_500);
    assert.deepEqual(heard, [WORD, WORD, WORD]);
    assert.deepEqual(gone, []);
  });

  test('what comes back at once tells that it is gone', async () => {
    await clock.pass(2_500);
    way = 'returned';
    await clock.pass(1_000);
    assert.deepEqual(gone, ['ejabberd returns what is sent to it']);
  });

  test('and so does silence, in some seconds', async () => {
    await clock.pass(2_500);
    way = 'swallowed';
    await clock.pass(3_500);
    assert.deepEqual(gone, []);
    await clock.pass(2_000);
    assert.match(gone[0] ?? '', /not been heard of for \d s/);
  });

  test('the error to a beat of another process is none to this one', async () => {
    const error = `<iq from='${B}' to='${A}' type='error' id='0123456789ab-1'><error type='cancel'/></iq>`;
    assert.equal(one.take(parse(error)), false);
    assert.deepEqual(gone, []);
  });

  test('nor is an answer to one', async () => {
    way = 'swallowed';
    const word = "<word xmlns='urn:respool:standby:0' role='acts' filled='true' at='1'/>";
    one.take(parse(`<iq from='${B}' to='${A}' type='result' id='0123456789ab-1'>${word}</iq>`));
    assert.deepEqual(heard, []);
  });
});
