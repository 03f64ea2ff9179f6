import { once } from 'node:events';
import { get } from 'node:http';
import { createServer } from 'node:net';
import type { HostAndPort } from '../../config/kinds.js';
import { isLoopback } from '../../config/loopback.js';
import { whyNotListen } from '../../monitor/why-not-listen.js';
import { type Finding, findingsOn } from './finding.js';

const { ok, skipped, warning } = findingsOn('http');

/** How long an answer may take, in ms. */
const PATIENCE = 2_000;
/** What only respool has among its metrics. */
const OURS = /^respool_build_info\{/m;

/**
 * Looks at the address of the status page, /metrics and /healthz: whether it is free, or respool's own already, and who
 * can reach it.
 * @param served the running daemon is to serve there; else nobody may listen there yet
 */
export async function checkHttp(http: HostAndPort | null, served: boolean): Promise<Finding[]> {
  if (http === null) return [];
  const at = `${http.host.includes(':') ? `[${http.host}]` : http.host}:${http.port}`;
  const findings: Finding[] = [];
  if (http.port === 0)
    findings.push(skipped(`http.listen has port 0: the system chooses one, which the log tells`));
  else findings.push(served ? await isServed(at) : await isFree(http, at));
  if (!isLoopback(http.host)) {
    findings.push(
      warning(`http.listen is ${at}, which is not this machine alone`, {
        means:
          'whoever reaches it sees how much is written here and how delivery goes; nobody is asked for a password',
        remedy: 'http.listen: "127.0.0.1:9280", or keep others away from it by a firewall',
      }),
    );
  }
  return findings;
}

async function isFree({ host, port }: NonNullable<HostAndPort | null>, at: string): Promise<Finding> {
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
    return ok(`${at} is free`);
  } catch (error) {
    return unusable(at, error as NodeJS.ErrnoException);
  } finally {
    if (server.listening) {
      server.close();
      await once(server, 'close');
    }
  }
}

async function isServed(at: string): Promise<Finding> {
  const text = await metricsOf(at).catch((error: NodeJS.ErrnoException) => error);
  if (typeof text === 'string' && OURS.test(text)) return ok(`respool serves http on ${at}`);
  if (typeof text === 'string') return taken(at);
  return warning(`the running daemon does not serve http on ${at} (${text.message || text.code})`, {
    means: 'who watches it there sees nothing; messages are kept all the same',
    remedy: 'its log says why (journalctl -u respool)',
  });
}

function metricsOf(at: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(`http://${at}/metrics`, { agent: false, timeout: PATIENCE }, response => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
        if (text.length > MOST_READ) request.destroy(); // it is no page of ours
      });
      response.once('close', () => resolve(text));
    });
    request.once('timeout', () => request.destroy(new Error(`no answer within ${PATIENCE / 1_000} s`)));
    request.once('error', reject);
  });
}

const MOST_READ = 1 << 20;

function unusable(at: string, error: NodeJS.ErrnoException): Finding {
  if (error.code === 'EADDRINUSE') return taken(at);
  return warning(`http.listen ${at} cannot be used: ${whyNotListen(error)}`, UNSERVED);
}

function taken(at: string): Finding {
  return warning(`another program listens on ${at}`, UNSERVED);
}

const UNSERVED = {
  means: 'respool runs without the status page, /metrics and /healthz until it can listen there',
  remedy: 'set http.listen to another address, or http to false',
};
