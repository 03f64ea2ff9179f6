const ENTITY = /&([^;&]*);?/g;
/** The usual ones; & last, for it is the first character of the others. */
const USUAL = [
  [/&lt;/g, '<'],
  [/&gt;/g, '>'],
  [/&quot;/g, '"'],
  [/&apos;/g, "'"],
  [/&amp;/g, '&'],
] as const;
/** None of them. */
const UNUSUAL = /&(?!(?:lt|gt|quot|apos|amp);)/;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
/** What is longer is none, in characters. */
const LONGEST_ENTITY = 12;
/** Where bytes are made text. */
const SCRATCH = Buffer.alloc(1 << 12);
/** Beyond ASCII; sought from its `lastIndex`. */
const HIGH = /[\x80-\xff]/g;

/**
 * Reads parts of a text from left to right. It owns the places of the next &, non-ASCII byte, tab, line feed and carriage
 * return. Each place is sought once, and serves all parts before it.
 */
export class Characters {
  readonly #areBytes: boolean;
  /** Where the next `&` is, and the next byte that is not ASCII. */
  #ampersand = 0;
  #high = 0;
  /** And the next tab, line feed and carriage return: each is found by itself many times as quick as the first of them. */
  #tab = 0;
  #feed = 0;
  #return = 0;

  /** @param areBytes whether each character of the text is a byte of UTF-8 */
  constructor(areBytes: boolean) {
    this.#areBytes = areBytes;
  }

  /** Another text is read from its beginning. */
  begin(): void {
    this.#ampersand = 0;
    this.#high = 0;
    this.#tab = 0;
    this.#feed = 0;
    this.#return = 0;
  }

  /** As they are, but made text where they are bytes. */
  decoded(text: string, start: number, end: number): string {
    const part = text.slice(start, end);
    if (!this.#areBytes) return part;
    if (this.#high < start) {
      HIGH.lastIndex = start;
      this.#high = HIGH.test(text) ? HIGH.lastIndex - 1 : Number.POSITIVE_INFINITY;
    }
    if (this.#high >= end) return part;
    if (part.length > SCRATCH.length) return Buffer.from(part, 'latin1').toString();
    return SCRATCH.toString('utf8', 0, SCRATCH.write(part, 'latin1'));
  }

  /**
   * Where a text may be cut of which more is to come: before an entity, a line end, or a character that is not whole.
   * @returns a place between start and the end of the text
   */
  cut(text: string, start: number): number {
    const ampersand = text.lastIndexOf('&');
    const isWhole = ampersand < start || text.includes(';', ampersand);
    const whole = text.endsWith('\r') ? text.length - 1 : text.length; // the line end may go on
    const end = isWhole || text.length - ampersand > LONGEST_ENTITY ? whole : ampersand;
    if (!this.#areBytes) return end;
    let first = end - 1;
    while (first > start && (text.charCodeAt(first) & 0xc0) === 0x80) first--;
    const code = text.charCodeAt(first);
    const length = code < 0xc0 ? 1 : code < 0xe0 ? 2 : code < 0xf0 ? 3 : 4;
    return first >= start && first + length > end ? first : end;
  }

  /** With each line end as `\n` (XML 1.0, 2.11). */
  lines(text: string, start: number, end: number): string {
    const part = this.decoded(text, start, end);
    if (this.#return < start) this.#return = next(text, '\r', start);
    return this.#return < end ? part.replace(LINE_END, '\n') : part;
  }

  /**
   * With entities read too.
   * @throws Error where there is one that XML does not know
   */
  unescaped(text: string, start: number, end: number): string {
    return this.#unescaped(this.lines(text, start, end), text, start, end);
  }

  /**
   * The value of an attribute: each white space in it that is not written as an entity is a space (XML 1.0, 3.3.3).
   * @throws Error where there is an entity that XML does not know
   */
  value(text: string, start: number, end: number): string {
    const part = this.decoded(text, start, end);
    if (this.#tab < start) this.#tab = next(text, '\t', start);
    if (this.#feed < start) this.#feed = next(text, '\n', start);
    if (this.#return < start) this.#return = next(text, '\r', start);
    const isPlain = this.#tab >= end && this.#feed >= end && this.#return >= end;
    const spaced = isPlain ? part : part.replace(LINE_END, ' ').replace(/[\t\n]/g, ' ');
    return this.#unescaped(spaced, text, start, end);
  }

  #unescaped(part: string, text: string, start: number, end: number): string {
    if (this.#ampersand < start) this.#ampersand = next(text, '&', start);
    return this.#ampersand < end ? withoutEntities(part) : part;
  }
}

const LINE_END = /\r\n?/g;

function next(text: string, character: string, start: number): number {
  const at = text.indexOf(character, start);
  return at < 0 ? Number.POSITIVE_INFINITY : at;
}

/**
 * Replacing one entity at a time is ten times as quick as one pattern with a function, which only numeric entities need,
 * and as replaceAll, whose result is in as many pieces as there were entities.
 */
function withoutEntities(text: string): string {
  if (!text.includes('&')) return text;
  if (text.includes('&#') || UNUSUAL.test(text)) return text.replace(ENTITY, character);
  let read = text;
  for (const [entity, one] of USUAL) read = read.replace(entity, one);
  return read;
}

function character(entity: string, name: string): string {
  const known = ENTITIES[name];
  if (known !== undefined && entity.endsWith(';')) return known;
  const [, hexadecimal, decimal] = /^&#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}));$/.exec(entity) ?? [];
  if (hexadecimal === undefined && decimal === undefined) throw new Error('an entity that XML does not know');
  const code =
    hexadecimal === undefined ? Number.parseInt(decimal ?? '', 10) : Number.parseInt(hexadecimal, 16);
  if (!isXml(code)) throw new Error(`Illegal XML character 0x${code.toString(16)}`);
  return String.fromCodePoint(code);
}

/** XML 1.0, 2.2. */
function isXml(code: number): boolean {
  return (
    code === 0x9 ||
    code === 0xa ||
    code === 0xd ||
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    (code >= 0x10000 && code <= 0x10ffff)
  );
}
