import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../../config/config.js';
import { readIncoming } from '../../tap/copy.js';
import { escapeAttribute } from '../../xmpp/serialize.js';
import { Stream } from '../../xmpp/stream.js';
import { askVhosts } from '../../xmpp/vhosts.js';
import { duration } from '../format.js';
import { type Advice, type Finding, findingsOn } from './finding.js';
import { checkVhosts } from './vhosts.js';

/** How long connecting, and then a stanza to ourselves, may take, in ms. */
const PATIENCE = 5_000;

/** Vhosts may take so long to say what they run, in ms: ejabberd tries to reach those that it does not serve. */
const VHOSTS_ANSWER = 10_000;

/** What to do where no copy comes. */
export const howToTest = (domain: string): Advice => ({
  means: 'a quiet server may just be quiet',
  remedy:
    'log in with any client, then check again; if there is still none, ejabberd.yml needs ' +
    `mod_service_log: {loggers: [${domain}]} under modules, then ejabberdctl reload_config`,
});

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
    const { ok, skipped } = findingsOn('connection');
    const at = `${component.host}:${component.port}`;
    const failure = await Promise.race([online, ended]);
    if (failure !== null) {
      yield unreachable(failure, at);
      return yield skipped(
        'check_from, vhosts, version and copies were not looked at: there is no connection',
      );
    }
    yield ok(`connected to ${at} as ${component.domain}: the secret is right`);
    yield await checkSending(stream, config, ended);
    if (stream.online) yield* checkVhosts(await askVhosts(stream, component.domain, hosts, VHOSTS_ANSWER));
    if (stream.online) yield await copies.finding(wait, component.domain);
  } finally {
    await stream.stop();
  }
  for (const host of component.nodes.slice(1)) yield await checkNode({ ...component, host });
}

/** Is another node of the cluster there for respool? */
async function checkNode(component: Omit<Config['component'], 'nodes'>): Promise<Finding> {
  const stream = new Stream({ ...component, connectTimeout: PATIENCE });
  const at = `${component.host}:${component.port}`;
  const failure = new Promise<string | null>(resolve => {
    stream.once('online', () => resolve(null));
    stream.once('offline', reason => resolve(reason));
    stream.once('fatal', refused => resolve(refused.message));
  });
  stream.start();
  try {
    const why = await failure;
    return why === null ? findingsOn('connection').ok(`connected to ${at} too`) : unreachable(why, at);
  } finally {
    await stream.stop();
  }
}

/** @returns why there is no connection, with the place, and what to do about it */
export function unreachable(reason: string, at: string): Finding {
  const { error } = findingsOn('connection');
  if (/ECONNREFUSED/.test(reason)) {
    return error(`nothing listens on ${at} (${reason})`, {
      remedy:
        'add the ejabberd_service listener to ejabberd.yml, then ejabberdctl reload_config (once more where hosts of ' +
        'the listener was changed: the first reload leaves it closed); or correct component.host and component.port',
    });
  }
  if (reason.startsWith('no answer')) {
    return error(`${at}: ${reason}`, {
      remedy: 'see whether that is the port of the ejabberd_service listener, and whether ejabberd is well',
    });
  }
  return error(reason.includes(at) ? reason : `${at}: ${reason}`);
}

const REFUSED: Advice = {
  means: 'respool can replay nothing, for it sends in the name of the original senders',
  remedy: 'set check_from: false in the ejabberd_service listener of ejabberd.yml',
};

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
      resolve(
        stanza.attrs.type === 'error'
          ? error(`a stanza in the name of ${vhost} was refused`, REFUSED)
          : ok(`check_from: false is set: a stanza in the name of ${vhost} went through`),
      );
    });
  });
  const [from, to] = [vhost, component.domain].map(escapeAttribute);
  stream.send(`<message type='headline' from='${from}' to='${to}' id='${id}'/>`);
  const timer = new AbortController();
  const lost = warning(`a stanza in the name of ${vhost} did not come back within ${duration(PATIENCE)}`, {
    remedy: `see whether another component is connected as ${component.domain}, which would get what is respool's`,
  });
  try {
    return await Promise.race([
      back,
      ended.then(reason => error(reason, REFUSED)),
      sleep(PATIENCE, lost, { signal: timer.signal }),
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
      return warning(`copies come from ${names} only, which is not under hosts`, {
        remedy: 'add it to hosts: in the config of respool if it is to be served',
      });
    }
    return warning(`no copy came within ${duration(wait)}`, howToTest(domain));
  }
}
