import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../../config/config.js';
import { readIncoming } from '../../tap/copy.js';
import { escapeAttribute } from '../../xmpp/serialize.js';
import { Stream } from '../../xmpp/stream.js';
import { duration } from '../format.js';
import { type Finding, findingsOn } from './finding.js';

/** How long connecting, and then a stanza to ourselves, may take, in ms. */
const PATIENCE = 5_000;

/** What to do where no copy comes. */
export const HOW_TO_TEST = (domain: string) =>
  'a quiet server may just be quiet: log in with any client, then check again; if there is still none, ejabberd.yml ' +
  `needs mod_service_log: {loggers: [${domain}]} under modules, then ejabberdctl reload_config`;

/** Connects as the component, sends itself a stanza in a vhost's name, and waits for copies. */
export async function* checkWire(
  config: Pick<Config, 'component' | 'hosts'>,
  wait: number,
): AsyncGenerator<Finding> {
  const { component, hosts } = config;
  const stream = new Stream({ ...component, connectTimeout: PATIENCE });
  const ended = new Promise<string>(resolve => {
    stream.once('offline', reason => resolve(reason));
    stream.once('fatal', failure => resolve(failure.message));
  });
  const online = new Promise<null>(resolve => stream.once('online', () => resolve(null)));
  const copies = new Copies(stream, hosts);
  stream.start();
  try {
    const { ok, error } = findingsOn('connection');
    const at = `${component.host}:${component.port}`;
    const failure = await Promise.race([online, ended]);
    if (failure !== null) return yield error(unreachable(failure, at));
    yield ok(`connected to ${at} as ${component.domain}: the secret is right`);
    yield await checkSending(stream, config, ended);
    if (stream.online) yield await copies.finding(wait, component.domain);
  } finally {
    await stream.stop();
  }
}

function unreachable(reason: string, at: string): string {
  if (/ECONNREFUSED/.test(reason)) {
    return `nothing listens on ${at} (${reason}); add the ejabberd_service listener to ejabberd.yml, then ejabberdctl reload_config; or correct component.host and component.port`;
  }
  return reason.includes(at) ? reason : `${at}: ${reason}`;
}

/** A headline without content, which nobody keeps, answers or shows. */
async function checkSending(
  stream: Stream,
  { component, hosts }: Pick<Config, 'component' | 'hosts'>,
  ended: Promise<string>,
): Promise<Finding> {
  const { ok, warning, error } = findingsOn('sending');
  const [vhost = ''] = hosts;
  const id = `check-${randomUUID()}`;
  const back = new Promise<Finding>(resolve => {
    stream.on('stanza', stanza => {
      if (stanza.attrs.id !== id) return;
      const refused = `a stanza in the name of ${vhost} was refused; set check_from: false in the ejabberd_service listener of ejabberd.yml`;
      resolve(
        stanza.attrs.type === 'error'
          ? error(refused)
          : ok(`check_from: false is set: a stanza in the name of ${vhost} went through`),
      );
    });
  });
  const [from, to] = [vhost, component.domain].map(escapeAttribute);
  stream.send(`<message type='headline' from='${from}' to='${to}' id='${id}'/>`);
  const timer = new AbortController();
  const lost = `a stanza in the name of ${vhost} did not come back within ${duration(PATIENCE)}; is another component connected as ${component.domain}?`;
  try {
    return await Promise.race([
      back,
      ended.then(reason => error(reason)),
      sleep(PATIENCE, warning(lost), { signal: timer.signal }),
    ]);
  } finally {
    timer.abort();
  }
}

/** Counts the copies that come. */
class Copies {
  #count = 0;
  /** Vhosts that send copies but are not served. */
  readonly #strangers = new Set<string>();
  #first: () => void = () => undefined;

  constructor(stream: Stream, hosts: ReadonlySet<string>) {
    stream.on('stanza', stanza => {
      const incoming = readIncoming(stanza, hosts);
      if (incoming.kind === 'forged' && !/[@/]/.test(incoming.from)) this.#strangers.add(incoming.from);
      if (incoming.kind !== 'copy' && incoming.kind !== 'push') return;
      this.#count++;
      this.#first();
    });
  }

  /** Waits for the first copy, but no longer than told. */
  async finding(wait: number, domain: string): Promise<Finding> {
    const { ok, warning } = findingsOn('copies');
    const timer = new AbortController();
    if (this.#count === 0) {
      const first = new Promise<void>(resolve => {
        this.#first = resolve;
      });
      await Promise.race([first, sleep(wait, undefined, { signal: timer.signal })]);
      timer.abort();
    }
    if (this.#count > 0) return ok('ejabberd sends copies');
    if (this.#strangers.size > 0) {
      const names = [...this.#strangers].join(', ');
      return warning(
        `copies come from ${names} only, which is not under hosts: add it there if it is to be served`,
      );
    }
    return warning(`no copy came within ${duration(wait)}; ${HOW_TO_TEST(domain)}`);
  }
}
