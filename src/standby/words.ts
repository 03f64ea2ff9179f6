import type { Element } from '@xmpp/component';
import { escapeAttribute } from '../xmpp/serialize.js';
import type { Role } from './role.js';

/** The namespace of what two respools say to each other, respool's own. */
export const STANDBY = 'urn:respool:standby:0';

/** What a respool says of itself, once a second. */
export interface Word {
  role: Role;
  isFilled: boolean;
  /** How much is pending; null: that is not known now. */
  pending: number | null;
  /** Its date, in ms since 1970. */
  at: number;
}

/** @returns an element for an iq */
export function writeWord({ role, isFilled, pending, at }: Word): string {
  const counted = pending === null ? '' : ` pending='${pending}'`;
  return `<word xmlns='${STANDBY}' role='${role}' filled='${isFilled}'${counted} at='${at}'/>`;
}

/** @returns what an iq says, or undefined where that is something else */
export function readWord(iq: Element): Word | undefined {
  const { role, filled, pending, at } = iq.getChild('word', STANDBY)?.attrs ?? {};
  if (role !== 'acts' && role !== 'watches') return undefined;
  return {
    role,
    isFilled: filled === 'true',
    pending: pending === undefined ? null : Number(pending),
    at: Number(at),
  };
}

/** An iq to the other respool. */
export function iqTo(
  { from, to, id, type }: { from: string; to: string; id: string; type: 'get' | 'set' | 'result' },
  payload: string,
): string {
  return `<iq from='${escapeAttribute(from)}' to='${escapeAttribute(to)}' type='${type}' id='${escapeAttribute(id)}'>${payload}</iq>`;
}
