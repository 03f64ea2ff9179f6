import { EventEmitter } from 'node:events';
import { type Attributes, type Element, xml } from '@xmpp/component';
import { ownCopy } from './own-copy.js';

/** Deeper nesting than any XEP's is an attack on whoever reads it by recursion. */
export const DEEPEST = 100;
/** More elements than any message needs: to look through a hundred thousand holds up everybody else. */
export const MOST_ELEMENTS = 10_000;
/** Of one stanza, in characters of what is written: sixteen times what ejabberd's sample config lets a client send. */
export const LARGEST = 1 << 22;

const SPACE = 0x20;
const [LESS, GREATER, SLASH, EQUALS, QUOTE, APOSTROPHE, QUESTION, EXCLAMATION] = [
  ...[0x3c, 0x3e, 0x2f, 0x3d, 0x22, 0x27, 0x3f, 0x21],
] as [number, number, number, number, number, number, number, number];
const CDATA = '<![CDATA[';
const CDATA_END = ']]>';
const ENTITY = /&([^;&]*);?/g;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Where bytes are made text. */
const SCRATCH = Buffer.alloc(1 << 12);
/** Beyond ASCII; sought from its `lastIndex`. */
const HIGH = /[\x80-\xff]/g;
/** Names that nearly every stanza has; to make a key of a part of a text anew each time costs more than the rest of it. */
const USUAL_NAMES: readonly (readonly string[])[] = [
  ...[[], [], ['to', 'id', 'by'], [], ['from', 'type', 'node'], ['xmlns', 'stamp'], [], [], ['xml:lang']],
];
const NO_NAMES: readonly string[] = [];
/** A tag of more characters is not looked for among those known. */
const LONGEST_KNOWN = 80;
/** So many are known at most; there are not so many in the XEPs that clients use. */
const MOST_KNOWN = 1_000;
/** Of stanzas whose start is known: copies of as many vhosts. */
const MOST_USUAL = 8;

interface ParserEvents {
  /** The stream's own element has begun. */
  start: [root: Element];
  /** A whole child of it. */
  element: [element: Element];
  /** A child of it that is too deep or too big to be read, and why. */
  dropped: [reason: string];
  end: [root: Element];
}

/**
 * Makes an element as ltx does, but takes the attributes as they are, without a copy.
 * The prototype is that of ltx, so that it is an element for everybody else.
 */
const Made = function (this: Element, name: string, attrs: Attributes, parent: Element | null) {
  this.name = name;
  this.parent = parent;
  this.children = [];
  this.attrs = attrs;
} as unknown as new (
  name: string,
  attrs: Attributes,
  parent: Element | null,
) => Element;
Made.prototype = xml.Element.prototype;

/** A tag without other attributes than its namespace. */
interface PlainTag {
  name: string;
  xmlns: string | undefined;
  isEmpty: boolean;
}

/** How the start tag of a stanza begins, which has no more attributes than `to`, `from` and `id`. */
interface UsualStanza {
  start: string;
  name: string;
  to: string | undefined;
  from: string | undefined;
  quote: string;
}

/** What a chunk of the stream is: text, or its bytes in UTF-8, each as one character (`latin1`). */
export type Chunks = 'text' | 'bytes';

/**
 * Reads an XML stream of stanzas (RFC 6120, 11.1: no comments, no instructions, no other entities than the five), in
 * place of the library's parser, which was the largest part of taking in a copy. A tag is found by searches in the text,
 * not character by character, and one that is known by its whole text is not read again; what is too deep or too big is
 * passed over without being built. Bytes are quicker to search than text that has a character beyond Latin 1 somewhere;
 * what is not ASCII is made text when it has been found. Texts may be parts of the chunk that they came in, so who keeps
 * one makes a copy of its own.
 */
