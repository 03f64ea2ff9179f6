import type { EventEmitter } from 'node:events';
import type { Attributes, Element } from '@xmpp/component';
import { DEEPEST, LARGEST, MOST_ELEMENTS, TOO_DEEP, TOO_LARGE, TOO_MANY_ELEMENTS } from './limits.js';
import { MadeElement } from './made-element.js';
import { type LeftOut, resolve } from './resolve.js';

/** What the reader of a stream tells. */
export interface StanzaEvents {
  /** The stream's own element has begun. */
  start: [root: Element];
  /** A whole child of it. */
  element: [element: Element];
  /** A child of it that is too deep or too big to be read, or has no meaning, and why. */
  dropped: [reason: string];
  /** Something in the child that comes next was left out, and why. */
  mended: [reason: LeftOut];
  end: [root: Element];
}

/** Builds the stanzas of a stream from what is read of it; what is too deep or too big is not built. */
export class Building {
  /** The stream's own element, null before it has begun. */
  root: Element | null = null;
  /** The innermost element that has begun and not ended. */
  cursor: Element | null = null;
  /** Whether the stanza has prefixes, or namespaces that nothing may be in. */
  isToResolve = false;
  readonly #tell: EventEmitter<StanzaEvents>;
  /** Of the stanza that has begun. */
  #depth = 0;
  #elements = 0;
  #length = 0;
  /** Why it is passed over. */
  #tooMuch: string | null = null;

  constructor(tell: EventEmitter<StanzaEvents>) {
    this.#tell = tell;
  }

  get isBetweenStanzas(): boolean {
    return this.#depth === 0;
  }

  /** True while the stanza that has begun is not built. */
  get isPassedOver(): boolean {
    return this.#tooMuch !== null;
  }

  /** Of the stanza that has begun, in characters. */
  get length(): number {
    return this.#length;
  }

  /** So much more of it was read. */
  grows(by: number): void {
    if (this.#depth === 0) return;
    this.#length += by;
    if (this.#length > LARGEST) this.passOver(TOO_LARGE);
  }

  /** A text of the innermost element; texts that follow each other are one. */
  text(text: string): void {
    const children = this.cursor?.children ?? [];
    const last = children.length - 1;
    if (typeof children[last] === 'string') children[last] += text;
    else if (text !== '') children.push(text);
  }

  /** An element begins. */
  begin(name: string, attrs: Attributes): void {
    const { root, cursor } = this;
    if (root === null || cursor === null) {
      if (root !== null) throw new Error('a second stream');
      this.root = new MadeElement(name, attrs, null);
      this.cursor = this.root;
      this.isToResolve = false;
      this.#tell.emit('start', this.root);
      return;
    }
    if (++this.#depth > DEEPEST) this.passOver(TOO_DEEP);
    else if (++this.#elements > MOST_ELEMENTS) this.passOver(TOO_MANY_ELEMENTS);
    if (this.#tooMuch !== null) return;
    const element = new MadeElement(name, attrs, cursor);
    if (cursor !== root) cursor.children.push(element);
    this.cursor = element;
  }

  /** An element ends. @throws Error where it is another than the one that began last */
  end(name: string): void {
    const { root, cursor } = this;
    if (this.#depth === 0) {
      if (root === null || cursor === null || root.name !== name)
        throw new Error('an end without a beginning');
      this.cursor = null;
      this.#tell.emit('end', root);
      return;
    }
    this.#depth--;
    if (this.#tooMuch === null) {
      if (cursor === null || cursor.name !== name) throw new Error('an element that is not closed');
      this.cursor = cursor.parent;
    }
    if (this.#depth === 0) this.#whole(cursor);
  }

  /** @param element a child of the stream, unless it was passed over */
  #whole(element: Element | null): void {
    const reason = this.#tooMuch;
    const isToResolve = this.isToResolve;
    this.#elements = 0;
    this.#length = 0;
    this.isToResolve = false;
    this.#tooMuch = null;
    if (reason !== null) this.#tell.emit('dropped', reason);
    else if (element === null) return;
    else if (!isToResolve || this.#isOfStream(element)) this.#tell.emit('element', element);
    else {
      const reasons = new Set<LeftOut>();
      const stays = resolve(element, why => reasons.add(why));
      for (const why of reasons) this.#tell.emit(stays ? 'mended' : 'dropped', why);
      if (stays) this.#tell.emit('element', element);
    }
  }

  /** True for what belongs to the stream itself (RFC 6120, section 4.9), which is known by its prefix. */
  #isOfStream({ name }: Element): boolean {
    const own = this.root?.name ?? '';
    return own.includes(':') && name.startsWith(own.slice(0, own.indexOf(':') + 1));
  }

  /** What has been built of the stanza is let go; only its end is looked for. */
  passOver(reason: string): void {
    this.#tooMuch ??= reason;
    this.cursor = this.root;
  }
}
