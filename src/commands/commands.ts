import { bytes, duration, moment, percent } from '../cli/format.js';
import { CAUSES } from '../spool/cause.js';
import { type Deliveries, successOf } from '../spool/insight.js';
import { look } from '../spool/look.js';
import { parseJid } from '../xmpp/jid.js';
import type { AdminCommand, Answers, Step } from './command.js';
import type { Field, Form } from './form.js';

/** What the commands may do to the queue of an account. */
export interface Operations {
  /** Asks its sessions, and sends what is owed to those that answer. @returns how many were asked, and how many answered */
  replay(account: string): Promise<{ asked: number; answered: number }>;
  /** Removes all that is owed to it. @returns how much that was */
  drop(account: string, by: string): Promise<number>;
  /** Keeps back what is owed to an account, a device or a domain. @returns false where it was on hold already */
  hold(jid: string, by: string): Promise<boolean>;
  /** Ends that. @returns false where it was not on hold */
  release(jid: string, by: string): Promise<boolean>;
}

/** So much of a queue is shown: clients show forms whole. */
const MOST_SHOWN = 50;

const ACCOUNT: Field = {
  name: 'account',
  type: 'jid-single',
  label: 'Account (user@example.org)',
  required: true,
};

/** The commands for those who look after the server. */
export function adminCommands(spoolPath: string, operations: Operations): readonly AdminCommand[] {
  return [
    { node: 'stats', name: 'How delivery goes', run: () => stats(spoolPath) },
    {
      node: 'queue',
      name: "An account's queue",
      run: forAccount("An account's queue", of => queue(spoolPath, of)),
    },
    {
      node: 'devices',
      name: "An account's devices",
      run: forAccount("An account's devices", of => devices(spoolPath, of)),
    },
    {
      node: 'replay',
      name: "Replay an account's queue now",
      run: forAccount('Replay now', of => replay(operations, of)),
    },
    { node: 'hold', name: 'Put on hold', run: (answers, by) => hold(operations, answers, by) },
    {
      node: 'release',
      name: 'Release what is on hold',
      run: (answers, by) => release(operations, answers, by),
    },
    {
      node: 'drop',
      name: "Drop an account's queue",
      run: (answers, by) => drop(spoolPath, operations, answers, by),
    },
  ];
}

/** Asks for an account first. */
function forAccount(title: string, then: (account: string) => Promise<Step>) {
  return async (answers: Answers | undefined): Promise<Step> => {
    if (answers === undefined) return { is: 'asking', form: { title, fields: [ACCOUNT] }, more: false };
    const account = accountIn(answers);
    return account === undefined ? NO_ACCOUNT : then(account);
  };
}

const NO_ACCOUNT: Step = { is: 'wrong', why: 'account has to be a bare JID such as user@example.org' };

function accountIn(answers: Answers): string | undefined {
  const jid = parseJid(answers.get('account'));
  return jid !== null && jid.local !== '' && jid.resource === '' ? jid.bare : undefined;
}

async function stats(spoolPath: string): Promise<Step> {
  const now = Date.now();
  const { stats: counted, insight } = await look(spoolPath, { look: 'stats', now });
  const single = (name: string, label: string, value: string): Field => ({
    name,
    type: 'text-single',
    label,
    value,
  });
  const times: [string, string, Deliveries][] = [
    ['hour', 'last hour', insight.hour],
    ['day', 'last day', insight.day],
    ['start', 'since the start', insight.sinceStart],
  ];
  const delivery = times.flatMap(([name, label, of]) => [
    single(`success_${name}`, `Delivered, ${label}`, percent(successOf(of))),
    single(`ejabberd_${name}`, `By ejabberd, ${label}`, String(of.delivered)),
    single(`respool_${name}`, `By respool, ${label}`, String(of.replayed)),
    single(`lost_${name}`, `Lost for good, ${label}`, String(of.lost)),
  ]);
  const saved = CAUSES.map(cause => `${cause} ${insight.day.saved[cause]}`).join(', ');
  const crossed = Object.entries(counted.alerts).flatMap(([name, since]) => (since === null ? [] : [name]));
  const fields = [
    ...delivery,
    single('saved_day', 'Saved by respool, by cause, last day', saved),
    single('pending', 'Pending', String(counted.pending)),
    single('oldest', 'Oldest pending', counted.oldestAt === null ? 'none' : duration(now - counted.oldestAt)),
    single('spool_bytes', 'Spool in use', bytes(counted.bytes)),
    single('alerts', 'Alerts crossed', crossed.length === 0 ? 'none' : crossed.join(', ')),
  ];
  return { is: 'done', form: { title: 'How delivery goes', fields } };
}

