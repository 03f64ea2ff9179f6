import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Scram } from '../../src/cli/check/login/scram.js';

describe('SCRAM, by the examples of its RFCs', () => {
  const examples = [
    {
      rfc: 'RFC 5802',
      hash: 'sha1',
      nonce: 'fyko+d2lbbFgONRv9qkxdawL',
      challenge: 'r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096',
      answer: 'c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=',
      last: 'v=rmF9pqV8S7suAoZWja4dJRkFsKQ=',
    },
    {
      rfc: 'RFC 7677',
      hash: 'sha256',
      nonce: 'rOprNGfwEbeRWgbNEkqO',
      challenge: 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
      answer:
        'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
      last: 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
    },
  ];
  for (const { rfc, hash, nonce, challenge, answer, last } of examples) {
    test(rfc, async () => {
      const scram = new Scram(hash, 'user', 'pencil', nonce);
      assert.equal(scram.first, `n,,n=user,r=${nonce}`);
      assert.equal(await scram.answer(challenge), answer);
      assert.equal(scram.proves(last), true);
      assert.equal(scram.proves('v=AAAA'), false);
      assert.equal(scram.proves('e=other-error'), false);
    });
  }

  test('what a server must not ask is not answered', async () => {
    const scram = new Scram('sha1', 'a=b,c', 'pencil', 'ours');
    assert.equal(scram.first, 'n,,n=a=3Db=2Cc,r=ours');
    assert.equal(await scram.answer('r=theirs,s=QSXCR+Q6sek8bf92,i=4096'), null, 'another nonce');
    assert.equal(await scram.answer('r=ours1,s=QSXCR+Q6sek8bf92,i=1000000000'), null, 'endless work');
    assert.equal(await scram.answer('e=unknown-user'), null);
    assert.equal(scram.proves(''), false, 'before any answer');
  });
});
