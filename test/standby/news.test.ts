import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type News, Newswire } from '../../src/standby/news.js';
import { parse } from '../way.js';

const [A, B] = ['respool.alpha.test', 'respool-b.alpha.test'];

/** What one respool takes of what the other tells. */
function told(news: News): News | undefined {
  let taken: News | undefined;
  const other = new Newswire({
    ...{ domain: B, peer: A, send: () => true },
    take: one => {
      taken = one;
    },
  });
  const send = (text: string) => other.take(parse(text));
  new Newswire({ domain: A, peer: B, send, take: () => assert.fail() }).tell(news);
  return taken;
}

describe('what one respool tells the other', () => {
  test('a session that is not there', () => {
    const news: News = { is: 'gone', jid: "o'neill@alpha.test/<phone> & more", age: 1_234 };
    assert.deepEqual(told(news), news);
  });

  test('messages that another server has taken', () => {
    const messages = [
      { sender: 'a@alpha.test/pc', recipient: 'b@beta.test', stanzaId: '1' },
      { sender: 'a@alpha.test/pc', recipient: 'c@beta.test', stanzaId: "'2'" },
    ];
    assert.deepEqual(told({ is: 'arrived', messages }), { is: 'arrived', messages });
  });

  test('a stanza of mod_push_offline, as it came', () => {
    const text = `<message from='b@alpha.test' to='${A}' id='1'><event xmlns='x'>&lt;離線&gt;</event></message>`;
    const taken = told({ is: 'pushed', stanza: parse(text) });
    assert.equal(taken?.is, 'pushed');
    const { attrs, children } = taken.stanza;
    assert.deepEqual([attrs.from, attrs.id], ['b@alpha.test', '1']);
    assert.equal(children.length, 1);
    assert.equal(taken.stanza.getChildText('event'), '<離線>');
  });

  test('what somebody has put on hold, or released, by hand', () => {
    const all: News[] = [
      { is: 'on-hold', jid: "o'neill@alpha.test/<phone>", by: 'root (alice, by "sudo")' },
      { is: 'released', jid: "o'neill@alpha.test/<phone>" },
    ];
    for (const news of all) assert.deepEqual(told(news), news);
  });

  test('what is no news, or came back, is not taken for any', () => {
    const wire = new Newswire({ domain: A, peer: B, send: () => true, take: () => assert.fail() });
    assert.equal(wire.take(parse(`<message from='${B}' to='${A}'><body>news</body></message>`)), false);
    const back = `<message from='${B}' to='${A}' type='error'><news xmlns='urn:respool:standby:0' is='gone'/></message>`;
    assert.equal(wire.take(parse(back)), false);
  });
});
