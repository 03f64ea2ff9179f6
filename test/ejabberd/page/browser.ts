import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { until } from '../../wait.js';
import { onExit } from '../exit.js';
import { ensureCommands } from '../install.js';

const CHROMIUM = '/usr/bin/chromium';
/** It runs as root in tests, and is to speak with nobody but the page's server. */
const FLAGS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

/** What a page did beside showing itself. */
export interface Watched {
  page: Page;
  /** All that it asked for, by address. */
  requests: string[];
  /** What the console said, errors that nobody caught, and what the content security policy did not allow. */
  complaints: string[];
}

export interface Look {
  width?: number;
  height?: number;
  dark?: boolean;
}

/** A Chromium of the tests' own; Debian's is installed where it is missing. */
export class Browser implements AsyncDisposable {
  readonly #folder: string;
  readonly #context: BrowserContext;
  readonly #forget: () => void;

  private constructor(context: BrowserContext, folder: string) {
    this.#context = context;
    this.#folder = folder;
    this.#forget = onExit(() => this.#remove());
  }

  static async open(): Promise<Browser> {
    ensureCommands('chromium');
    const folder = mkdtempSync(join(tmpdir(), 'respool-browser-'));
    const context = await chromium.launchPersistentContext(folder, {
      executablePath: CHROMIUM,
      args: FLAGS,
      timezoneId: 'UTC',
      viewport: null,
    });
    return new Browser(context, folder);
  }

  /** Opens an address in a new tab, and returns when it has been told something to show. */
  async look(url: string, { width = 1440, height = 900, dark = false }: Look = {}): Promise<Watched> {
    const page = await this.#context.newPage();
    const watched: Watched = { page, requests: [], complaints: [] };
    page.on('request', request => watched.requests.push(request.url()));
    page.on('console', message => watched.complaints.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', error => watched.complaints.push(`${error}`));
    await page.addInitScript(`document.addEventListener('securitypolicyviolation', event => {
      console.error('violates', event.violatedDirective, event.blockedURI, event.sample);
    })`);
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' });
    await page.goto(url);
    await page.locator('#updated:not(:empty)').waitFor();
    return watched;
  }

  /** Waits until an element, of those that this selects the first, has this text; the page asks at once, not in 5 s. */
  static async shows({ page }: Watched, selector: string, text: string): Promise<void> {
    const element = page.locator(selector).first();
    let seen: string | null = null;
    await until(`${selector} shows ${text}`, async () => {
      await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
      seen = plain(await element.textContent());
      return seen === text;
    }).catch(error => {
      throw new Error(`${selector} shows ${seen}`, { cause: error });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#forget();
    await this.#context.close();
    this.#remove();
  }

  #remove(): void {
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** With the spaces that break no line as plain ones. */
export function plain(text: string | null): string {
  return (text ?? '').replaceAll('\u00a0', ' ');
}
