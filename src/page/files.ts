import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** A file of the page, as it is sent. */
export interface PageFile {
  type: string;
  body: Buffer;
}

const HTML = 'text/html; charset=utf-8';
const CSS = 'text/css; charset=utf-8';
const SCRIPT = 'text/javascript; charset=utf-8';

const { resolve } = createRequire(import.meta.url);
/** In the source, for nothing is made of it. */
const web = (name: string) => fileURLToPath(new URL(`../../../src/page/web/${name}`, import.meta.url));
/** Made by `tsc -p src/page/client`. */
const script = (name: string) => fileURLToPath(new URL(`./client/${name}`, import.meta.url));

/** All that there is, by its path; no other file can be asked for. */
const FILES: Readonly<Record<string, readonly [type: string, file: () => string]>> = {
  '/': [HTML, () => web('index.html')],
  '/page/page.css': [CSS, () => web('page.css')],
  '/page/icon.svg': ['image/svg+xml', () => web('icon.svg')],
  '/page/main.js': [SCRIPT, () => script('main.js')],
  '/page/show.js': [SCRIPT, () => script('show.js')],
  '/page/elements.js': [SCRIPT, () => script('elements.js')],
  '/page/charts.js': [SCRIPT, () => script('charts.js')],
  '/page/words.js': [SCRIPT, () => script('words.js')],
  '/page/uplot.js': [SCRIPT, () => resolve('uplot/dist/uPlot.iife.min.js')],
  '/page/uplot.css': [CSS, () => resolve('uplot/dist/uPlot.min.css')],
};

/** The paths of the page's files. */
export const PATHS: readonly string[] = Object.keys(FILES);

const read = new Map<string, PageFile>();

/**
 * The file at a path, read once; undefined where there is none.
 * @throws Error where it is not there, though it should be
 */
export function pageFile(path: string): PageFile | undefined {
  const known = read.get(path);
  if (known !== undefined || !Object.hasOwn(FILES, path)) return known;
  const [type, file] = FILES[path] as (typeof FILES)[string];
  const found = { type, body: readFileSync(file()) };
  read.set(path, found);
  return found;
}
