/** What a token is, by how it begins; null where too little of it has come to say. */
type Token = 'text' | 'tag' | 'cdata' | 'declaration' | null;

export const CDATA = '<![CDATA[';
export const CDATA_END = ']]>';
export const DECLARATION_END = '?>';
/** The next character of a tag that matters: a quote, or its end; a < is an error, which the reader tells. */
const OF_TAG = /["'<>]/g;

/**
 * What has come of a token (a tag, a text, CDATA) that is not whole. Each piece is looked through once, when it comes,
 * and the pieces are put together once, when the token is whole: in however many pieces it comes, and whatever is in it,
 * the work grows with its length alone.
 */
export class Held {
  #pieces: string[] = [];
  #length = 0;
  #token: Token = null;
  /** Its first characters, until they tell what it is. */
  #start = '';
  /** The quote that is open in a tag. */
  #quote: '"' | "'" | null = null;
  /** The last two characters, for what ends it may come in pieces too. */
  #last = '';
  #isLetGo = false;

  /** True where nothing of a token has come. */
  get isEmpty(): boolean {
    return this.#start === '';
  }

  /** In characters, of what is kept. */
  get length(): number {
    return this.#length;
  }

  /** True for a text between tags. */
  get isText(): boolean {
    return this.#token === 'text';
  }

  /** True for a tag of any kind. */
  get isTag(): boolean {
    return this.#token === 'tag';
  }

  /** True for the end tag of an element. */
  get isEndTag(): boolean {
    return this.#start.startsWith('</');
  }

  /**
   * Adds what came next.
   * @returns all from the token's beginning, once that is whole; else null
   */
  add(piece: string): string | null {
    const end = this.#endIn(piece);
    if (end < 0) {
      if (!this.#isLetGo) {
        this.#pieces.push(piece);
        this.#length += piece.length;
      }
      this.#last = (this.#last + piece).slice(-2);
      return null;
    }
    const text = this.#isLetGo ? this.#inPlace(piece, end) : this.#pieces.join('') + piece;
    this.#begin();
    return text;
  }

  #begin(): void {
    this.#pieces = [];
    this.#length = 0;
    this.#token = null;
    this.#start = '';
    this.#quote = null;
    this.#last = '';
    this.#isLetGo = false;
  }

  /** What has come of a text, which is to be read with what comes next. */
  take(): string {
    const text = this.#pieces.join('');
    this.#begin();
    return text;
  }

  /** Drops what has come of the token; add() returns a short one of its kind in its place. */
  letGo(): void {
    this.#isLetGo = true;
    this.#pieces = [];
    this.#length = 0;
  }

  /** @returns where in the piece the token ends, or -1 */
  #endIn(piece: string): number {
    let from = 0;
    if (this.#token === null) {
      const before = this.#start.length;
      this.#start += piece.slice(0, CDATA.length - before);
      const token = tokenOf(this.#start);
      if (token === 'wrong') return piece.length;
      this.#token = token;
      if (token === null) return -1;
      from = token === 'tag' && before === 0 ? 1 : 0; // its own <
    }
    switch (this.#token) {
      case 'text':
        return piece.indexOf('<', from);
      case 'tag':
        return this.#endOfTag(piece, from);
      default:
        return this.#endOf(this.#token === 'cdata' ? CDATA_END : DECLARATION_END, piece);
    }
  }

  #endOfTag(piece: string, from: number): number {
    for (let at = from; ; at++) {
      if (this.#quote !== null) {
        at = piece.indexOf(this.#quote, at);
        if (at < 0) return -1;
        this.#quote = null;
        continue;
      }
      OF_TAG.lastIndex = at;
      if (!OF_TAG.test(piece)) return -1;
      at = OF_TAG.lastIndex - 1;
      const mark = piece[at];
      if (mark !== '"' && mark !== "'") return at;
      this.#quote = mark;
    }
  }

  #endOf(mark: string, piece: string): number {
    const found = (this.#last + piece).indexOf(mark);
    return found < 0 ? -1 : found - this.#last.length + mark.length - 1;
  }

  /** A short token, and what followed the one that was let go. */
  #inPlace(piece: string, end: number): string {
    if (this.#token === 'text') return piece.slice(end);
    if (piece[end] === '<') return '<<'; // in a tag, which no reader takes
    const rest = piece.slice(end + 1);
    if (this.#token === 'cdata') return `${CDATA}${CDATA_END}${rest}`;
    const isEmpty = (this.#last + piece.slice(0, end)).endsWith('/');
    return `${this.isEndTag ? '</x>' : isEmpty ? '<x/>' : '<x>'}${rest}`;
  }
}

function tokenOf(start: string): Token | 'wrong' {
  if (!start.startsWith('<')) return 'text';
  if (start.length === 1) return null;
  if (start[1] === '?') return 'declaration';
  if (start[1] !== '!') return 'tag';
  if (start.startsWith(CDATA)) return 'cdata';
  return CDATA.startsWith(start) ? null : 'wrong';
}