async function queue(spoolPath: string, account: string): Promise<Step> {
  const { pendings, more } = await look(spoolPath, { look: 'queue', account, limit: MOST_SHOWN });
  if (pendings.length === 0) return { is: 'done', note: `nothing is pending for ${account}` };
  const columns = [
    { name: 'id', label: 'ID' },
    { name: 'device', label: 'Device' },
    { name: 'from', label: 'From' },
    { name: 'type', label: 'Type' },
    { name: 'received_at', label: 'Received' },
    { name: 'expires_at', label: 'Expires' },
    { name: 'size', label: 'Size' },
  ];
  const rows = pendings.map(one => [
    String(one.id),
    one.resource ?? '(any)',
    one.from,
    one.type,
    moment(one.receivedAt),
    moment(one.expiresAt),
    bytes(one.size),
  ]);
  const form: Form = { title: `The queue of ${account}`, table: { columns, rows } };
  const shown = more ? `the oldest ${MOST_SHOWN} are shown, there are more` : `${pendings.length} pending`;
  return { is: 'done', note: shown, form };
}

async function devices(spoolPath: string, account: string): Promise<Step> {
  const known = await look(spoolPath, { look: 'devices', account });
  if (known.length === 0) return { is: 'done', note: `no device of ${account} is known` };
  const columns = [
    { name: 'device', label: 'Device' },
    { name: 'online', label: 'Online' },
    { name: 'answers_pings', label: 'Answers pings' },
    { name: 'first_seen', label: 'First seen' },
    { name: 'last_seen', label: 'Last seen' },
    { name: 'pending', label: 'Pending' },
  ];
  const yesNo = (yes: boolean) => (yes ? 'yes' : 'no');
  const rows = known.map(one => [
    one.resource,
    yesNo(one.online),
    !one.answers ? 'no' : one.proofs > 0 ? 'yes' : 'unknown',
    moment(one.firstSeen),
    moment(one.lastSeen),
    String(one.pending),
  ]);
  return { is: 'done', form: { title: `The devices of ${account}`, table: { columns, rows } } };
}

async function replay(operations: Operations, account: string): Promise<Step> {
  const { asked, answered } = await operations.replay(account);
  if (asked === 0)
    return { is: 'done', note: `${account} is not online; what is owed comes at its next login` };
  const then = answered === 0 ? 'what is owed comes when one does' : 'what is owed is on its way';
  return { is: 'done', note: `${answered} of ${asked} sessions answered; ${then}` };
}

const WHOSE: Field = {
  ...ACCOUNT,
  label: 'Account (user@example.org), device (user@example.org/phone) or domain (example.org)',
};

/** An account, a device or a domain; null: what was filled in is none. */
function whoseIn(answers: Answers): string | null {
  const jid = parseJid(answers.get('account'));
  return jid !== null && (jid.local !== '' || jid.resource === '') ? jid.full : null;
}

const NOBODY: Step = { is: 'wrong', why: 'account has to be an account, a device or a domain' };

/** Keeps back what is owed. */
async function hold(operations: Operations, answers: Answers | undefined, by: string): Promise<Step> {
  const instructions = 'What is owed is kept, is not sent, and does not expire, until it is released.';
  if (answers === undefined)
    return { is: 'asking', form: { title: 'Put on hold', instructions, fields: [WHOSE] }, more: false };
  const jid = whoseIn(answers);
  if (jid === null) return NOBODY;
  const isNew = await operations.hold(jid, by);
  return { is: 'done', note: isNew ? `${jid} is on hold` : `${jid} is on hold already` };
}

/** Lets it go on. */
async function release(operations: Operations, answers: Answers | undefined, by: string): Promise<Step> {
  const title = 'Release what is on hold';
  if (answers === undefined) return { is: 'asking', form: { title, fields: [WHOSE] }, more: false };
  const jid = whoseIn(answers);
  if (jid === null) return NOBODY;
  const done = await operations.release(jid, by);
  return { is: 'done', note: done ? `${jid} is released` : `${jid} is not on hold` };
}

/** Asks once more before it acts: what is dropped nobody gets any more. */
async function drop(
  spoolPath: string,
  operations: Operations,
  answers: Answers | undefined,
  by: string,
): Promise<Step> {
  const title = "Drop an account's queue";
  if (answers === undefined) return { is: 'asking', form: { title, fields: [ACCOUNT] }, more: true };
  const account = accountIn(answers);
  if (account === undefined) return NO_ACCOUNT;
  if (answers.get('sure') === undefined) {
    const { pendings, more } = await look(spoolPath, { look: 'queue', account, limit: 1_000 });
    if (pendings.length === 0) return { is: 'done', note: `nothing is pending for ${account}` };
    const count = more ? `more than ${pendings.length}` : String(pendings.length);
    const instructions = `${count} pending for ${account}. What is dropped nobody gets any more.`;
    const fields: Field[] = [
      { name: 'account', type: 'hidden', label: 'Account', value: account },
      { name: 'sure', type: 'boolean', label: 'Drop it', value: '0', required: true },
    ];
    return { is: 'asking', form: { title, instructions, fields }, more: false };
  }
  if (!['1', 'true'].includes(answers.get('sure') ?? '')) return { is: 'done', note: 'nothing was dropped' };
  const dropped = await operations.drop(account, by);
  return { is: 'done', note: `${dropped} dropped, of ${account}` };
}
