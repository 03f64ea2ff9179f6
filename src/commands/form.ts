import type { Element } from '@xmpp/component';
import { NS } from '../xmpp/namespaces.js';
import { escapeAttribute, escapeText } from '../xmpp/serialize.js';

/** A field of a data form (XEP-0004). */
export interface Field {
  name: string;
  type: 'text-single' | 'jid-single' | 'boolean' | 'hidden';
  label: string;
  value?: string;
  required?: boolean;
}

/** A table of results. */
export interface Rows {
  columns: readonly { name: string; label: string }[];
  rows: readonly (readonly string[])[];
}

export interface Form {
  title: string;
  instructions?: string;
  /** To be filled in, or the single results. */
  fields?: readonly Field[];
  table?: Rows;
}

/** Characters that XML 1.0 has no place for, however they are escaped. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const IMPOSSIBLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

const text = (name: string, inside: string) =>
  `<${name}>${escapeText(inside.replace(IMPOSSIBLE, '\ufffd'))}</${name}>`;

/** Writes a form. */
export function formOf(type: 'form' | 'result', { title, instructions, fields = [], table }: Form): string {
  const parts = [text('title', title)];
  if (instructions !== undefined) parts.push(text('instructions', instructions));
  for (const { name, type: kind, label, value, required } of fields) {
    const attributes = `var='${name}' type='${kind}' label='${escapeAttribute(label)}'`;
    parts.push(
      `<field ${attributes}>${required ? '<required/>' : ''}${value === undefined ? '' : text('value', value)}</field>`,
    );
  }
  if (table !== undefined) parts.push(tableOf(table));
  return `<x xmlns='${NS.dataForms}' type='${type}'>${parts.join('')}</x>`;
}

function tableOf({ columns, rows }: Rows): string {
  const reported = columns.map(
    ({ name, label }) => `<field var='${name}' type='text-single' label='${escapeAttribute(label)}'/>`,
  );
  const items = rows.map(row => {
    const cells = columns.map(
      ({ name }, at) => `<field var='${name}'>${text('value', row[at] ?? '')}</field>`,
    );
    return `<item>${cells.join('')}</item>`;
  });
  return `<reported>${reported.join('')}</reported>${items.join('')}`;
}

/** @returns what was filled in, by the names of the fields; undefined where no form was submitted */
export function readForm(parent: Element): ReadonlyMap<string, string> | undefined {
  const form = parent.getChild('x', NS.dataForms);
  if (form === undefined || form.attrs.type !== 'submit') return undefined;
  return new Map(
    form
      .getChildren('field')
      .map(field => [field.attrs.var ?? '', (field.getChildText('value') ?? '').trim()] as const),
  );
}
