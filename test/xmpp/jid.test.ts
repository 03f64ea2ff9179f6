import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { accountOf, parseJid } from '../../src/xmpp/jid.js';
import { NAMEPREP, NODEPREP, type Profile, prepare, RESOURCEPREP } from '../../src/xmpp/stringprep.js';
import { NAMES, REFUSED } from './names.js';

const short = (jid: string) => JSON.stringify(jid.length < 60 ? jid : `${jid.slice(0, 30)}… (${jid.length})`);

describe('a JID in normal form', () => {
  for (const [jid, normal] of NAMES) {
    test(`${short(jid)} ${normal === null ? 'is none' : `is ${short(normal)}`}`, () => {
      assert.equal(parseJid(jid)?.full ?? null, normal);
    });
  }

  for (const jid of REFUSED) {
    test(`${short(jid)} is none here`, () => assert.equal(parseJid(jid), null));
  }

  test('stays what it is', () => {
    for (const [jid, normal] of NAMES) {
      if (normal === null || jid.startsWith('㏆')) continue; // RFC 3454 leaves the C of it as it is
      assert.equal(parseJid(normal)?.full, normal);
    }
  });

  test('of an account, as it was given with its resource', () => {
    assert.equal(accountOf('Straße@Example.org/PC'), 'strasse@example.org');
    assert.equal(accountOf('romeo@@x/PC'), 'romeo@@x');
  });

  /** The digests that ejabberd 23.01 gives too: ejabberd/accounts/names.test.ts. Another Unicode in Node changes none. */
  const DIGESTS: readonly (readonly [string, Profile, string])[] = [
    ['nodeprep', NODEPREP, 'e1c70256fe02c9b88a00f85e64a41ed830937fb573290ab073205f0ca36ecc62'],
    ['nameprep', NAMEPREP, 'd3879386e4778e4c00926e232c1b6014e9eea905ed4f54567f0b2f1ce43575e8'],
    ['resourceprep', RESOURCEPREP, '6a83b2eb3e7887f2d477150d7d0ccab7b865d0ba6965a7b2bd8c859912736a97'],
  ];
  for (const [name, profile, digest] of DIGESTS) {
    test(`${name} of each character up to U+FFFF`, () => {
      const hash = createHash('sha256');
      for (let code = 1; code <= 0xffff; code++) {
        if (code === 0xd800) code = 0xe000;
        hash.update(`${prepare(String.fromCodePoint(code), profile) ?? '!'}\n`);
      }
      assert.equal(hash.digest('hex'), digest);
    });
  }
});
