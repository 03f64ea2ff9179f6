import { type Document, isMap, isScalar, LineCounter, parseDocument } from 'yaml';

interface Place {
  line: number;
  column: number;
}

/** Where a value comes from: a place in the file, or a variable of the environment. */
export type Origin = (Place & { variable?: never }) | { line: null; column: null; variable: string };

type Path = readonly PropertyKey[];

/** A YAML file whose values can be found again in its text, and what the environment says instead. */
export class ConfigDocument {
  readonly #document: Document;
  readonly #lines = new LineCounter();
  readonly #overrides: { path: Path; value: unknown; variable: string }[] = [];

  constructor(text: string) {
    // Not prettyErrors: it quotes the lines, and with them perhaps the secret
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
  }

  /** What is not YAML at all, in words that quote nothing of the file. While there is any, values cannot be had. */
  get syntaxErrors(): (Place & { what: string })[] {
    const errors = this.#document.errors.map(error => ({ ...this.#place(error.pos[0]), what: words(error) }));
    if (errors.length > 0) return errors;
    try {
      this.#plain();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      errors.push({ line: 1, column: 1, what: words(error) }); // an alias without its anchor, or with too many
    }
    return errors;
  }

  /** The file as a plain value, with what the environment says; an empty one is null. */
  value(): unknown {
    return this.#overrides.reduce((whole, { path, value }) => withValue(whole, path, value), this.#plain());
  }

  valueAt(path: Path): unknown {
    return path.reduce(
      (section, name) => (isSection(section) ? section[String(name)] : undefined),
      this.value(),
    );
  }

  /** Makes a variable of the environment decide a value. */
  override(path: Path, value: unknown, variable: string): void {
    this.#overrides.push({ path, value, variable });
  }

  /** The variable that has decided a value, if any. */
  variableAt(path: Path): string | undefined {
    const name = path.join('.');
    return this.#overrides.find(one => one.path.join('.') === name)?.variable;
  }

  /** Where a key stands, or the nearest section around it that is there. */
  originOf(path: Path): Origin {
    const variable = this.variableAt(path);
    if (variable !== undefined) return { line: null, column: null, variable };
    for (let length = path.length; length > 0; length--) {
      const parent: unknown =
        length === 1 ? this.#document.contents : this.#document.getIn(path.slice(0, length - 1), true);
      if (!isMap(parent)) continue;
      const pair = parent.items.find(item => isScalar(item.key) && item.key.value === path[length - 1]);
      if (isScalar(pair?.key) && pair.key.range) return this.#place(pair.key.range[0]);
    }
    return { line: 1, column: 1 };
  }

  #plain(): unknown {
    return this.#document.toJS();
  }

  #place(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }
}

/** Whether a value holds others by their names. */
export function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withValue(whole: unknown, [name, ...rest]: Path, value: unknown): unknown {
  if (name === undefined) return value;
  const section = isSection(whole) ? whole : {};
  return { ...section, [name]: withValue(section[String(name)], rest, value) };
}

/** The parser's words up to where they begin to quote. */
function words(error: Error): string {
  const [start = ''] = error.message.split(/[:("'`\\]/);
  return start.trim();
}
