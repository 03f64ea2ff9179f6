import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Change } from '../../src/presence/change.js';
import { Directory } from '../../src/presence/directory.js';
import { Removal } from '../../src/removal/removal.js';
import type { Ruling } from '../../src/rules/ruling.js';
import type { SpoolPort } from '../../src/spool/client.js';
import { Message } from '../../src/tap/message.js';
import { type Jid, parseJid } from '../../src/xmpp/jid.js';
import { FakeClock } from '../fake-clock.js';
import { parse } from '../way.js';

const BOB = jid('bob@example.org');
const PHONE = jid('bob@example.org/phone');
const ERROR = "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>";
const GONE = `<error type='cancel'>${ERROR}</error>`;
const AWAY = `<error type='cancel'>${ERROR}<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>User session not found</text></error>`;

function jid(text: string): Jid {
  const read = parseJid(text);
  assert.ok(read);
  return read;
}

class Stage {
  readonly clock = new FakeClock();
  readonly directory = new Directory();
  readonly forgotten: string[] = [];
  readonly notes: string[] = [];
  readonly sent: string[] = [];
  readonly removal: Removal;
  /** What the spool has from before. */
  owed: string[] = [];

  constructor() {
    const spool = {
      ask: async (question: { ask: string; account?: string; after?: number }) => {
        if (question.ask === 'owed-accounts') return { accounts: this.owed, last: null };
        this.forgotten.push(question.account ?? '');
        return { messages: 3, devices: 1, memberships: 0, lines: 0, more: false };
      },
    } as unknown as SpoolPort;
    this.removal = new Removal({
      ...{ domain: 'respool.example.org', directory: this.directory, spool, clock: this.clock },
      send: text => this.sent.push(text) > 0,
      note: line => this.notes.push(line),
    });
    this.removal.online();
  }

  writesTo({ full }: Jid): void {
    const message = new Message(parse(`<message to='${full}'/>`), jid('alice@example.org/pc'), BOB);
    const ruling: Ruling = { whom: 'account', life: 1, shared: true, counts: true, refersTo: null };
    this.handle({ kind: 'sent', message, ruling, sure: [], toLocal: true, again: false });
  }

  handle(change: Change): void {
    this.removal.handle(change);
  }

  /** The server, or another one, answers the last question. */
  answers(error: string, from = BOB): boolean {
    const id = parse(this.sent.at(-1) ?? '').attrs.id ?? '';
    return this.removal.answered(
      parse(`<message type='error' id='${id}' from='${from.full}'>${error}</message>`),
      from,
    );
  }
}

describe('accounts that were removed', () => {
  test('by an operator, while away with something owed', async () => {
    const stage = new Stage();
    stage.writesTo(BOB);
    await stage.clock.pass(6_000);
    assert.equal(stage.sent.length, 1);
    const { name, attrs } = parse(stage.sent[0] ?? '');
    assert.deepEqual([name, attrs.to, attrs.from], ['message', BOB.full, 'respool.example.org']);
    assert.equal(stage.answers(AWAY), true);
    stage.handle({ kind: 'unsubscribed', account: BOB.bare });
    await stage.clock.pass(1_000);
    assert.equal(stage.sent.length, 2);
    stage.answers(GONE, PHONE);
    assert.deepEqual(stage.forgotten, [], 'a client says nothing of its account');
    stage.answers(GONE);
    await stage.clock.pass(0);
    assert.deepEqual(stage.forgotten, [BOB.bare]);
    assert.deepEqual(stage.notes, [
      'bob@example.org has been removed, and is forgotten: 3 messages, 1 devices',
    ]);
  });

  test('are watched where something was owed to them before respool began', async () => {
    const stage = new Stage();
    stage.owed = [BOB.bare];
    await stage.clock.pass(7_000);
    assert.equal(stage.sent.length, 1);
  });

  test('are not asked about while somebody is online', async () => {
    const stage = new Stage();
    stage.writesTo(BOB);
    stage.directory.announced({ kind: 'available', jid: PHONE, priority: 0, presence: '' }, 0);
    await stage.clock.pass(7_000);
    stage.writesTo(BOB);
    await stage.clock.pass(7_000);
    assert.deepEqual(stage.sent, []);
  });

  test('are there where somebody came online meanwhile, whatever the answer', async () => {
    const stage = new Stage();
    stage.writesTo(BOB);
    await stage.clock.pass(6_000);
    stage.answers(AWAY);
    stage.handle({ kind: 'unsubscribed', account: BOB.bare });
    await stage.clock.pass(1_000);
    assert.equal(stage.sent.length, 2);
    stage.directory.found(PHONE, 0, 0);
    stage.answers(GONE);
    await stage.clock.pass(0);
    assert.deepEqual(stage.forgotten, []);
  });

  test('are nobody that was there in another stream', async () => {
    const stage = new Stage();
    stage.writesTo(BOB);
    await stage.clock.pass(6_000);
    stage.answers(AWAY);
    stage.removal.offline();
    await stage.clock.pass(7_200_000);
    assert.equal(stage.sent.length, 1);
    stage.removal.online();
    stage.writesTo(BOB);
    await stage.clock.pass(6_000);
    stage.answers(GONE);
    await stage.clock.pass(0);
    assert.deepEqual(stage.forgotten, []);
  });

  test('take no other error for an answer', () => {
    const stage = new Stage();
    const error = parse(`<message type='error' id='there-x-1' from='${BOB.full}'>${GONE}</message>`);
    assert.equal(stage.removal.answered(error, BOB), false);
  });
});
