const [GREATER, SLASH, EQUALS, LESS] = [0x3e, 0x2f, 0x3d, 0x3c];
const SPACE = 0x20;

/**
 * Names that nearly every stanza has, by length: cutting one out of the text each time is slower than the rest of reading
 * it.
 */
const USUAL_NAMES: readonly (readonly string[])[] = [
  ...[[], [], ['to', 'id', 'by'], [], ['from', 'type', 'node'], ['xmlns', 'stamp'], [], [], ['xml:lang']],
];
const NO_NAMES: readonly string[] = [];

const ASCII_NAME = /^[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?$/;
const START =
  'A-Z_a-z\\xC0-\\xD6\\xD8-\\xF6\\xF8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C\\u200D\\u2070-\\u218F\\u2C00-\\u2FEF' +
  '\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD\\u{10000}-\\u{EFFFF}';
const NCNAME = `[${START}][${START}\\-.0-9\\xB7\\u0300-\\u036F\\u203F\\u2040]*`;
const NAME = new RegExp(`^${NCNAME}(?::${NCNAME})?$`, 'u');

/** True for a name, with a prefix or without (XML 1.0, section 2.3; Namespaces in XML 1.0, section 4). */
export function isName(name: string): boolean {
  return ASCII_NAME.test(name) || NAME.test(name);
}

/** Where the name that begins here ends; 0 where that is not to be seen yet. */
export function endOfName(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > SPACE && code !== GREATER && code !== SLASH && code !== EQUALS && code !== LESS) continue;
    if (at === start || code === LESS) throw new Error('a tag that is not well-formed');
    return at;
  }
  return 0;
}

/** The name written here, where it is a usual one. */
export function usualName(text: string, start: number, end: number): string | undefined {
  for (const name of USUAL_NAMES[end - start] ?? NO_NAMES) if (text.startsWith(name, start)) return name;
  return undefined;
}

export function skipSpace(text: string, start: number): number {
  let at = start;
  while (text.charCodeAt(at) <= SPACE) at++;
  return at;
}

/** Where the text between two places ends but for spaces. */
export function endOfText(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && text.charCodeAt(at - 1) <= SPACE) at--;
  return at;
}
