import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { believed, EARLIEST, LATEST, parseStamp, writeStamp } from '../../src/xmpp/stamp.js';

const DAY = 86_400_000;

describe('a stamp (XEP-0082)', () => {
  for (const [text, at] of Object.entries({
    '1970-01-01T00:00:00Z': 0,
    '2024-02-29T23:59:59.999Z': Date.UTC(2024, 1, 29, 23, 59, 59, 999),
    '2024-01-01T00:00:00.1234567Z': Date.UTC(2024, 0, 1, 0, 0, 0, 123),
    '1969-07-21T02:56:15Z': Date.UTC(1969, 6, 21, 2, 56, 15),
    '1969-07-20T21:56:15-05:00': Date.UTC(1969, 6, 21, 2, 56, 15),
    '2024-01-01T05:30:00+05:30': Date.UTC(2024, 0, 1),
    '0001-01-01T00:00:00Z': EARLIEST,
    '9999-12-31T23:59:59.999Z': LATEST,
  })) {
    test(`${text} is read`, () => assert.equal(parseStamp(text), at));
  }

  for (const text of [
    ...[
      '',
      'never',
      '2024',
      '2024-01-01',
      '20240101T00:00:00',
      '2024-01-01T00:00:00',
      '2024-01-01 00:00:00Z',
    ],
    ...['2024-13-01T00:00:00Z', '2024-00-01T00:00:00Z', '2023-02-29T00:00:00Z', '2024-04-31T00:00:00Z'],
    ...['2024-01-01T24:00:00Z', '2024-01-01T00:60:00Z', '2024-01-01T00:00:60Z', '2024-01-01T00:00Z'],
    ...[
      '2024-01-01T00:00:00+15:00',
      '2024-01-01T00:00:00+1:00',
      '2024-01-01T00:00:00z',
      ' 2024-01-01T00:00:00Z',
    ],
    ...['0000-01-01T00:00:00Z', '-0001-01-01T00:00:00Z', '10000-01-01T00:00:00Z', '+275760-09-13T00:00:00Z'],
    ...['0001-01-01T00:00:00+14:00', '9999-12-31T23:59:59-14:00', '2024-01-01T00:00:00.Z'],
  ]) {
    test(`${text || 'nothing'} is none`, () => assert.equal(parseStamp(text), undefined));
  }

  test('what is written is read as the same moment; what cannot be written, as the nearest', () => {
    fc.assert(
      fc.property(fc.integer({ min: EARLIEST, max: LATEST }), at =>
        assert.equal(parseStamp(writeStamp(at)), at),
      ),
    );
    assert.deepEqual([9e15, -9e15, Number.MAX_SAFE_INTEGER].map(writeStamp).map(parseStamp), [
      LATEST,
      EARLIEST,
      LATEST,
    ]);
  });

  test('is believed of the time in which a message may have been kept', () => {
    const at = 100 * DAY;
    assert.equal(believed(99 * DAY, at, 14 * DAY), 99 * DAY);
    for (const stamp of [85 * DAY, at + 1, EARLIEST, LATEST, undefined])
      assert.equal(believed(stamp, at, 14 * DAY), at);
  });
});