export class StreamParser extends EventEmitter<ParserEvents> {
  /** The stream's own element, null before it has begun. */
  root: Element | null = null;
  /** The innermost element that has begun and not ended. */
  cursor: Element | null = null;
  /** What follows the last whole tag, in the pieces in which it came. */
  #held: string[] = [];
  #heldLength = 0;
  /** Of the stanza that has begun. */
  #depth = 0;
  #elements = 0;
  #length = 0;
  /** Why it is passed over. */
  #tooMuch: string | null = null;
  readonly #decodes: boolean;
  /** Where the next `&` of what is read is, and the next byte that is not ASCII. */
  #ampersand = 0;
  #high = 0;
  /** By the whole tag. */
  readonly #plainTags = new Map<string, PlainTag>();
  readonly #usualStanzas: UsualStanza[] = [];

  constructor(chunks: Chunks = 'text') {
    super();
    this.#decodes = chunks === 'bytes';
  }

  /** True where a stanza may begin next, and nothing is half read. */
  get isBetweenStanzas(): boolean {
    return this.#depth === 0 && this.#heldLength === 0;
  }

  /**
   * @param chunk what came next of the stream
   * @throws Error where it is not XML as a stream may have it; the message quotes nothing of it
   */
  write(chunk: string): void {
    if (!chunk.includes('>')) return this.#hold(chunk);
    const text = this.#held.length === 0 ? chunk : this.#held.join('') + chunk;
    this.#held = [];
    this.#heldLength = 0;
    const read = this.#read(text);
    if (read < text.length) this.#hold(text.slice(read));
  }

  #hold(text: string): void {
    this.#held.push(text);
    this.#heldLength += text.length;
    if (this.#heldLength + this.#length <= LARGEST) return;
    if (this.#held[0]?.charCodeAt(0) === LESS) throw new Error('a tag without an end');
    this.#passOver(`of more than ${LARGEST} characters`);
    this.#held = []; // text, of which nothing is kept
    this.#heldLength = 0;
  }

  /** Reads whole tags and the text before each. Returns where the rest begins. */
  #read(text: string): number {
    let at = 0;
    this.#ampersand = 0;
    this.#high = 0;
    for (;;) {
      const open = text.indexOf('<', at);
      if (open < 0) return at;
      if (open > at) this.#text(text, at, open, true);
      const second = text.charCodeAt(open + 1);
      const next =
        second === SLASH
          ? this.#endTag(text, open)
          : second === QUESTION
            ? this.#declaration(text, open)
            : second === EXCLAMATION
              ? this.#cdata(text, open)
              : this.#startTag(text, open);
      if (next === 0) return open;
      if (this.#depth > 0) {
        this.#length += next - at;
        if (this.#length > LARGEST) this.#passOver(`of more than ${LARGEST} characters`);
      }
      at = next;
    }
  }

  #startTag(text: string, open: number): number {
    const known = this.#depth === 0 ? this.#usualStanza(text, open) : this.#plainTag(text, open);
    if (known !== 0) return known;
    let at = endOfName(text, open + 1);
    if (at === 0) return 0;
    const name = this.#decoded(text, open + 1, at);
    const attrs: Attributes = {};
    let isPlain = true;
    for (;;) {
      at = skipSpace(text, at);
      const code = text.charCodeAt(at);
      if (code === GREATER) {
        if (isPlain) this.#learn(text.slice(open, at + 1), name, attrs, false);
        this.#begin(name, attrs);
        return at + 1;
      }
      if (code === SLASH) {
        if (at + 1 === text.length) return 0;
        if (text.charCodeAt(at + 1) !== GREATER) throw new Error('a tag that does not end after its /');
        if (isPlain) this.#learn(text.slice(open, at + 2), name, attrs, true);
        this.#begin(name, attrs);
        this.#end(name);
        return at + 2;
      }
      const end = endOfName(text, at);
      if (end === 0) return 0;
      const equals = text.charCodeAt(end) === EQUALS ? end : skipSpace(text, end);
      if (equals >= text.length) return 0;
      if (text.charCodeAt(equals) !== EQUALS) throw new Error('an attribute without a value');
      const quote = skipSpace(text, equals + 1);
      const mark = text.charCodeAt(quote);
      if (mark !== QUOTE && mark !== APOSTROPHE) {
        if (quote >= text.length) return 0;
        throw new Error('an attribute without quotes');
      }
      const close = text.indexOf(mark === QUOTE ? '"' : "'", quote + 1);
      if (close < 0) return 0;
      const attribute = usualName(text, at, end) ?? this.#decoded(text, at, end);
      if (this.#depth === 0 && attribute === 'id') {
        this.#learnStanza(text.slice(open, quote + 1), name, attrs);
      }
      attrs[attribute] = this.#unescaped(text, quote + 1, close);
      isPlain &&= attribute === 'xmlns';
      at = close + 1;
    }
  }

