const ENTITY = /&([^;&]*);?/g;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
/** Where bytes are made text. */
const SCRATCH = Buffer.alloc(1 << 12);
/** Beyond ASCII; sought from its `lastIndex`. */
const HIGH = /[\x80-\xff]/g;

/**
 * What is written between two places of a text that is read from left to right. Where the next character is that needs
 * work is looked for once for all that is before it.
 */
export class Characters {
  readonly #areBytes: boolean;
  /** Where the next `&` is, and the next byte that is not ASCII. */
  #ampersand = 0;
  #high = 0;

  /** @param areBytes whether each character of the text is a byte of UTF-8 */
  constructor(areBytes: boolean) {
    this.#areBytes = areBytes;
  }

  /** Another text is read from its beginning. */
  begin(): void {
    this.#ampersand = 0;
    this.#high = 0;
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
   * With entities read too.
   * @throws Error where there is one that XML does not know
   */
  unescaped(text: string, start: number, end: number): string {
    const part = this.decoded(text, start, end);
    if (this.#ampersand < start) {
      const next = text.indexOf('&', start);
      this.#ampersand = next < 0 ? Number.POSITIVE_INFINITY : next;
    }
    return this.#ampersand < end ? part.replace(ENTITY, character) : part;
  }
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
