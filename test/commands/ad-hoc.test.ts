import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Element } from '@xmpp/component';
import { AdHoc } from '../../src/commands/ad-hoc.js';
import type { AdminCommand, Answers } from '../../src/commands/command.js';
import { parse } from '../way.js';

const NS = 'http://jabber.org/protocol/commands';
const DOMAIN = 'respool.example.org';

const seen: (Answers | undefined)[] = [];
const by: string[] = [];
const failures: string[] = [];
const commands: AdminCommand[] = [
  {
    node: 'ask',
    name: 'Asks',
    async run(answers, account) {
      seen.push(answers);
      by.push(account);
      if (answers === undefined) {
        const fields = [{ name: 'account', type: 'jid-single', label: 'Who?', required: true } as const];
        return { is: 'asking', form: { title: 'A & B', fields }, more: true };
      }
      if (answers.get('account') === 'wrong') return { is: 'wrong', why: 'not so' };
      const table = { columns: [{ name: 'a', label: 'A' }], rows: [['<one>'], ['two\u0000']] };
      return { is: 'done', note: 'it is done', form: { title: 'T', table } };
    },
  },
  { node: 'fails', name: 'Fails', run: () => Promise.reject(new Error('of ours')) },
];
const adHoc = new AdHoc({
  domain: DOMAIN,
  admins: new Set(['admin@example.org']),
  commands,
  failed: (command, error) => failures.push(`${command}: ${error}`),
});

const stanza = (attributes: string, inside = '', from = 'Admin@example.org/pc') =>
  parse(
    `<iq type='set' from='${from}' to='${DOMAIN}' id='1'><command xmlns='${NS}' ${attributes}>${inside}</command></iq>`,
  );

async function ask(attributes: string, inside?: string, from?: string): Promise<Element> {
  const request = stanza(attributes, inside, from);
  assert.ok(adHoc.isRequest(request));
  const text = await adHoc.answer(request);
  assert.ok(text !== null);
  return parse(text);
}

const submit = (account: string) =>
  `<x xmlns='jabber:x:data' type='submit'><field var='account'><value> ${account} </value></field></x>`;
const conditions = (answer: Element) =>
  answer
    .getChild('error')
    ?.getChildElements()
    .map(({ name }) => name);

describe('an ad-hoc command', () => {
  test('asks for a form, and is done with the answers', async () => {
    const first = (await ask("node='ask'")).getChild('command', NS);
    assert.equal(first?.attrs.status, 'executing');
    assert.ok(first?.attrs.sessionid);
    assert.equal(first?.getChild('actions')?.attrs.execute, 'next');
    const form = first?.getChild('x', 'jabber:x:data');
    assert.deepEqual([form?.attrs.type, form?.getChildText('title')], ['form', 'A & B']);
    assert.ok(form?.getChild('field')?.getChild('required'));
    const second = (await ask("node='ask' action='next' sessionid='s&quot;1'", submit('a@b'))).getChild(
      'command',
    );
    assert.equal(seen.at(-1)?.get('account'), 'a@b');
    assert.deepEqual([second?.attrs.status, second?.attrs.sessionid], ['completed', 's"1']);
    assert.equal(second?.getChildText('note'), 'it is done');
    const items = second?.getChild('x')?.getChildren('item') ?? [];
    assert.deepEqual(
      items.map(item => item.getChild('field')?.getChildText('value')),
      ['<one>', 'two\ufffd'],
    );
  });

  test('is canceled without being run, and goes back to its first form', async () => {
    const before = seen.length;
    const canceled = await ask("node='ask' action='cancel' sessionid='s'", submit('a@b'));
    assert.equal(canceled.getChild('command')?.attrs.status, 'canceled');
    assert.equal(seen.length, before);
    await ask("node='ask' action='prev' sessionid='s'", submit('a@b'));
    assert.equal(seen.at(-1), undefined);
  });

  test('is forbidden to everyone else, whatever they ask for', async () => {
    const before = seen.length;
    for (const from of ['other@example.org/pc', 'admin@evil.org/pc', 'example.org', DOMAIN]) {
      for (const node of ['ask', 'nothing']) {
        assert.deepEqual(conditions(await ask(`node='${node}'`, '', from)), ['forbidden']);
      }
    }
    assert.equal(seen.length, before);
    assert.deepEqual(adHoc.commandsFor('other@example.org'), []);
    assert.equal(adHoc.commandsFor('admin@example.org').length, 2);
  });

  test('errors: unknown, malformed, wrongly filled in, failed', async () => {
    assert.deepEqual(conditions(await ask("node='nothing'")), ['item-not-found']);
    assert.deepEqual(conditions(await ask("node='ask' action='dance'")), ['bad-request', 'malformed-action']);
    const wrong = await ask("node='ask' sessionid='s'", submit('wrong'));
    assert.deepEqual(conditions(wrong), ['bad-request', 'text', 'bad-payload']);
    assert.deepEqual(conditions(await ask("node='fails'")), ['internal-server-error']);
    assert.deepEqual(failures, ['fails: Error: of ours']);
  });

  test('other stanzas are none', () => {
    for (const other of [
      `<iq type='get' to='${DOMAIN}' from='a@b' id='1'><command xmlns='${NS}' node='ask'/></iq>`,
      `<iq type='set' to='x@${DOMAIN}' from='a@b' id='1'><command xmlns='${NS}' node='ask'/></iq>`,
      `<iq type='set' to='${DOMAIN}' from='a@b' id='1'><query xmlns='jabber:iq:roster'/></iq>`,
      `<message to='${DOMAIN}' from='a@b'><command xmlns='${NS}' node='ask'/></message>`,
    ]) {
      assert.equal(adHoc.isRequest(parse(other)), false);
    }
  });

  test('is told who gives it, whatever his device', async () => {
    await ask("node='ask'");
    assert.equal(by.at(-1), 'admin@example.org');
  });
});
