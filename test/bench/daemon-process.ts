import type { Config } from '../../src/config/config.js';
import { startDaemon } from '../../src/daemon/daemon.js';
import { NO_ALERTS } from '../no-alerts.js';
import { QUOTAS } from '../spool/quotas.js';
import { serve, tell } from './child.js';
import { DOMAIN, HOST, SECRET } from './names.js';

/** What a measurement says of the daemon's configuration; the rest is as an operator would have it. */
export interface DaemonSettings {
  port: number;
  path: string;
  settle?: number;
  /** Does it keep a history? */
  history?: boolean;
  /** Its own name. */
  domain?: string;
  /** The other one of two. */
  peer?: string;
}

const DAY = 86_400_000;
const settings = JSON.parse(process.argv[2] ?? '') as DaemonSettings;
const { port, path, settle = 2_000, history = true, domain = DOMAIN, peer = null } = settings;
const config: Config = {
  file: 'bench',
  component: { host: '127.0.0.1', nodes: ['127.0.0.1'], port, domain, secret: SECRET },
  hosts: new Set([HOST]),
  // The sizes are above what any measurement stores, for eviction is not what is measured.
  spool: { ...QUOTAS, path, maxAge: 14 * DAY, maxPerAccount: 1_000_000, maxSize: 64 * 2 ** 30 },
  replay: { settle, proofAfter: 3_000, proofTimeout: 30_000, chunk: 100 },
  devices: { sync: true, forgetAfter: 30 * DAY, maxPerAccount: 10, neverPing: new Set() },
  remote: { retry: true, maxAge: 2 * DAY, retryUnknown: 600_000, minWait: 60_000, maxWait: 3_600_000 },
  rooms: { replay: true, maxAge: 14 * DAY, maxPerRoom: 10_000 },
  admins: new Set<string>(),
  contact: new Set<string>(),
  alerts: NO_ALERTS,
  log: { level: 'info', format: 'text' },
  standby: { peer },
  history: history ? { keep: DAY, maxSize: 256 * 2 ** 20 } : null,
  http: null,
};
const quiet = () => undefined;
const warn = (line: string) => process.stderr.write(`daemon: ${line}\n`);
/** Of two: it acts, or has what the other one has. */
const READY = /this respool acts now|has is here now/;
const info = (line: string) => {
  if (READY.test(line)) tell({ is: 'ready' });
};
const daemon = await startDaemon(config, { debug: quiet, info, warn, error: warn });
void daemon.failed.then(reason => {
  throw reason;
});
serve(() => daemon.stop());
