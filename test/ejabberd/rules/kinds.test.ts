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

/** Waits until all has been stored, and whoever is there has proved what came. */
function onlyOwedTo(stage: Stage, account: string, device: string): Promise<void> {
  return stage.respool.until(`${account} is owed for the ${device} alone`, () => {
    const pendings = stage.respool.pendings(account);
    return pendings.at(-1)?.stanzaId === 'last' && pendings.every(({ resource }) => resource === device);
  });
}

/** alice writes one of each kind to bob. @returns what came where, by the kind */
async function oneOfEach(stage: Stage, { to: device, isLater = false }: Case): Promise<Record<string, Row>> {
  const { alice, bob } = await stage.people();
  const [writer = ''] = alice.jid.split('/');
  await stage.known(`${writer}/tablet`);
  const laptop = await stage.bind(`${bob}/laptop`);
  laptop.presence();
  await stage.there(bob);
  const to = device === 'account' ? bob : `${bob}/${device}`;
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
  if (isLater) for (const account of [bob, writer]) stage.respool.change(AGE, account);
  const phone = await stage.bind(`${bob}/phone`);
  phone.presence();
  const tablet = await stage.bind(`${writer}/tablet`);
  tablet.presence();
  await stage.has(phone, ['last']);
  await stage.has(tablet, ['last']);
  if (!isLater) for (const account of [bob, writer]) await stage.nothingPending(account);
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

/** How alice writes, and when the phone comes: a moment after it, or more than a minute. */
interface Case {
  to: 'account' | 'phone' | 'laptop';
  isLater?: boolean;
}

const NEVER = [
  'chat state (XEP-0085)',
  'IBB data (XEP-0047)',
  'Jingle (XEP-0166)',
  'text as it is typed (XEP-0301)',
  'hint no-store (XEP-0334)',
];
const CALLS = ['call set-up (XEP-0353)', 'call invitation (XEP-0482)', 'attention (XEP-0224)'];
/** The writer's other devices are not to have them. */
const UNSHARED = [
  'event of a node (XEP-0060, XEP-0163)',
  'private, as OTR has it (XEP-0280)',
  'hint no-copy (XEP-0334)',
];
/** To a device, they are for that one. */
const FOR_ONE = [...CALLS, ...UNSHARED, 'data form (XEP-0004)'];

function right(kind: string, { to, isLater = false }: Case): Row {
  const isGone = NEVER.includes(kind) || (isLater && CALLS.includes(kind));
  const isForLaptop = to === 'laptop' && FOR_ONE.includes(kind);
  return {
    laptop: 'ejabberd',
    phone: isGone || isForLaptop ? '-' : 'respool',
    tablet: isGone || UNSHARED.includes(kind) ? '-' : 'respool',
  };
}

suite('one of each kind of stanza, to an account with one device online and one away', stage => {
  const cases: Record<string, Case> = {
    'to the account': { to: 'account' },
    'to the device that is away': { to: 'phone' },
    'to the device that is there': { to: 'laptop' },
    'to the account, more than a minute before the other comes': { to: 'account', isLater: true },
  };
  for (const [name, one] of Object.entries(cases)) {
    test(name, async t => {
      const rows = await oneOfEach(stage, one);
      t.diagnostic(shown(name, rows));
      const wanted = Object.keys(rows).map(kind => [kind, right(kind, one)]);
      assert.deepEqual(rows, Object.fromEntries(wanted));
    });
  }
});