  /** The start tag of a stanza differs from that of others often in its id alone. Returns its end, or 0. */
  #usualStanza(text: string, open: number): number {
    for (const usual of this.#usualStanzas) {
      if (!text.startsWith(usual.start, open)) continue;
      const start = open + usual.start.length;
      const close = text.indexOf(usual.quote, start);
      if (close < 0 || text.charCodeAt(close + 1) !== GREATER) return 0;
      const { name, to, from } = usual;
      // not a copy of attributes that are kept: V8 makes an object that is written here in a third of the time
      this.#begin(name, { to, from, id: this.#unescaped(text, start, close) });
      return close + 2;
    }
    return 0;
  }

  /** @param start all before the value of its `id` */
  #learnStanza(start: string, name: string, attrs: Attributes): void {
    const { to, from } = attrs;
    if (this.#usualStanzas.length >= MOST_USUAL || Object.keys(attrs).join() !== 'to,from') return;
    if (from?.includes('@') === true) return; // there are too many users
    if (this.#usualStanzas.some(usual => usual.start === start)) return; // its tag was cut, or goes on
    this.#usualStanzas.push(ownCopy({ start, name, to, from, quote: start.slice(-1) }));
  }

  /** Reads a tag that has been read before, as the same text always means the same. Returns its end, or 0. */
  #plainTag(text: string, open: number): number {
    const end = text.indexOf('>', open) + 1;
    if (end - open > LONGEST_KNOWN || end === 0) return 0;
    const tag = this.#plainTags.get(text.slice(open, end));
    if (tag === undefined) return 0;
    const { name, xmlns } = tag;
    this.#begin(name, xmlns === undefined ? {} : { xmlns });
    if (tag.isEmpty) this.#end(name);
    return end;
  }

  #learn(tag: string, name: string, { xmlns }: Attributes, isEmpty: boolean): void {
    if (tag.length > LONGEST_KNOWN) return;
    if (this.#plainTags.size >= MOST_KNOWN) this.#plainTags.clear();
    this.#plainTags.set(ownCopy(tag), { name: ownCopy(name), xmlns: ownCopy(xmlns), isEmpty });
  }

  /** What is written between two places of a text that is read from left to right. */
  #decoded(text: string, start: number, end: number): string {
    const part = text.slice(start, end);
    if (!this.#decodes) return part;
    if (this.#high < start) {
      HIGH.lastIndex = start;
      this.#high = HIGH.test(text) ? HIGH.lastIndex - 1 : Number.POSITIVE_INFINITY;
    }
    if (this.#high >= end) return part;
    if (part.length > SCRATCH.length) return Buffer.from(part, 'latin1').toString();
    return SCRATCH.toString('utf8', 0, SCRATCH.write(part, 'latin1'));
  }

  #unescaped(text: string, start: number, end: number): string {
    const part = this.#decoded(text, start, end);
    if (this.#ampersand < start) {
      const next = text.indexOf('&', start);
      this.#ampersand = next < 0 ? Number.POSITIVE_INFINITY : next;
    }
    return this.#ampersand < end ? part.replace(ENTITY, character) : part;
  }

  #endTag(text: string, open: number): number {
    const name = this.cursor?.name ?? '';
    const after = open + 2 + name.length;
    if (text.charCodeAt(after) === GREATER && text.startsWith(name, open + 2)) {
      this.#end(name);
      return after + 1;
    }
    const close = text.indexOf('>', open);
    if (close < 0) return 0;
    this.#end(this.#decoded(text, open + 2, endOfText(text, open + 2, close)));
    return close + 1;
  }

  /** The XML declaration, before the stream's own element. */
  #declaration(text: string, open: number): number {
    const close = text.indexOf('?>', open);
    if (close < 0) return 0;
    if (this.root !== null) throw new Error('an instruction inside the stream');
    return close + 2;
  }

  #cdata(text: string, open: number): number {
    if (!text.startsWith(CDATA, open)) {
      if (CDATA.startsWith(text.slice(open))) return 0;
      throw new Error('a comment or a declaration inside the stream');
    }
    const close = text.indexOf(CDATA_END, open);
    if (close < 0) return 0;
    this.#text(text, open + CDATA.length, close, false);
    return close + CDATA_END.length;
  }

  #text(all: string, start: number, end: number, escaped: boolean): void {
    if (this.#tooMuch !== null) return;
    const { cursor } = this;
    if (cursor === null || cursor === this.root) {
      if (/[^\s]/.test(all.slice(start, end))) throw new Error('text outside of a stanza');
      return;
    }
    const text = escaped ? this.#unescaped(all, start, end) : this.#decoded(all, start, end);
    const { children } = cursor;
    const last = children.length - 1;
    if (typeof children[last] === 'string') children[last] += text;
    else if (text !== '') children.push(text);
  }

  #begin(name: string, attrs: Attributes): void {
    const { root, cursor } = this;
    if (root === null || cursor === null) {
      if (root !== null) throw new Error('a second stream');
      this.root = new Made(name, attrs, null);
      this.cursor = this.root;
      this.emit('start', this.root);
      return;
    }
    if (++this.#depth > DEEPEST) this.#passOver(`nested deeper than ${DEEPEST} elements`);
    else if (++this.#elements > MOST_ELEMENTS) this.#passOver(`of more than ${MOST_ELEMENTS} elements`);
    if (this.#tooMuch !== null) return;
    const element = new Made(name, attrs, cursor);
    if (cursor !== root) cursor.children.push(element);
    this.cursor = element;
  }

  #end(name: string): void {
    const { root, cursor } = this;
    if (this.#depth === 0) {
      if (root === null || cursor === null || root.name !== name)
        throw new Error('an end without a beginning');
      this.cursor = null;
      this.emit('end', root);
      return;
    }
    this.#depth--;
    if (this.#tooMuch === null) {
      if (cursor === null || cursor.name !== name) throw new Error('an element that is not closed');
      this.cursor = cursor.parent;
    }
    if (this.#depth > 0) return;
    const reason = this.#tooMuch;
    this.#elements = 0;
    this.#length = 0;
    this.#tooMuch = null;
    if (reason !== null) this.emit('dropped', reason);
    else if (cursor !== null) this.emit('element', cursor);
  }

  /** What has been built of the stanza is let go; only its end is looked for. */
  #passOver(reason: string): void {
    this.#tooMuch ??= reason;
    this.cursor = this.root;
  }
}

/** Where the name that begins here ends; 0 where that is not to be seen yet. */
function endOfName(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0x20 && code !== GREATER && code !== SLASH && code !== EQUALS && code !== LESS) continue;
    if (at === start || code === LESS) throw new Error('a tag that is not well-formed');
    return at;
  }
  return 0;
}

function usualName(text: string, start: number, end: number): string | undefined {
  for (const name of USUAL_NAMES[end - start] ?? NO_NAMES) if (text.startsWith(name, start)) return name;
  return undefined;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (text.charCodeAt(at) <= SPACE) at++;
  return at;
}

/** Where the text between two places ends but for spaces. */
function endOfText(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && text.charCodeAt(at - 1) <= 0x20) at--;
  return at;
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
