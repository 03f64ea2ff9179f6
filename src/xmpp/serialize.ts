import type { Element } from '@xmpp/component';

/** What no XML has, however it is written (XML 1.0, section 2.2), in brackets of a pattern; surrogates apart. */
const FORBIDDEN = '\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ufffe\\uffff';
const ANY_FORBIDDEN = new RegExp(`[${FORBIDDEN}]`);
const TEXT = new RegExp(`[&<>\\r${FORBIDDEN}]`);
const ATTRIBUTE = new RegExp(`[&<>"'\\r\\n\\t${FORBIDDEN}]`);
const [EACH_IN_TEXT, EACH_IN_ATTRIBUTE] = [new RegExp(TEXT, 'g'), new RegExp(ATTRIBUTE, 'g')];
/** One without the other. */
const SURROGATE = /\p{Surrogate}/u;
/** Stands for a character that cannot be written. */
const REPLACEMENT = '\ufffd';
const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#13;',
  '\n': '&#10;',
  '\t': '&#9;',
};
const entity = (character: string) => ENTITIES[character] ?? REPLACEMENT;

/** True where a text has a character that XML forbids, or half of one. */
export function isForbidden(text: string): boolean {
  return ANY_FORBIDDEN.test(text) || SURROGATE.test(text);
}

/** Escapes text for an attribute value; line ends too, which a parser would else turn into spaces (XML 1.0, 3.3.3). */
export function escapeAttribute(text: string): string {
  return ATTRIBUTE.test(text) ? text.replace(EACH_IN_ATTRIBUTE, entity) : text;
}

/** Escapes text for element content; a carriage return too, which a parser would else drop (XML 1.0, 2.11). */
export function escapeText(text: string): string {
  return TEXT.test(text) ? text.replace(EACH_IN_TEXT, entity) : text;
}

/** Writes an element so that parsing gives the same element again. */
export function serialize(element: Element): string {
  let text = `<${element.name}`;
  for (const name in element.attrs) {
    const value = element.attrs[name];
    if (value !== undefined) text += ` ${name}='${escapeAttribute(value)}'`;
  }
  if (element.children.length === 0) return `${text}/>`;
  text += '>';
  for (const child of element.children) {
    text += typeof child === 'string' ? escapeText(child) : serialize(child);
  }
  return `${text}</${element.name}>`;
}
