import type { Config } from '../../../config/config.js';
import type { HostAndPort } from '../../../config/kinds.js';
import type { Jid } from '../../../xmpp/jid.js';
import { stopSignal } from '../../signals.js';
import { type Finding, findingsOn } from '../finding.js';
import { proveLogin } from './proof.js';

/** A login that proves the whole way. */
export interface LoginQuestion {
  account: Jid;
  password: string;
  /** Where clients log in; undefined: where the component listener is, on the usual port. */
  at: HostAndPort | undefined;
}

const CLIENTS = 5222;

/** Proves the whole way, where a daemon runs. A signal ends it, but not before it has cleaned up. */
export async function* checkLogin(
  config: Config,
  login: LoginQuestion,
  running: boolean,
): AsyncGenerator<Finding> {
  const { error } = findingsOn('login');
  if (!running) {
    return yield error('no daemon runs on this spool', {
      means: 'there is nobody to keep and replay the message of the check',
      remedy: 'start it (respool run, or systemctl start respool), and check again',
    });
  }
  const { account, password, at } = login;
  const stop = new AbortController();
  void stopSignal().then(() => stop.abort());
  const { host, port } = at ?? { host: config.component.host, port: CLIENTS };
  yield* proveLogin({ config, account, password, host, port, stopped: stop.signal });
}
