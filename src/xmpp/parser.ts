import { EventEmitter } from 'node:events';
import type { Attributes, Element } from '@xmpp/component';
import { Building, type StanzaEvents } from './building.js';
import { Characters } from './characters.js';
import { CDATA, CDATA_END, DECLARATION_END, Held } from './held.js';
import { KnownTags } from './known-tags.js';
import { LARGEST, LONGEST_TAG, MOST_ATTRIBUTES, TOO_LARGE, TOO_LONG, TOO_MANY_ATTRIBUTES } from './limits.js';
import { endOfName, endOfText, isName, skipSpace, usualName } from './names.js';
import { isReserved } from './resolve.js';

const [LESS, GREATER, AMPERSAND, SLASH, EQUALS, QUOTE, APOSTROPHE, QUESTION, EXCLAMATION] = [
  ...[0x3c, 0x3e, 0x26, 0x2f, 0x3d, 0x22, 0x27, 0x3f, 0x21],
] as [number, number, number, number, number, number, number, number, number];
/** So many characters longer is an entity than what it stands for, at least. */
const ESCAPE = 3;

/** What a chunk of the stream is: text, or its bytes in UTF-8, each as one character (`latin1`). */
export type Chunks = 'text' | 'bytes';

/**
 * Reads an XML stream of stanzas (RFC 6120, 11.1: no comments, no instructions, no other entities than the five), in
 * place of the library's parser, which was the largest part of taking in a copy. A tag is found by searches in the text,
 * not character by character, and one that is known by its whole text is not read again; what is too deep or too big is
 * passed over without being built. Bytes are quicker to search than text that has a character beyond Latin 1 somewhere;
 * what is not ASCII is made text when it has been found. Texts may be parts of the chunk that they came in, so who keeps
 * one makes a copy of its own. A stanza with prefixes is told with its namespaces resolved (resolve.ts).
 */
export class StreamParser extends EventEmitter<StanzaEvents> {
  /** What follows the last whole tag. */
  readonly #held = new Held();
  readonly #characters: Characters;
  readonly #known = new KnownTags();
  readonly #building = new Building(this);

  constructor(chunks: Chunks = 'text') {
    super();
    this.#characters = new Characters(chunks === 'bytes');
  }

  /** The stream's own element, null before it has begun. */
  get root(): Element | null {
    return this.#building.root;
  }

  /** The innermost element that has begun and not ended. */
  get cursor(): Element | null {
    return this.#building.cursor;
  }

  /** True where a stanza may begin next, and nothing is half read. */
  get isBetweenStanzas(): boolean {
    return this.#building.isBetweenStanzas && this.#held.isEmpty;
  }

