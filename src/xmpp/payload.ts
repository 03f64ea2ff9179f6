import type { Element } from '@xmpp/component';
import { describe } from './describe.js';
import { NS } from './namespaces.js';
import { StreamParser } from './parser.js';
import type { LeftOut } from './resolve.js';
import { isForbidden, serialize } from './serialize.js';

/** A payload made anew, and what was left out of it; or why nothing can be made of it. */
export type Made = { payload: string; leftOut: readonly LeftOut[] } | { unreadable: string };

/** Of a stanza, in which a payload stands; its namespace is that of clients (RFC 6120, section 4.8.3). */
const [STREAM, BEFORE, AFTER] = [`<payload xmlns='${NS.client}'>`, '<message>', '</message>'];
/** What a stanza itself is in, on the stream of a client or of a component: there a child inherits it. */
const OF_STANZAS: ReadonlySet<string | undefined> = new Set([NS.client, NS.component]);

/**
 * Writes a child of a message as a part of a payload. Its namespaces are resolved, as those of all that was read from a
 * stream, so that it means the same in any stanza.
 */
export function writeInPayload(child: Element): string {
  if (OF_STANZAS.has(child.attrs.xmlns)) child.attrs.xmlns = undefined; // inherited
  return serialize(child);
}

/**
 * Makes a payload anew: it is read as what a message has in it and nothing else, and written from that. So whatever the
 * text was, what goes out is well-formed, is in this one message, and has its namespaces declared where they are used.
 * @param text as it was stored, by an older respool or by hand, or comes from a file
 */
export function makePayload(text: string): Made {
  return maker.make(text);
}

/** Reads a payload as a message that has it. @returns null where it cannot be read */
export function readPayload(text: string, attributes: Record<string, string | undefined>): Element | null {
  const message = maker.read(text);
  if ('unreadable' in message) return null;
  Object.assign(message.attrs, attributes);
  return message;
}

/** Keeps the parser from one payload to the next, for the tags that it knows by then. */
class Maker {
  #parser: StreamParser | null = null;
  #read: Element[] = [];
  #dropped: string[] = [];
  readonly #leftOut = new Set<LeftOut>();

  make(text: string): Made {
    const message = this.read(text);
    if ('unreadable' in message) return message;
    const payload = message.getChildElements().map(writeInPayload).join('');
    return { payload, leftOut: this.#leftOut.size === 0 ? NOTHING : [...this.#leftOut] };
  }

  /** The message that has it, or why there is none. */
  read(text: string): Element | { unreadable: string } {
    if (isForbidden(text)) return { unreadable: 'a character that XML forbids' };
    this.#read = [];
    this.#dropped = [];
    this.#leftOut.clear();
    let parser: StreamParser;
    try {
      parser = this.#parser ?? this.#begin();
      this.#parser = null; // of no use where it is left in the middle of something
      parser.write(BEFORE + text + AFTER);
    } catch (error) {
      return { unreadable: describe(error) };
    }
    if (!parser.isBetweenStanzas) return { unreadable: 'an element that is not closed' };
    this.#parser = parser;
    const [message] = this.#read;
    const [dropped] = this.#dropped;
    if (dropped !== undefined) return { unreadable: dropped };
    if (message === undefined || this.#read.length > 1) return { unreadable: 'more than one message' };
    if (message.children.some(child => typeof child === 'string' && child.trim() !== '')) {
      return { unreadable: 'text outside of an element' };
    }
    return message;
  }

  #begin(): StreamParser {
    const parser = new StreamParser();
    parser.on('element', element => this.#read.push(element));
    parser.on('dropped', reason => this.#dropped.push(reason));
    parser.on('mended', why => this.#leftOut.add(why));
    parser.write(STREAM);
    return parser;
  }
}

const NOTHING: readonly LeftOut[] = [];
const maker = new Maker();
