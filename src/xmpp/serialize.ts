import type { Element } from '@xmpp/component';

const TEXT = /[&<>\r]/;
const ATTRIBUTE = /[&<>"'\r\n\t]/;
const [EACH_IN_TEXT, EACH_IN_ATTRIBUTE] = [new RegExp(TEXT, 'g'), new RegExp(ATTRIBUTE, 'g')];
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
const entity = (character: string) => ENTITIES[character] as string;

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
