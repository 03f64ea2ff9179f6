/** The elements of the page: how they are found, made, and brought up to date without making them anew. */

import { whole } from './words.js';

export const byId = (id: string) => document.getElementById(id) as HTMLElement;

/** Changes only what is another than before, so that nothing flickers and no selection is lost. */
export function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Its classes. */
export function grade(element: HTMLElement, grades: string): void {
  if (element.className !== grades) element.className = grades;
}

/** A new element, with this in it. */
export function made(tag: string, ...inside: (Element | string)[]): HTMLElement {
  const element = document.createElement(tag);
  element.append(...inside);
  return element;
}

/** As many children as there are things to show, each brought up to date. */
export function list<T>(
  parent: Element,
  things: readonly T[],
  make: () => HTMLElement,
  update: (element: HTMLElement, thing: T, index: number) => void,
): void {
  while (parent.children.length > things.length) parent.lastElementChild?.remove();
  for (const [index, thing] of things.entries()) {
    const known = parent.children[index];
    const element = known instanceof HTMLElement ? known : make();
    if (known === undefined) parent.append(element);
    update(element, thing, index);
  }
}

/** What is inside of an element, one after another. */
export function writeCells(row: Element, ...texts: string[]): void {
  for (const [index, text] of texts.entries()) {
    const cell = row.children[index];
    if (cell !== undefined) write(cell, text);
  }
}

export type Bar = readonly [name: string, count: number];

/** Rows of a name with a bar below it, and a number; one line of words where there are none. */
export function bars(id: string, rows: readonly Bar[], none: string): void {
  const body = byId(id);
  const isEmpty = rows.length === 0;
  if (isEmpty !== (body.firstElementChild?.children.length === 1)) body.replaceChildren();
  if (isEmpty) {
    list(body, [none], emptyRow, (row, text) => writeCells(row, text));
    return;
  }
  const most = Math.max(...rows.map(([, count]) => count));
  list(body, rows, barRow, (row, [name, count]) => {
    const [text, bar] = (row.firstElementChild as HTMLElement).children as unknown as [Element, HTMLElement];
    write(text, name);
    write(row.lastElementChild as Element, whole(count));
    bar.style.visibility = count === 0 ? 'hidden' : 'visible';
    bar.style.width = `${most === 0 ? 0 : (100 * count) / most}%`;
  });
}

function emptyRow(): HTMLElement {
  const cell = made('td') as HTMLTableCellElement;
  cell.colSpan = 2;
  cell.className = 'empty';
  return made('tr', cell);
}

function barRow(): HTMLElement {
  const bar = made('div');
  bar.className = 'bar';
  const number = made('td');
  number.className = 'number';
  return made('tr', made('td', made('span'), bar), number);
}

export type Fact = readonly [name: string, value: string];

/** Names with what they are. */
export function facts(id: string, rows: readonly Fact[]): void {
  list(
    byId(id),
    rows,
    () => made('div', made('dt'), made('dd')),
    (row, fact) => writeCells(row, ...fact),
  );
}