  /**
   * @param chunk what came next of the stream
   * @throws Error where it is not XML as a stream may have it; the message quotes nothing of it
   */
  write(chunk: string): void {
    if (chunk === '') return;
    const held = this.#held;
    const text = held.isEmpty
      ? chunk
      : held.isText && !this.#building.isBetweenStanzas
        ? held.take() + chunk
        : held.add(chunk);
    if (text !== null) {
      const read = this.#readText(text, this.#read(text));
      if (read === text.length) return;
      if (this.#held.add(text.slice(read)) !== null) throw new Error('a tag that is not well-formed');
    }
    if (held.length > LONGEST_TAG) this.#letGo(TOO_LONG);
    else if (held.length + this.#building.length > LARGEST) this.#letGo(TOO_LARGE);
  }

  /** Of what is held nothing is kept any more. */
  #letGo(reason: string): void {
    const { root, isBetweenStanzas } = this.#building;
    if (root === null || (isBetweenStanzas && this.#held.isEndTag)) throw new Error('a tag without an end');
    if (!isBetweenStanzas || this.#held.isTag) this.#building.passOver(reason);
    this.#held.letGo();
  }

  /** Reads whole tags and the text before each. Returns where the rest begins. */
  #read(text: string): number {
    let at = 0;
    this.#characters.begin();
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
      this.#building.grows(next - at);
      at = next;
    }
  }

  /** Reads what there is of a text of which more is to come, so that a long one is read as it comes. Returns its end. */
  #readText(text: string, start: number): number {
    if (start === text.length || text[start] === '<' || this.#building.isBetweenStanzas) return start;
    const end = this.#characters.cut(text, start);
    if (end === start) return start;
    this.#text(text, start, end, true);
    this.#building.grows(end - start);
    return end;
  }

  #startTag(text: string, open: number): number {
    const known = this.#building.isBetweenStanzas
      ? this.#usualStanza(text, open)
      : this.#plainTag(text, open);
    if (known !== 0) return known;
    let at = endOfName(text, open + 1);
    if (at === 0) return 0;
    const name = this.#name(text, open + 1, at);
    const attrs: Attributes = {};
    let count = 0;
    let isPlain = !name.includes(':');
    for (;;) {
      at = skipSpace(text, at);
      const code = text.charCodeAt(at);
      if (code === GREATER) {
        if (isPlain) this.#known.learn(text.slice(open, at + 1), name, attrs, false);
        this.#building.begin(name, attrs);
        return at + 1;
      }
      if (code === SLASH) {
        if (at + 1 === text.length) return 0;
        if (text.charCodeAt(at + 1) !== GREATER) throw new Error('a tag that does not end after its /');
        if (isPlain) this.#known.learn(text.slice(open, at + 2), name, attrs, true);
        this.#building.begin(name, attrs);
        this.#building.end(name);
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
      const attribute = usualName(text, at, end) ?? this.#name(text, at, end);
      if (this.#building.isBetweenStanzas && attribute === 'id') {
        this.#known.learnStanza(text.slice(open, quote + 1), name, attrs);
      }
      if (++count <= MOST_ATTRIBUTES) attrs[attribute] = this.#characters.value(text, quote + 1, close);
      else this.#building.passOver(TOO_MANY_ATTRIBUTES);
      if (attribute !== 'xmlns') isPlain = false;
      else if (isReserved(attrs.xmlns)) {
        this.#building.isToResolve = true;
        isPlain = false; // it is to be resolved each time
      }
      at = close + 1;
    }
  }

  /** A name that is no usual one. */
  #name(text: string, start: number, end: number): string {
    const name = this.#characters.decoded(text, start, end);
    if (!isName(name)) throw new Error('a name that XML does not know');
    if (name.includes(':')) this.#building.isToResolve = true;
    return name;
  }

  /** Reads the start tag of a stanza that differs from one before in its id alone. Returns its end, or 0. */
  #usualStanza(text: string, open: number): number {
    const usual = this.#known.stanzaAt(text, open);
    if (usual === undefined) return 0;
    const start = open + usual.start.length;
    const close = text.indexOf(usual.quote, start);
    if (close < 0 || text.charCodeAt(close + 1) !== GREATER) return 0;
    const { name, to, from } = usual;
    // not a copy of attributes that are kept: V8 makes an object that is written here in a third of the time
    this.#building.begin(name, { to, from, id: this.#characters.value(text, start, close) });
    return close + 2;
  }

  /** Reads a tag that has been read before. Returns its end, or 0. */
  #plainTag(text: string, open: number): number {
    const tag = this.#known.plainAt(text, open);
    if (tag === undefined) return 0;
    const { name, xmlns } = tag;
    this.#building.begin(name, xmlns === undefined ? {} : { xmlns });
    if (tag.isEmpty) this.#building.end(name);
    return open + tag.length;
  }

  #endTag(text: string, open: number): number {
    const name = this.#building.cursor?.name ?? '';
    const after = open + 2 + name.length;
    if (text.charCodeAt(after) === GREATER && text.startsWith(name, open + 2)) {
      this.#building.end(name);
      return after + 1;
    }
    const close = text.indexOf('>', open);
    if (close < 0) return 0;
    this.#building.end(this.#characters.decoded(text, open + 2, endOfText(text, open + 2, close)));
    return close + 1;
  }

  /** The XML declaration, before the stream's own element. */
  #declaration(text: string, open: number): number {
    const close = text.indexOf(DECLARATION_END, open);
    if (close < 0) return 0;
    if (this.#building.root !== null) throw new Error('an instruction inside the stream');
    return close + DECLARATION_END.length;
  }

  #cdata(text: string, open: number): number {
    if (!text.startsWith(CDATA, open)) {
      if (CDATA.startsWith(text.slice(open, open + CDATA.length))) return 0;
      throw new Error('a comment or a declaration inside the stream');
    }
    const close = text.indexOf(CDATA_END, open);
    if (close < 0) return 0;
    // its size is that of the text that is written in its place
    for (let at = open + CDATA.length; at < close; at++) {
      const code = text.charCodeAt(at);
      if (code === LESS || code === AMPERSAND) this.#building.grows(ESCAPE);
    }
    this.#text(text, open + CDATA.length, close, false);
    return close + CDATA_END.length;
  }

  #text(all: string, start: number, end: number, escaped: boolean): void {
    if (this.#building.isPassedOver) return;
    if (this.#building.isBetweenStanzas) {
      if (/[^ \t\r\n]/.test(all.slice(start, end))) throw new Error('text outside of a stanza');
      return;
    }
    const characters = this.#characters;
    this.#building.text(escaped ? characters.unescaped(all, start, end) : characters.lines(all, start, end));
  }
}
