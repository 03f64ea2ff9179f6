import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { Recogniser } from '../../src/presence/recogniser.js';

const identity = (text: string | number) =>
  createHash('sha256').update(String(text)).digest('base64').slice(0, 16);

describe('telling the copies of a message from each other', () => {
  test('the first is the sending, each further one a reception', () => {
    const recogniser = new Recogniser();
    const copy = () => recogniser.recognise(identity('a'), true, true, 2, 0, () => false);
    assert.deepEqual(
      [copy(), copy(), copy()],
      [
        { is: 'sending', nth: 0, sentAt: 0, again: false },
        { is: 'reception', nth: 1, sentAt: 0, again: false },
        { is: 'reception', nth: 2, sentAt: 0, again: false },
      ],
    );
  });

  test('from outside the first is an arrival, which is the first reception', () => {
    const recogniser = new Recogniser();
    const copy = () => recogniser.recognise(identity('a'), true, false, 2, 0, () => true);
    assert.deepEqual(
      [copy(), copy()],
      [
        { is: 'arrival', nth: 1, sentAt: null, again: false },
        { is: 'reception', nth: 2, sentAt: null, again: false },
      ],
    );
  });

  test('without an id, what is beyond the count is another message', () => {
    const recogniser = new Recogniser();
    const copy = () => recogniser.recognise(identity('ok'), false, true, 1, 0, () => false).is;
    assert.deepEqual([copy(), copy(), copy(), copy()], ['sending', 'reception', 'sending', 'reception']);
  });

  test('with an id too, where all who can get it are known', () => {
    const recogniser = new Recogniser();
    const copy = (knowsAll: boolean) =>
      recogniser.recognise(identity('alarm'), true, true, 1, 0, () => knowsAll);
    assert.deepEqual(
      [copy(true), copy(true), copy(false), copy(true), copy(true)],
      [
        { is: 'sending', nth: 0, sentAt: 0, again: false },
        { is: 'reception', nth: 1, sentAt: 0, again: false },
        { is: 'reception', nth: 2, sentAt: 0, again: false },
        { is: 'sending', nth: 0, sentAt: 0, again: true },
        { is: 'reception', nth: 1, sentAt: 0, again: false },
      ],
    );
  });

  test('without an id, those who come while it is on its way make copies as well', () => {
    const recogniser = new Recogniser();
    const copy = (receivers: number, now: number) =>
      recogniser.recognise(identity('ok'), false, true, receivers, now, () => false).is;
    assert.deepEqual([copy(1, 0), copy(2, 400), copy(2, 400)], ['sending', 'reception', 'reception']);
    assert.equal(copy(2, 400), 'sending');
  });

  test('after some time it is another message', () => {
    const recogniser = new Recogniser();
    const copy = (hasId: boolean, now: number) =>
      recogniser.recognise(identity(String(hasId)), hasId, true, 5, now, () => false).is;
    assert.deepEqual(
      [copy(true, 0), copy(true, 60_000), copy(true, 120_001)],
      ['sending', 'reception', 'sending'],
    );
    assert.deepEqual(
      [copy(false, 0), copy(false, 5_000), copy(false, 10_001)],
      ['sending', 'reception', 'sending'],
    );
  });

  test('remembers 25 000 messages at least, never mixes two up, and forgets the oldest', () => {
    const recogniser = new Recogniser();
    const copy = (n: number) => recogniser.recognise(identity(n), true, true, 1, 0, () => true).is;
    for (let n = 0; n < 200_000; n++) assert.equal(copy(n), 'sending');
    for (let n = 175_000; n < 200_000; n++) assert.equal(copy(n), 'reception');
    assert.equal(copy(0), 'sending');
  });
});
