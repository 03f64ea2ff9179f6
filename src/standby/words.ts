import type { Element } from '@xmpp/component';
import { z } from 'zod';
import { type InheritedSession, inheritedSession } from '../presence/inherited-session.js';
import type { HeldBy } from '../spool/content.js';
import { type QueueRecord, queueRecord } from '../spool/record.js';
import { escapeAttribute, escapeText } from '../xmpp/serialize.js';
import type { Role } from './role.js';

/** The namespace of what two respools say to each other, respool's own. */
export const STANDBY = 'urn:respool:standby:0';

/** What a respool says of itself, once a second. */
export interface Word {
  role: Role;
  isFilled: boolean;
  /** Since when it has missed nothing, in ms since 1970; null: since ever, for it has what the other one knew. */
  since: number | null;
  /** How much is pending; null: that is not known now. */
  pending: number | null;
  /** Its date, in ms since 1970. */
  at: number;
}

/** @returns an element for an iq */
export function writeWord({ role, isFilled, since, pending, at }: Word): string {
  const optional = (name: string, value: number | null) => (value === null ? '' : ` ${name}='${value}'`);
  return (
    `<word xmlns='${STANDBY}' role='${role}' filled='${isFilled}' at='${at}'` +
    `${optional('since', since)}${optional('pending', pending)}/>`
  );
}

/** @returns what an iq says, or undefined where that is something else */
export function readWord(iq: Element): Word | undefined {
  const { role, filled, since, pending, at } = iq.getChild('word', STANDBY)?.attrs ?? {};
  if (role !== 'acts' && role !== 'watches') return undefined;
  const read = (value: string | undefined) => (value === undefined ? null : Number(value));
  return { role, isFilled: filled === 'true', since: read(since), pending: read(pending), at: Number(at) };
}

/** Who is owed something, or what is pending. */
export type PageOf = 'structure' | 'queue';

/** A part of what a respool has. */
export interface Page {
  records: QueueRecord[];
  last: boolean;
  /** In the first page: what ids the records have. */
  ids?: { first: number; last: number };
  /** Who is believed to have which of the messages, without proof yet. */
  held: readonly HeldBy[];
  /** And who is believed online. */
  sessions?: readonly InheritedSession[];
}

const pageShape = z.object({
  records: z.array(queueRecord),
  last: z.boolean(),
  held: z.array(z.object({ id: z.int(), jid: z.string().nullable() })),
  ids: z.object({ first: z.int(), last: z.int() }).optional(),
  sessions: z.array(inheritedSession).optional(),
});

/** True where an iq wants something of this respool, or gives it something, whether that can be read or not. */
export function isWish({ attrs, children }: Element): boolean {
  const isOne = ({ name, attrs: { xmlns } }: Element) =>
    xmlns === STANDBY && ['want', 'again', 'page'].includes(name);
  const isRequest = attrs.type === 'get' || attrs.type === 'set';
  return isRequest && children.some(child => typeof child !== 'string' && isOne(child));
}

/** Asks for a page of what the other one has. */
export function writeWant(of: PageOf, nth: number): string {
  return `<want xmlns='${STANDBY}' of='${of}' page='${nth}'/>`;
}

export function readWant(iq: Element): { of: PageOf; nth: number } | undefined {
  const { of, page } = iq.getChild('want', STANDBY)?.attrs ?? {};
  return of === 'structure' || of === 'queue' ? { of, nth: Number(page) } : undefined;
}

/** Asks how it stands with some messages of users, by the other one's ids. */
export function writeAgain(ids: readonly number[]): string {
  return `<again xmlns='${STANDBY}'>${JSON.stringify(ids)}</again>`;
}

export function readAgain(iq: Element): number[] | undefined {
  const text = iq.getChildText('again', STANDBY);
  return text === null ? undefined : z.array(z.int()).parse(JSON.parse(text));
}

export function writePage(page: Page): string {
  return `<page xmlns='${STANDBY}'>${escapeText(JSON.stringify(page))}</page>`;
}

/** @returns the page in an iq, undefined where there is none; @throws where it cannot be read */
export function readPage(iq: Element): Page | undefined {
  const text = iq.getChildText('page', STANDBY);
  return text === null ? undefined : (pageShape.parse(JSON.parse(text)) as Page);
}

/** Of a page that it was given: it has been stored. */
export function writeTaken(): string {
  return `<taken xmlns='${STANDBY}'/>`;
}

/** An iq to the other respool. */
export function iqTo(
  { from, to, id, type }: { from: string; to: string; id: string; type: 'get' | 'set' | 'result' },
  payload: string,
): string {
  return `<iq from='${escapeAttribute(from)}' to='${escapeAttribute(to)}' type='${type}' id='${escapeAttribute(id)}'>${payload}</iq>`;
}
