import { GIVES, type Life, type Step } from '../../spool/history/lives.js';
import type { Pending } from '../../spool/pendings.js';
import { bareOf } from '../../xmpp/jid.js';
import { duration, moment, printable, utc } from '../format.js';
import { styled, type Terminal } from '../terminal.js';

/** What became of a message, and to whom it is owed still. */
export type TracedLife = Life & { readonly pendings: readonly Pending[] };

/** What happened to respool, and not to the session whose proof is lost by it. */
const OF_RESPOOL: Readonly<Record<string, string>> = {
  started: 'not proved before respool started anew',
  disconnected: 'not proved before respool lost its connection to ejabberd',
};
const DAY = '2026-11-25'.length;
/** What nobody got. */
const BAD: readonly string[] = [
  'refused',
  'expired',
  'evicted',
  'dropped',
  'lost',
  'left',
  'bounced',
  'disconnected',
];

/** @returns as JSON has it, see src/manual/json.md */
export function asJson({ id, stored, steps, pendings }: TracedLife) {
  return {
    id,
    account: stored?.account ?? null,
    from: stored?.from ?? null,
    to: stored?.to ?? null,
    type: stored?.type ?? null,
    stanza_id: stored?.stanzaId ?? null,
    stored_at: utc(stored?.at ?? null),
    steps: steps.map(({ at, event, jid, by }) => ({ at: utc(at), event, session: jid, by })),
    pending: pendings.map(({ account, resource }) => ({ account, device: resource })),
  };
}

/** @returns lines, the last without its end */
export function asText(life: TracedLife, on: Terminal | null): string {
  const { id, stored, steps, pendings } = life;
  const head = stored === null ? `${id}  stored before the history reaches` : headOf(id, stored);
  const day = moment(stored?.at ?? steps[0]?.at ?? 0).slice(0, DAY);
  const began = new Map<string, number>();
  const lines = [
    ...(stored === null ? [] : [`  ${when(stored.at, day)}  stored`]),
    ...steps.map(step => stepAsText(step, day, stored?.account ?? null, began, on)),
    ...pendings.map(({ account, resource }) => {
      const whom = resource === null ? `${printable(account)} (any device)` : printable(resource);
      return `  ${styled('yellow', 'pending', on)}  for ${whom}`;
    }),
  ];
  return [styled('bold', head, on), ...lines, ''].join('\n');
}

function headOf(id: number, { at, account, from, to, type, stanzaId }: NonNullable<Life['stored']>): string {
  const name = stanzaId === null ? '' : `, id ${printable(stanzaId)}`;
  const isForOthers = account !== null && bareOf(from) === account && bareOf(to) !== account;
  const whom = isForOthers
    ? `${printable(to)}, for the other devices of ${printable(account)}`
    : printable(to);
  return `${id}  ${moment(at)}  ${printable(from)} to ${whom} (${printable(type)}${name})`;
}

function stepAsText(
  { at, event, jid, by }: Step,
  day: string,
  account: string | null,
  began: Map<string, number>,
  on: Terminal | null,
): string {
  const whom = jid === null ? '' : bareOf(jid) === account ? jid.slice(account.length + 1) : jid;
  const since = began.get(whom);
  if (GIVES.includes(event)) began.set(whom, at);
  const took = event === 'proved' && since !== undefined ? ` after ${duration(Math.max(0, at - since))}` : '';
  const how = by === null ? '' : `, brought by ${by}`;
  const style = BAD.includes(event) ? 'red' : event === 'proved' ? 'green' : null;
  const said = OF_RESPOOL[event] ?? event;
  const word = style === null ? said : styled(style, said, on);
  return `  ${when(at, day)}  ${whom === '' ? '' : `${printable(whom)}: `}${word}${took}${how}`;
}

/** The time of day; with the day where it is another one. */
function when(at: number, day: string): string {
  const text = utc(at);
  return text.startsWith(day) ? text.slice(DAY + 1) : text;
}
