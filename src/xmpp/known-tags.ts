import type { Attributes } from '@xmpp/component';
import { ownCopy } from './own-copy.js';

/** A tag of more characters is not looked for among those known. */
const LONGEST = 80;
/** So many are known at most; there are not so many in the XEPs that clients use. */
const MOST = 1_000;
/** So many starts of stanzas are known: one for each vhost whose copies come. */
const MOST_STANZAS = 8;

/** A tag without other attributes than its namespace. */
interface PlainTag {
  name: string;
  xmlns: string | undefined;
  isEmpty: boolean;
  /** How many characters it is long. */
  length: number;
}

/** How the start tag of a stanza begins, which has no more attributes than `to`, `from` and `id`. */
interface UsualStanza {
  start: string;
  name: string;
  to: string | undefined;
  from: string | undefined;
  quote: string;
}

/** Tags that have been read before: the same text always means the same. */
export class KnownTags {
  /** By the whole tag. */
  readonly #plain = new Map<string, PlainTag>();
  readonly #stanzas: UsualStanza[] = [];

  /** The tag at this place. */
  plainAt(text: string, open: number): PlainTag | undefined {
    const length = text.indexOf('>', open) + 1 - open;
    return length > LONGEST || length <= 0 ? undefined : this.#plain.get(text.slice(open, open + length));
  }

  /** @param tag all of it, which has no other attribute than a namespace */
  learn(tag: string, name: string, { xmlns }: Attributes, isEmpty: boolean): void {
    if (tag.length > LONGEST) return;
    if (this.#plain.size >= MOST) this.#plain.clear();
    this.#plain.set(
      ownCopy(tag),
      ownCopy({ name, isEmpty, length: tag.length, ...(xmlns === undefined ? {} : { xmlns }) }) as PlainTag,
    );
  }

  /** The stanza whose start tag is written here but for its id: such tags often differ in that alone. */
  stanzaAt(text: string, open: number): UsualStanza | undefined {
    for (const usual of this.#stanzas) if (text.startsWith(usual.start, open)) return usual;
    return undefined;
  }

  /** @param start all before the value of its `id` */
  learnStanza(start: string, name: string, attrs: Attributes): void {
    const { to, from } = attrs;
    if (this.#stanzas.length >= MOST_STANZAS || Object.keys(attrs).join() !== 'to,from') return;
    if (from?.includes('@') === true) return; // there are too many users
    if (this.#stanzas.some(usual => usual.start === start)) return; // its tag was cut, or goes on
    this.#stanzas.push(ownCopy({ start, name, to, from, quote: start.slice(-1) }));
  }
}
