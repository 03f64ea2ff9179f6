import type { Config } from '../../../config/config.js';
import { isLoopback } from '../../../config/loopback.js';
import { type Finding, findingsOn } from '../finding.js';
import { isFalse, type Listener, normalName } from './view.js';
import { asMap, type Yaml } from './yaml.js';

const { ok, warning, error } = findingsOn('ejabberd');

/** Without max_stanza_size a stanza may be of any size. */
const ANY_SIZE = Number.POSITIVE_INFINITY;
const ANY_ADDRESS = /^(::|0\.0\.0\.0)$/;

/** The listeners that accept respool's name, whatever their other options. */
export function listenersFor(domain: string, listeners: readonly Listener[]): Listener[] {
  return listeners.filter(({ module, options }) => {
    if (module !== 'ejabberd_service') return false;
    const hosts = asMap(options.get('hosts'));
    return hosts.size === 0
      ? options.has('password')
      : [...hosts.keys()].some(name => normalName(name) === domain);
  });
}

/**
 * The listener that respool connects to.
 * @param connected it was seen to connect, so there is a way
 * @param doubted what becomes of a finding that all of respool's work would deny
 */
export function reviewListener(
  component: Config['component'],
  listeners: readonly Listener[],
  connected: boolean,
  doubted: (finding: Finding) => Finding = finding => finding,
): Finding[] {
  const { domain, port } = component;
  const ours = listenersFor(domain, listeners);
  const listener = ours.find(one => one.port === port) ?? (connected ? ours[0] : undefined);
  if (listener === undefined) return [doubted(missing(component, ours, listeners, connected))];
  const at = `the ejabberd_service listener on port ${listener.port}`;
  const found = [
    ...[
      ...checkFrom(at, listener),
      ...password(at, component, listener),
      ...address(at, component, listener, connected),
    ].map(doubted),
    ...others(at, domain, listener),
    ...narrow(at, listener, listeners),
  ];
  const bad = found.some(({ level }) => level !== 'ok');
  return bad ? found : [ok(`${at} is right: name, password, check_from and address`)];
}

function missing(
  { domain, port }: Config['component'],
  ours: readonly Listener[],
  all: readonly Listener[],
  connected: boolean,
): Finding {
  const means = connected
    ? 'ejabberd lets respool connect at the moment, but not by what this file says'
    : 'respool cannot connect';
  const [elsewhere] = ours;
  if (elsewhere !== undefined) {
    return error(`the ejabberd_service listener for ${domain} is on port ${elsewhere.port}, not ${port}`, {
      means,
      remedy: 'make component.port in the config of respool the same',
    });
  }
  const services = all.filter(({ module }) => module === 'ejabberd_service');
  const there = services.find(one => one.port === port) ?? services[0];
  if (there !== undefined) {
    return error(`the ejabberd_service listener on port ${there.port} does not have ${domain} under hosts`, {
      means,
      remedy: `add a listener for it: port: ${port}, module: ejabberd_service, check_from: false, hosts: {${domain}: {password: …}}`,
    });
  }
  return error('there is no ejabberd_service listener', {
    means,
    remedy: `add to listen: {port: ${port}, ip: "127.0.0.1", module: ejabberd_service, check_from: false, hosts: {${domain}: {password: …}}}`,
  });
}

function checkFrom(at: string, { options }: Listener): Finding[] {
  if (isFalse(options.get('check_from'))) return [];
  return [
    error(`${at} has no check_from: false`, {
      means: 'respool can replay nothing, for it sends in the name of the original senders',
      remedy: 'add check_from: false to it',
    }),
  ];
}

/** Neither of the two is ever shown. */
function password(at: string, { domain, secret }: Config['component'], { options }: Listener): Finding[] {
  const hosts = [...asMap(options.get('hosts'))].find(([name]) => normalName(name) === domain);
  const given = asMap(hosts?.[1]).get('password') ?? options.get('password');
  if (given === undefined) {
    return [
      error(`${at} has no password for ${domain}`, {
        means: 'ejabberd makes one up that nobody knows, and refuses respool',
        remedy: `hosts: {${domain}: {password: …}}, with the secret of respool`,
      }),
    ];
  }
  if (String(given) === secret) return [];
  return [
    error(`the password of ${domain} at ${at} is not the secret of respool`, {
      means: 'ejabberd refuses respool',
      remedy: 'make them equal (component.secret, component.secret_file or RESPOOL_SECRET)',
    }),
  ];
}

function address(
  at: string,
  { host }: Config['component'],
  { options }: Listener,
  connected: boolean,
): Finding[] {
  const ip = String(options.get('ip') ?? '::');
  const isLocal = isLoopback(host);
  if (ANY_ADDRESS.test(ip)) {
    if (!isLocal) return [];
    return [
      warning(`${at} listens on all addresses, though respool is on the same machine`, {
        means: 'whoever reaches the port may try passwords, and with the right one send in any name',
        remedy: 'ip: "127.0.0.1"',
      }),
    ];
  }
  if (connected || ip === host || (host === 'localhost' && isLoopback(ip))) return [];
  if (!isLocal && !isLoopback(ip)) return []; // a name, or an address before which another one is
  return [
    error(`${at} listens on ${ip} only, but respool connects to ${host}`, {
      means: 'respool cannot connect',
      remedy: 'make component.host in the config of respool and ip: of the listener fit',
    }),
  ];
}

/** Whoever connects to a listener gets the routes of all its names (seen: half of the copies went to another). */
function others(at: string, domain: string, { options }: Listener): Finding[] {
  const names = [...asMap(options.get('hosts')).keys()].filter(name => normalName(name) !== domain);
  if (names.length === 0 || isFalse(options.get('global_routes'))) return [];
  return [
    error(`${at} also has ${names.join(', ')} under hosts`, {
      means:
        'when another component connects there, ejabberd gives it half of the copies that are for respool',
      remedy: 'give respool a listener of its own, or set global_routes: false',
    }),
  ];
}

function narrow(at: string, { options }: Listener, all: readonly Listener[]): Finding[] {
  const found: Finding[] = [];
  const shaper = options.get('shaper') ?? options.get('shaper_rule') ?? 'none';
  if (shaper !== 'none') {
    found.push(
      warning(`${at} has a shaper`, {
        means: 'replays are slowed down to its rate',
        remedy: 'remove it there',
      }),
    );
  }
  const size = sizeOf(options.get('max_stanza_size'));
  const clients = all.filter(({ module }) => module === 'ejabberd_c2s');
  const largest = Math.max(0, ...clients.map(client => sizeOf(client.options.get('max_stanza_size'))));
  if (size < ANY_SIZE && size < largest) {
    found.push(
      warning(`${at} takes stanzas of ${size} bytes only, those of clients may be larger`, {
        means: 'a larger message that is replayed ends the connection of respool',
        remedy: 'remove max_stanza_size there, or raise it above that of ejabberd_c2s',
      }),
    );
  }
  return found;
}

function sizeOf(value: Yaml | undefined): number {
  return /^\d+$/.test(String(value)) ? Number(value) : ANY_SIZE;
}
