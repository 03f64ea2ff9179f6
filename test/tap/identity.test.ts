import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Element, xml } from '@xmpp/component';
import fc from 'fast-check';
import { contentHashOf, identityOf, roomIdentityOf } from '../../src/tap/identity.js';
import { parseJid } from '../../src/xmpp/jid.js';
import { StreamParser } from '../../src/xmpp/parser.js';
import { element } from '../hostile/stanzas.js';
import { tries } from '../tries.js';

const [SENDER, ACCOUNT] = ['alice@alpha.test/pc', 'bob@alpha.test'];

function parsed(text: string): Element {
  const parser = new StreamParser();
  let first: Element | undefined;
  parser.on('element', one => {
    first = one;
  });
  parser.write(`<stream:stream>${text}`);
  if (first === undefined) throw new Error('nothing was read');
  return first;
}

const of = (children: readonly string[]) =>
  identityOf(SENDER, ACCOUNT, 'id', parsed(`<message>${children.join('')}</message>`));

describe('the identity of a message', () => {
  test('does not depend on the order of what is in it, which the storage of a server may change', () => {
    fc.assert(
      fc.property(fc.array(element, { maxLength: 14 }), fc.infiniteStream(fc.nat()), (children, random) => {
        const order = new Map(children.map(child => [child, random.next().value as number]));
        const others = [...children].sort((one, other) => (order.get(one) ?? 0) - (order.get(other) ?? 0));
        assert.equal(of(others), of(children));
      }),
      { numRuns: tries(300), seed: 8 },
    );
  });

  test('nor on the order of attributes', () => {
    const [one, other] = ["<x b='1' a='2' xmlns='y'/>", "<x xmlns='y' a='2' b='1'/>"];
    assert.equal(of([one]), of([other]));
    const many = Array.from({ length: 12 }, (_, n) => `a${n}='${n}'`);
    assert.equal(of([`<x ${many.join(' ')}/>`]), of([`<x ${many.reverse().join(' ')}/>`]));
  });

  test('differs where anything else does', () => {
    const texts = [
      ...['<body>a</body>', '<body>b</body>', '<body xml:lang="en">a</body>', '<subject>a</subject>'],
      ...['<body/>', '<body>a</body><body>b</body>', '<body>a<b/></body>', '<body><b>a</b></body>'],
    ];
    assert.equal(new Set(texts.map(text => of([text]))).size, texts.length);
    const message = xml('message', {}, xml('body', {}, 'a'));
    const others = [
      identityOf(SENDER, ACCOUNT, 'id', message),
      identityOf(SENDER, ACCOUNT, undefined, message),
      identityOf(ACCOUNT, ACCOUNT, 'id', message),
      identityOf(SENDER, SENDER, 'id', message),
    ];
    assert.equal(new Set(others).size, others.length);
  });

  test('is that of spools which are there: what is pending is known again after an upgrade', () => {
    const twins = "<x xmlns='b'>2</x><body>ö &amp; 👩‍👩‍👧</body><x xmlns='a'><z/></x>";
    const added =
      "<delay xmlns='urn:xmpp:delay' stamp='2026-11-23T04:42:21Z'/><no-copy xmlns='urn:xmpp:hints'/>";
    const origin = "<origin-id xmlns='urn:xmpp:sid:0' id='o'/>";
    assert.deepEqual(
      [of(['<body>hello</body>']), of([twins]), of([twins, added]), of([origin, twins])],
      ['U8YKLcimV1pGfZv1', 'td7ap01WgOPVSMXW', 'td7ap01WgOPVSMXW', '9f0pvHvsNj6PiZR4'],
    );
    assert.equal(contentHashOf(parsed(`<message>${origin}${twins}</message>`)), 'LyvNhW/GYdlfb3rX');
    const occupant = parseJid(SENDER);
    assert.ok(occupant !== null);
    const [hello, nothing] = ['<body>hello</body>', "<x xmlns='a'/>"].map(text =>
      parsed(`<message>${text}</message>`),
    );
    for (const said of [hello, nothing]) {
      assert.ok(said !== undefined);
      for (const id of ['id', undefined])
        assert.equal(roomIdentityOf(occupant, id, said), identityOf(occupant.full, occupant.bare, id, said));
    }
  });
});
