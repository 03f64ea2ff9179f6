import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { alertText, CAUSES, percent, size, span, whole } from '../../src/page/client/words.js';
import { ALERTS } from '../../src/spool/alert-names.js';
import { CAUSES as ALL_CAUSES } from '../../src/spool/cause.js';

/** With the spaces that break no line as plain ones. */
const plain = (text: string) => text.replaceAll('\u00a0', ' ');

describe('on the status page', () => {
  test('what is not all is not 100 %', () => {
    const shown = [1, 0.9999999, 0.9996, 0.995, 0.5, 0, null].map(percent);
    assert.deepEqual(shown, ['100 %', '99.999 %', '99.960 %', '99.50 %', '50.0 %', '0.0 %', '–']);
  });

  test('sizes are in binary units', () => {
    const shown = [0, 1023, 1024, 1536, 200 * 1024, 4 * 2 ** 30, 5000 * 2 ** 40].map(size);
    assert.deepEqual(shown, ['0 B', '1023 B', '1.0 KiB', '1.5 KiB', '200 KiB', '4.0 GiB', '5000 TiB']);
  });

  test('spans of time have two units at most', () => {
    const shown = [0, 12.4, 999, 61_000, 3_600_000, 90_061_000].map(span).map(plain);
    assert.deepEqual(shown, ['0 ms', '12 ms', '999 ms', '1 min 1 s', '1 h', '1 d 1 h']);
    assert.equal(plain(span(-5)), '0 ms');
  });

  test('counts have their thousands apart', () => assert.equal(whole(1234567), '1,234,567'));

  test('every cause and every alert has words of its own', () => {
    assert.deepEqual(Object.keys(CAUSES), ALL_CAUSES);
    for (const name of ALERTS) {
      assert.doesNotMatch(alertText({ name, threshold: 1 }), /^alert:|null/);
    }
    assert.equal(
      alertText({ name: 'disk_free', threshold: 256 * 2 ** 20 }),
      'less than 256 MiB is free on the disk of the spool',
    );
  });
});
