import { widthOf } from './width.js';
import { wrap } from './wrap.js';

/** The first column of a line that has two, with its indentation: `  handed      ejabberd routed it`. */
const FIRST_COLUMN = /^ +\S+(?: \S+)* {2,}(?=\S)/;
/** Beside a first column there is room for so many characters at least, or what follows goes below it. */
const LEAST = 24;

/**
 * Fits the closing text of a command's help to the terminal: paragraphs are filled anew, and what stands in a second
 * column stays in it.
 * @param columns of the terminal; undefined: there is none, and the text stays as it is
 */
export function fitted(text: string, columns: number | undefined = process.stdout.columns): string {
  if (columns === undefined) return text;
  const lines: string[] = [];
  let paragraph: string[] = [];
  const end = () => {
    if (paragraph.length > 0) lines.push(...wrap(paragraph.join(' '), columns));
    paragraph = [];
  };
  for (const line of text.split('\n')) {
    if (/^\S/.test(line)) paragraph.push(line);
    else {
      end();
      lines.push(...hanging(line, columns));
    }
  }
  end();
  return lines.join('\n');
}

/** An indented line, whose next lines are below its second column, or its first. */
function hanging(line: string, columns: number): string[] {
  if (widthOf(line) <= columns) return [line];
  const [first = ''] = FIRST_COLUMN.exec(line) ?? [];
  const isBeside = first !== '' && columns - first.length >= LEAST;
  const indent = isBeside ? first : (/^ */.exec(line)?.[0] ?? '');
  const rest = ' '.repeat(indent.length);
  return wrap(line.slice(indent.length), columns - indent.length).map(
    (part, at) => (at === 0 ? indent : rest) + part,
  );
}
