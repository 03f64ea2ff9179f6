import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { untilItWorks } from '../daemon/again.js';
import { Page, type PageOptions } from '../page/page.js';
import { LastingReader } from '../spool/lasting-reader.js';
import type { Stats } from '../spool/stats.js';
import { describe } from '../xmpp/describe.js';
import { mayAsk } from './asked-host.js';
import type { Log } from './log.js';
import { CONTENT_TYPE, render } from './metrics.js';
import { whyNotListen } from './why-not-listen.js';

/** The address cannot be listened on; the message says what to do. */
export class HttpError extends Error {}

export interface HttpOptions extends PageOptions {
  host: string;
  /** 0 lets the system choose. */
  port: number;
}

export interface HttpServer {
  /** Where it listens, with the port in use. */
  readonly url: string;
  close(): Promise<void>;
}

const TEXT = 'text/plain; charset=utf-8';

const STRANGE_NAME =
  'ask for this by its address or as localhost; a proxy before it has to set the header Host so\n';

/**
 * Serves the status page, /healthz and /metrics from the moment when it can listen there: messages do not wait for it.
 * @returns ends it
 */
export function keepServing(options: HttpOptions, log: Log): () => Promise<void> {
  const ended = new AbortController();
  const serving = untilItWorks(() => serveHttp(options), {
    mayPass: error => error instanceof HttpError,
    failed: ({ message }, wait) => log.error(`${message}; trying again in ${Math.ceil(wait / 1000)} s`),
    signal: ended.signal,
  }).then(http => {
    if (http !== null) log.info(`status page, /healthz and /metrics at ${http.url}`);
    return http;
  });
  return async () => {
    ended.abort();
    await (await serving)?.close();
  };
}

/**
 * Serves the status page, /healthz and /metrics.
 * @throws HttpError where the address cannot be used
 */
export async function serveHttp(options: HttpOptions): Promise<HttpServer> {
  const { host, port } = options;
  const scraper = new LastingReader(options.spoolPath);
  const page = new Page(options);
  const server = createServer((request, response) => {
    answer(request, response, { ...options, scraper, page }).catch((error: unknown) => {
      reply(response, 503, TEXT, `${describe(error)}\n`);
    });
  });
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new HttpError(unusable(host, port, error as NodeJS.ErrnoException), { cause: error });
  }
  const address = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      scraper.close();
      await page.close();
    },
  };
}

async function answer(
  { method = '', url = '', headers }: IncomingMessage,
  response: ServerResponse,
  { host, trouble, live, scraper, page }: HttpOptions & { scraper: LastingReader; page: Page },
): Promise<void> {
  if (!mayAsk(host, headers.host)) return reply(response, 403, TEXT, STRANGE_NAME);
  const [path] = url.split('?');
  const asked = method === 'GET' || method === 'HEAD' ? path : undefined;
  if (asked === '/healthz') {
    const reason = trouble();
    reply(response, reason === null ? 200 : 503, TEXT, `${reason ?? 'ok'}\n`);
  } else if (asked === '/metrics') {
    reply(
      response,
      200,
      CONTENT_TYPE,
      await render({ stats: statsOf(scraper), live: live(), now: Date.now() }),
    );
  } else {
    const found = asked === undefined ? null : await page.get(asked);
    if (found === null) reply(response, 404, TEXT, 'there are GET /, GET /healthz and GET /metrics\n');
    else reply(response, 200, found.type, found.body, found.headers);
  }
}

/** null: the spool cannot be read, which the rest tells of. */
function statsOf(scraper: LastingReader): Stats | null {
  try {
    return scraper.use(reader => reader.stats());
  } catch {
    return null;
  }
}

/** To HEAD, Node sends the head alone. */
function reply(
  response: ServerResponse,
  status: number,
  type: string,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', ...headers }).end(body);
}

function unusable(host: string, port: number, error: NodeJS.ErrnoException): string {
  const why = whyNotListen(error);
  return `cannot serve http on ${host}:${port}: ${why}; set http.listen to another address, or http to false`;
}
