import { Table } from '../table.js';
import { styled, type Terminal } from '../terminal.js';
import { widthOf } from '../width.js';
import { wrap } from '../wrap.js';

/** Longer lines are hard to read. */
const WIDEST = 100;
const INDENT = '    ';

/**
 * Makes a page of the manual readable where Markdown is not shown.
 * @param on the terminal; null: plain text
 */
export function renderManual(markdown: string, on: Terminal | null): string {
  const columns = Math.min(WIDEST, on?.columns ?? WIDEST);
  return `${blocksOf(markdown)
    .map(block => renderBlock(block, columns, on))
    .join('\n\n')}\n`;
}

/** Parts between empty lines; what stands between fences is one. */
function blocksOf(markdown: string): string[] {
  const text = markdown.replace(/^<!--.*-->\n|^<a id=.*<\/a>\n/gm, '');
  return (text.match(/^```[\s\S]*?^```$|^(?:.+\n?)+/gm) ?? []).map(block => block.trimEnd());
}

function renderBlock(block: string, columns: number, on: Terminal | null): string {
  if (block.startsWith('```')) {
    return block
      .split('\n')
      .slice(1, -1)
      .map(line => (INDENT + line).trimEnd())
      .join('\n');
  }
  if (block.startsWith(INDENT)) return block;
  const heading = /^#+ (.*)$/.exec(block)?.[1];
  if (heading !== undefined) return styled('bold', plain(heading), on);
  if (block.startsWith('|')) return renderTable(block, columns, on);
  return paragraphs(block)
    .map(text => {
      const mark = /^(?:- |\d+\. )/.exec(text)?.[0] ?? '';
      const rest = ' '.repeat(mark.length);
      return mark + wrap(plain(text.slice(mark.length)), columns - mark.length).join(`\n${rest}`);
    })
    .join('\n');
}

/** A paragraph, or the points of a list, each as one line. */
function paragraphs(block: string): string[] {
  const texts: string[] = [];
  for (const line of block.split('\n')) {
    if (texts.length === 0 || /^(?:- |\d+\. )/.test(line)) texts.push(line);
    else texts.push(`${texts.pop()} ${line.trim()}`);
  }
  return texts;
}

/** Lined up where it fits; else a part for each row, with the titles before what stands below them. */
function renderTable(block: string, columns: number, on: Terminal | null): string {
  const [titles = [], , ...rows] = block.split('\n').map(cellsOf);
  const lines = new Table(titles.map(title => ({ title }))).lines(rows).trimEnd();
  if (lines.split('\n').every(line => widthOf(line) <= columns)) return lines;
  return rows
    .map(([first = '', ...others]) => {
      const told = others.flatMap((cell, at) => {
        const title = titles[at + 1] ?? '';
        if (cell === '') return [];
        const text = others.length > 1 && title !== '' ? `${title}: ${cell}` : cell;
        return wrap(text, columns - INDENT.length).map(line => INDENT + line);
      });
      return [...wrap(first, columns).map(line => styled('bold', line, on)), ...told].join('\n');
    })
    .join('\n');
}

function cellsOf(row: string): string[] {
  return row
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map(cell => plain(cell.trim().replaceAll('\\|', '|')));
}

/** Text without the marks of Markdown; what stands between backticks keeps its own. */
function plain(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part, at) => (at % 2 === 1 ? part.slice(1, -1) : unmarked(part)))
    .join('');
}

function unmarked(text: string): string {
  return text
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\*\*([^*]+)\*\*/g, '$1')
    .replace(/(^|\W)\*([^*\s][^*]*)\*/g, '$1$2');
}
