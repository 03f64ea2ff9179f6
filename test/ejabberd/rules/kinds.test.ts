import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Element } from '@xmpp/component';
import { kinds } from '../../rules/kinds.js';
import type { Client } from '../client.js';
import { type Stage, suite } from '../repeats/stage.js';

const HINTS = 'urn:xmpp:hints';
const CARBONS = 'urn:xmpp:carbons:2';

/** The id of what a client was sent, and who has sent it. */
function cameBy(message: Element): [id: string | undefined, by: 'ejabberd' | 'respool'] {
  const isReplay = ['no-copy', 'no-permanent-store'].every(
    name => message.getChild(name, HINTS) !== undefined,
  );
  const sent = message.getChild('sent', CARBONS)?.getChild('forwarded')?.getChild('message');
  return [(sent ?? message).attrs.id, isReplay ? 'respool' : 'ejabberd'];
}

/** What came to a client of each of these, in short: by whom, or "-". */
function seenBy({ messages }: Client, ids: readonly string[]): string[] {
  const came = messages.map(cameBy);
  return ids.map(id => came.flatMap(([one, by]) => (one === id ? [by] : [])).join('+') || '-');
}

/**
 * What becomes of each kind: at the laptop, which is there; at the phone, which comes a moment later; at alice's other
 * device, which comes a moment later too.
 */
interface Row {
  laptop: string;
  phone: string;
  tablet: string;
}

/** Those that live for a minute have lived. */
const AGE = `
  UPDATE message SET expires_at = received_at
  WHERE expires_at - received_at <= 60000 AND account = (SELECT id FROM account WHERE jid = ?)`;

/** Waits until whoever is there has proved what came. */
function onlyOwedTo(stage: Stage, account: string, device: string): Promise<void> {
  const others = () => stage.respool.pendings(account).filter(({ resource }) => resource !== device);
  return stage.respool.until(`${account} is owed for the ${device} alone`, () => others().length === 0);
}

/** alice writes one of each kind to bob: to his account, or to his phone. @returns what came where, by the kind */
async function oneOfEach(stage: Stage, toPhone: boolean, later: boolean): Promise<Record<string, Row>> {
  const { alice, bob } = await stage.people();
  const [writer = ''] = alice.jid.split('/');
  await stage.known(`${writer}/tablet`);
  const laptop = await stage.bind(`${bob}/laptop`);
  laptop.presence();
  await stage.there(bob);
  const to = toPhone ? `${bob}/phone` : bob;
  alice.message(to, 'the message that some are about', { id: 'target' });
  const all = Object.entries(kinds('target'));
  const ids = all.map((_, nth) => `kind-${nth}`);
  for (const [nth, [, inside]] of all.entries()) {
    alice.send(`<message to='${to}' type='chat' id='kind-${nth}'>${inside}</message>`);
  }
  alice.message(to, 'the last one', { id: 'last' });
  await stage.has(laptop, ['last']);
  await stage.caughtUp();
  await onlyOwedTo(stage, bob, 'phone');
  await onlyOwedTo(stage, writer, 'tablet');
  if (later) for (const account of [bob, writer]) stage.respool.change(AGE, account);
  const phone = await stage.bind(`${bob}/phone`);
  phone.presence();
  const tablet = await stage.bind(`${writer}/tablet`);
  tablet.presence();
  await stage.has(phone, ['last']);
  await stage.has(tablet, ['last']);
  if (!later) for (const account of [bob, writer]) await stage.nothingPending(account);
  for (const client of [phone, laptop, tablet]) await client.flush();
  const seen = [laptop, phone, tablet].map(client => seenBy(client, ids));
  return Object.fromEntries(
    all.map(([kind], nth) => {
      const [atLaptop = '', atPhone = '', atTablet = ''] = seen.map(of => of[nth]);
      return [kind, { laptop: atLaptop, phone: atPhone, tablet: atTablet }];
    }),
  );
}

function shown(name: string, rows: Record<string, Row>): string {
  const lines = Object.entries(rows).map(
    ([kind, { laptop, phone, tablet }]) => `| ${kind} | ${laptop} | ${phone} | ${tablet} |`,
  );
  return [name, '| kind | laptop | phone | tablet of the writer |', '|---|---|---|---|', ...lines].join('\n');
}

const [BOTH, NOBODY, CALL, UNSHARED]: Row[] = [
  { laptop: 'ejabberd', phone: 'respool', tablet: 'respool' },
  { laptop: 'ejabberd', phone: '-', tablet: '-' },
  { laptop: 'ejabberd', phone: 'respool', tablet: 'respool' },
  { laptop: 'ejabberd', phone: 'respool', tablet: '-' },
] as const;
const NEVER = [
  'chat state (XEP-0085)',
  'IBB data (XEP-0047)',
  'Jingle (XEP-0166)',
  'text as it is typed (XEP-0301)',
  'hint no-store (XEP-0334)',
];
const CALLS = ['call set-up (XEP-0353)', 'call invitation (XEP-0482)', 'attention (XEP-0224)'];
const FOR_ONE = [
  'event of a node (XEP-0060, XEP-0163)',
  'private, as OTR has it (XEP-0280)',
  'hint no-copy (XEP-0334)',
];

function right(kind: string, later: boolean): Row {
  if (NEVER.includes(kind)) return NOBODY as Row;
  if (CALLS.includes(kind)) return (later ? NOBODY : CALL) as Row;
  return (FOR_ONE.includes(kind) ? UNSHARED : BOTH) as Row;
}

suite('one of each kind of stanza, to an account with one device online and one away', stage => {
  for (const [name, toPhone, later] of [
    ['to the account', false, false],
    ['to the device that is away', true, false],
    ['to the account, more than a minute before the other comes', false, true],
  ] as const) {
    test(name, async t => {
      const rows = await oneOfEach(stage, toPhone, later);
      t.diagnostic(shown(name, rows));
      const wanted = Object.keys(rows).map(kind => [kind, right(kind, later)]);
      assert.deepEqual(rows, Object.fromEntries(wanted));
    });
  }
});
