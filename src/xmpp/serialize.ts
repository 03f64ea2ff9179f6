import type { Element } from '@xmpp/component';

/** What no XML has, however it is written (XML 1.0, section 2.2), in brackets of a pattern; surrogates apart. */
const FORBIDDEN = '\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ufffe\\uffff';
const ANY_FORBIDDEN = new RegExp(`[${FORBIDDEN}]`);
const TEXT = new RegExp(`[&<\\r${FORBIDDEN}]|\\]\\]>|^>`);
const ATTRIBUTE = new RegExp(`[&<>"'\\r\\n\\t${FORBIDDEN}]`);
const [EACH_IN_TEXT, EACH_IN_ATTRIBUTE] = [new RegExp(TEXT, 'g'), new RegExp(ATTRIBUTE, 'g')];
/** One without the other. */
const SURROGATE = /\p{Surrogate}/u;
/** Stands for a character that cannot be written. */
const REPLACEMENT = '\ufffd';
/** In the order in which they are written: the & of the others is not to be written anew. */
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#13;',
  '\n': '&#10;',
  '\t': '&#9;',
  ']]>': ']]&gt;', // the one > that a text may not have as it is (XML 1.0, 2.4)
};
const ofOnes = (text: string) => ENTITIES[text] ?? REPLACEMENT;
/** Each is found by a pattern of it alone. */
const found = (one: string) => [new RegExp(one, 'g'), ofOnes(one)] as const;
const IN_ATTRIBUTE = ['&', '<', '>', '"', "'", '\r', '\n', '\t'].map(found);
const IN_TEXT = ['&', '<', ']]>', '\r'].map(found);
/** So short a text is written in one go; in a longer one to replace one character by one word is ten times as quick. */
const SHORT = 1_000;

/** True where a text has a character that XML forbids, or half of one. */
export function isForbidden(text: string): boolean {
  return ANY_FORBIDDEN.test(text) || SURROGATE.test(text);
}

/** Escapes text for an attribute value; line ends too, which a parser would else turn into spaces (XML 1.0, 3.3.3). */
export function escapeAttribute(text: string): string {
  return ATTRIBUTE.test(text) ? escaped(text, EACH_IN_ATTRIBUTE, IN_ATTRIBUTE) : text;
}

/** Escapes text for element content; a carriage return too, which a parser would else drop (XML 1.0, 2.11). */
export function escapeText(text: string): string {
  return TEXT.test(text) ? escaped(text, EACH_IN_TEXT, IN_TEXT) : text;
}

function escaped(text: string, each: RegExp, ones: readonly (readonly [RegExp, string])[]): string {
  if (text.length < SHORT || text.startsWith('>') || ANY_FORBIDDEN.test(text))
    return text.replace(each, ofOnes);
  let written = text;
  for (const [one, name] of ones) written = written.replace(one, name);
  return written;
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
