import type { Element } from '@xmpp/component';
import { controlPath, DaemonLine } from '../../control/daemon-line.js';
import type { Standing } from '../../control/requests.js';
import { harmless } from '../../monitor/harmless.js';
import { LONGEST_ID } from '../../spool/lines.js';
import type { Pending } from '../../spool/pendings.js';
import { SpoolReader, type StoredMessage } from '../../spool/spool-reader.js';
import type { Undelivered } from '../../spool/undelivered.js';
import { bytes, duration, moment, printable, utc } from '../format.js';
import type { Output } from '../output.js';
import { type Reason, reasonOf } from './reason.js';

export interface ShowQuestion {
  spoolPath: string;
  id: number;
  body: boolean;
  json: boolean;
}

type Explained = Pending & Reason;

/**
 * Prints one message: its headers, to whom it is owed, and why it is still; or why it could not be sent.
 * @returns the exit code: 1 where it is not pending
 */
export async function queueShow({ spoolPath, id, body, json }: ShowQuestion, out: Output): Promise<number> {
  const reader = SpoolReader.open(spoolPath);
  const daemon = await DaemonLine.open(controlPath(spoolPath));
  try {
    const refusal = reader.refusal(id);
    if (refusal !== undefined) {
      await out.write(
        json ? `${JSON.stringify(refusalAsJson(id, refusal), null, 2)}\n` : refusalAsText(id, refusal),
      );
      return 0;
    }
    const message = reader.message(id);
    const explained = message === undefined ? [] : await explain(reader, daemon, id, message);
    const [first] = explained;
    if (message === undefined || first === undefined) throw new NotPending(id);
    if (json) await out.line(JSON.stringify(asJson(first, explained, message, body), null, 2));
    else await out.write(asText(first, explained, message, body ? await bodyOf(message.payload) : null));
    return 0;
  } finally {
    daemon?.close();
    reader.close();
  }
}

/** There is no such message, or no more. */
export class NotPending extends Error {
  constructor(id: number) {
    super(
      `${id} is not pending: it was delivered, has left the spool otherwise, or never was; respool trace ${id} says which`,
    );
  }
}

async function explain(
  reader: SpoolReader,
  daemon: DaemonLine | null,
  id: number,
  { room, domain, heldUntil: blockedUntil }: StoredMessage,
): Promise<Explained[]> {
  const now = Date.now();
  const explained: Explained[] = [];
  const standings = new Map<string, Standing | null>();
  for (const pending of reader.pendings({ id })) {
    const { account } = pending;
    const standing = standings.get(account) ?? (await daemon?.ask('standing', { account, id, room })) ?? null;
    standings.set(account, standing);
    const devices = [...reader.devices(account)];
    explained.push({
      ...pending,
      ...reasonOf(pending, { devices, room, domain, blockedUntil, standing, now }),
    });
  }
  return explained;
}

function asJson(first: Pending, explained: readonly Explained[], message: StoredMessage, body: boolean) {
  return {
    id: first.id,
    from: first.from,
    to: first.to,
    type: first.type,
    stanza_id: first.stanzaId,
    lang: message.lang,
    room: message.room,
    received_at: utc(first.receivedAt),
    stamp: utc(message.stamp),
    expires_at: utc(first.expiresAt),
    size: first.size,
    ...(body ? { payload: message.payload } : {}),
    pending: explained.map(({ account, resource, onHold, reason, why }) => ({
      account,
      device: resource,
      reason,
      why,
      on_hold: onHold,
    })),
  };
}

function asText(
  first: Pending,
  explained: readonly Explained[],
  message: StoredMessage,
  body: string | null,
): string {
  const now = Date.now();
  const rows: [string, string | null][] = [
    ['id', String(first.id)],
    ['from', harmless(first.from)],
    ['to', harmless(first.to)],
    ['type', harmless(first.type)],
    ['stanza id', first.stanzaId === null ? null : printable(first.stanzaId, LONGEST_ID)],
    ['language', message.lang === null ? null : harmless(message.lang)],
    ['room', message.room === null ? null : harmless(message.room)],
    ['received', `${moment(first.receivedAt)} (${duration(Math.max(0, now - first.receivedAt))} ago)`],
    ['stamped', message.stamp === first.receivedAt ? null : moment(message.stamp)],
    ['expires', expiry(explained, first.expiresAt, now)],
    ['size', bytes(first.size)],
  ];
  const owed = explained.map(({ account, resource, why }) => {
    const whom = resource === null ? `${account} (any device)` : `${account}/${resource}`;
    return `owed to    ${printable(whom)}\n           ${why}\n`;
  });
  return [asLines(rows), ...owed, ...(body === null ? [] : [`\n${body}\n`])].join('');
}

function expiry(explained: readonly Explained[], at: number, now: number): string {
  if (explained.some(({ onHold }) => onHold)) return 'not while it is on hold';
  return `${moment(at)}${at > now ? ` (in ${duration(at - now)})` : ''}`;
}

function asLines(rows: readonly [string, string | null][]): string {
  return rows.map(([name, value]) => (value === null ? '' : `${name.padEnd(10)} ${value}\n`)).join('');
}

function refusalAsJson(id: number, line: Undelivered) {
  return {
    id,
    from: line.from,
    for: line.account,
    type: line.type,
    stanza_id: line.stanzaId,
    received_at: utc(line.receivedAt),
    refused_at: utc(line.endedAt),
    reason: line.reason,
    pending: [],
  };
}

function refusalAsText(id: number, line: Undelivered): string {
  const rows: [string, string | null][] = [
    ['id', String(id)],
    ['from', harmless(line.from)],
    ['for', harmless(line.account)],
    ['type', harmless(line.type)],
    ['stanza id', line.stanzaId === null ? null : printable(line.stanzaId, LONGEST_ID)],
    ['received', moment(line.receivedAt)],
    ['refused', `${moment(line.endedAt)}: it cannot be sent, ${harmless(line.reason ?? '')}`],
  ];
  return asLines(rows);
}

/** What the message says, or all of it where it has no body (receipts, encrypted messages). */
async function bodyOf(payload: string): Promise<string> {
  const { StreamParser } = await import('../../xmpp/parser.js');
  let body: string | null = null;
  const parser = new StreamParser();
  parser.on('element', (element: Element) => {
    if (element.name === 'body') body ??= element.getText();
  });
  parser.write(`<message>${payload}</message>`);
  return (body ?? payload).split('\n').map(harmless).join('\n');
}
