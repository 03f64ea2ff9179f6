import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';

export interface Place {
  line: number;
  column: number;
}

type Path = readonly PropertyKey[];

/** A YAML file whose values can be found again in its text. */
export class ConfigDocument {
  readonly #document: Document;
  readonly #lines = new LineCounter();

  constructor(text: string) {
    // Not prettyErrors: it quotes the lines, and with them perhaps the secret
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
  }

  /** What is not YAML at all, in words that quote nothing of the file. While there is any, values cannot be had. */
  get syntaxErrors(): (Place & { what: string })[] {
    const errors = this.#document.errors.map(error => ({ ...this.#place(error.pos[0]), what: words(error) }));
    if (errors.length > 0) return errors;
    try {
      this.value();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      errors.push({ line: 1, column: 1, what: words(error) }); // an alias without its anchor, or with too many
    }
    return errors;
  }

  /** The file as a plain value; an empty one is null. */
  value(): unknown {
    return this.#document.toJS();
  }

  valueAt(path: Path): unknown {
    const node = this.#document.getIn(path, true);
    return isNode(node) ? node.toJS(this.#document) : node;
  }

  /** Where a key stands, or the nearest section around it that is there. */
  placeOf(path: Path): Place {
    for (let length = path.length; length > 0; length--) {
      const parent: unknown =
        length === 1 ? this.#document.contents : this.#document.getIn(path.slice(0, length - 1), true);
      if (!isMap(parent)) continue;
      const pair = parent.items.find(item => isScalar(item.key) && item.key.value === path[length - 1]);
      if (isScalar(pair?.key) && pair.key.range) return this.#place(pair.key.range[0]);
    }
    return { line: 1, column: 1 };
  }

  #place(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }
}

/** The parser's words up to where they begin to quote. */
function words(error: Error): string {
  const [start = ''] = error.message.split(/[:("'`\\]/);
  return start.trim();
}
