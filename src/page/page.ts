import { diskFree } from '../alerts/facts.js';
import type { Live } from '../monitor/live.js';
import { pageFile } from './files.js';
import { OverviewThread } from './overview-thread.js';
import { type PageSettings, statusOf } from './status-of.js';

export interface PageOptions {
  spoolPath: string;
  /** Why the daemon does not do its work at the moment, or null. */
  trouble(): string | null;
  /** What the process knows of itself. */
  live(): Live;
  /** What the config in force says. */
  settings(): PageSettings;
}

/** An answer to a GET. */
export interface Answer {
  type: string;
  body: Buffer | string;
  headers: Readonly<Record<string, string>>;
}

/** Where the script of the page asks what to show. */
export const STATUS = '/page/status.json';

/** The page loads what is served here, and nothing else; nobody shows it within another page. */
export const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; " +
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
};

/** The status page: its files, and what they show. */
export class Page {
  readonly #options: PageOptions;
  readonly #spool: OverviewThread;

  constructor(options: PageOptions) {
    this.#options = options;
    this.#spool = new OverviewThread(options.spoolPath);
  }

  /** @returns null where there is nothing at this path */
  async get(path: string): Promise<Answer | null> {
    if (path === STATUS) return { type: 'application/json', body: await this.#status(), headers: HEADERS };
    if (path === '/') void this.#spool.read(Date.now()); // it is there when the script asks
    const file = pageFile(path);
    return file === undefined ? null : { ...file, headers: HEADERS };
  }

  close(): Promise<void> {
    return this.#spool.close();
  }

  async #status(): Promise<string> {
    const { spoolPath, trouble, live, settings } = this.#options;
    const at = Date.now();
    const [overview, free] = await Promise.all([this.#spool.read(at), diskFree(spoolPath)]);
    const seen = { at, live: live(), trouble: trouble(), overview, diskFree: free };
    return JSON.stringify(statusOf(seen, settings()));
  }
}
