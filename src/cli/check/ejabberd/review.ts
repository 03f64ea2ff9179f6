import type { Config } from '../../../config/config.js';
import { type Finding, findingsOn } from '../finding.js';
import { reviewBalancing } from './balancing.js';
import { listenersFor, reviewListener } from './listener.js';
import { copies, MODULE_RULES, namesLogger } from './modules.js';
import { type Listener, listenersOf, VhostView, vhostsOf } from './view.js';
import type { YamlMap } from './yaml.js';

const { ok, warning, error } = findingsOn('ejabberd');

type Ours = Pick<Config, 'component' | 'hosts'>;

/** Does a file speak of respool at all? Else it is perhaps not that of the server that respool is attached to. */
export function speaksOf({ component }: Ours, options: YamlMap): boolean {
  return listenersFor(component.domain, listenersOf(options)).length > 0;
}

/** What was seen of the running server. */
export interface Seen {
  /** respool connects. */
  connected: boolean;
  /** A login has proved that messages of this vhost are kept and replayed. */
  proved?: string | undefined;
}

/** Reviews what in ejabberd.yml decides about messages. */
export function reviewEjabberd(config: Ours, options: YamlMap, { connected, proved }: Seen): Finding[] {
  const listeners = listenersOf(options);
  const vhosts = vhostsOf(options);
  const views = vhosts.map(name => new VhostView(name, options));
  const doubted = (finding: Finding) => (proved === undefined ? finding : disproved(finding));
  const served = views.filter(({ name }) => config.hosts.has(name));
  return [
    ...reviewListener(config.component, listeners, connected, doubted),
    ...reviewBalancing(config.component.domain, options, doubted),
    ...reviewHosts(config, views).map(doubted),
    ...merged(
      served.map(vhost => [
        vhost.name,
        [
          ...copies(vhost, config.component.domain).map(one =>
            vhost.name === proved ? disproved(one) : one,
          ),
          ...MODULE_RULES.flatMap(rule => rule(vhost)),
          ...pushes(vhost, config.component.domain, listeners),
        ],
      ]),
    ),
  ];
}

/** What cannot be so in the running server, for a login has proved otherwise, may be so after its next start. */
function disproved(finding: Finding): Finding {
  if (finding.level !== 'error') return finding;
  return warning(`by this file: ${finding.text}`, {
    means: `the login proved the opposite, so this is not the file of the running server, or the server has not read it yet; once it has: ${finding.means}`,
    remedy: `${finding.remedy}; or name the right file: --ejabberd FILE`,
  });
}

function reviewHosts({ component, hosts }: Ours, views: readonly VhostView[]): Finding[] {
  const { domain } = component;
  const known = new Set(views.map(({ name }) => name));
  const findings = [...hosts]
    .filter(name => !known.has(name))
    .map(name =>
      error(`${name} is not under hosts`, {
        means: 'ejabberd does not serve it, and nothing that respool does for it can work',
        remedy: 'correct hosts: in the config of respool, or in ejabberd.yml',
      }),
    );
  if (known.has(domain)) {
    findings.push(
      error(`${domain} is under hosts, as a vhost`, {
        means: 'ejabberd lets no component have the name of a vhost',
        remedy: 'remove it there, or give respool another component.domain',
      }),
    );
  }
  for (const view of views)
    if (!hosts.has(view.name) && view.name !== domain) findings.push(unserved(view, domain));
  return findings;
}

function unserved(vhost: VhostView, domain: string): Finding {
  const sends = namesLogger(vhost, domain);
  if (!sends) return ok(`${vhost.name} is a vhost that respool does not serve`);
  return warning(`${vhost.name} sends copies to respool, which does not serve it`, {
    means: 'they count as forged and are dropped',
    remedy: 'add it to hosts: in the config of respool, or take mod_service_log off it (host_config)',
  });
}

/** mod_push_offline is of ejabberd-contrib, and may be configured in a file of its own. */
function pushes(vhost: VhostView, domain: string, listeners: readonly Listener[]): Finding[] {
  const options = vhost.module('mod_push_offline');
  const means =
    'respool does not see a message from another server to a user who is offline, and cannot replay it';
  if (options !== undefined) {
    const host = String(options.get('host') ?? '');
    if (host === domain) return [ok(`mod_push_offline tells ${domain} what mod_offline stores`)];
    return [
      warning('mod_push_offline does not tell respool', {
        means,
        remedy: `mod_push_offline: {host: ${domain}}`,
      }),
    ];
  }
  const federates = listeners.some(({ module }) => module === 'ejabberd_s2s_in');
  if (!federates || vhost.option('s2s_access') === 'none') return [];
  return [
    warning('mod_push_offline is not in this file', {
      means,
      remedy: `ejabberdctl module_install mod_push_offline, and under modules: mod_push_offline: {host: ${domain}}`,
    }),
  ];
}

/** What is so on several vhosts is said once. */
function merged(found: readonly (readonly [vhost: string, findings: Finding[]])[]): Finding[] {
  const names = new Map<string, { finding: Finding; vhosts: string[] }>();
  for (const [vhost, findings] of found) {
    for (const finding of findings) {
      const alike = names.get(JSON.stringify(finding)) ?? { finding, vhosts: [] };
      alike.vhosts.push(vhost);
      names.set(JSON.stringify(finding), alike);
    }
  }
  return [...names.values()].map(({ finding, vhosts }) => ({
    ...finding,
    text: `${vhosts.join(', ')}: ${finding.text}`,
  }));
}
