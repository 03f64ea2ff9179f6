import type { VhostView } from './view.js';
import { asMap, type Yaml } from './yaml.js';

/** May a vhost speak with a server of this name (s2s_access)? As ejabberd reads it: the first rule that fits, else no. */
export function allowsServer(vhost: VhostView, server: string): boolean {
  const access = vhost.option('s2s_access') ?? 'all';
  return verdict(access, vhost, server) === 'allow';
}

/** The name of the access rule that decides about other servers; undefined: there is none. */
export function serverRule(vhost: VhostView): string | undefined {
  const access = vhost.option('s2s_access');
  return typeof access === 'string' && asMap(vhost.option('access_rules')).has(access) ? access : undefined;
}

function verdict(access: Yaml, vhost: VhostView, server: string): 'allow' | 'deny' {
  if (access === 'all') return 'allow';
  if (access === 'none') return 'deny';
  const rules = typeof access === 'string' ? asMap(vhost.option('access_rules')).get(access) : access;
  for (const [word, whom] of rulesOf(rules)) {
    if (fits(whom, vhost, server)) return word === 'allow' ? 'allow' : 'deny';
  }
  return 'deny';
}

/** `[{deny: a}, {allow: all}]`, `{deny: a, allow: all}`, or `allow` alone, for all. */
function rulesOf(rules: Yaml | undefined): [word: string, whom: Yaml][] {
  if (rules instanceof Map) return [...rules];
  if (Array.isArray(rules)) return rules.flatMap(rulesOf);
  return rules === 'allow' || rules === 'deny' ? [[rules, 'all']] : [];
}

/** A list or a map of conditions holds where all of them do. */
function fits(whom: Yaml, vhost: VhostView, server: string): boolean {
  if (whom === 'all') return true;
  if (whom === 'none') return false;
  if (typeof whom === 'string') return isIn(asMap(vhost.option('acl')).get(whom), server);
  if (Array.isArray(whom)) return whom.every(one => fits(one, vhost, server));
  if (!(whom instanceof Map)) return false;
  return [...whom].every(([kind, one]) =>
    kind === 'acl' ? fits(one, vhost, server) : isIn(new Map([[kind, one]]), server),
  );
}

/** One of the entries of an ACL is enough. */
function isIn(acl: Yaml | undefined, server: string): boolean {
  if (acl === 'all') return true;
  return [...asMap(acl)].some(([kind, value]) =>
    (Array.isArray(value) ? value : [value]).some(one => matches(kind, String(one), server)),
  );
}

function matches(kind: string, value: string, server: string): boolean {
  if (kind === 'server') return value === server;
  if (kind === 'server_glob') return new RegExp(`^${globbed(value)}$`).test(server);
  if (kind !== 'server_regexp') return false; // of users, whom a server is none of
  try {
    return new RegExp(value).test(server);
  } catch {
    return false; // in the dialect of Erlang alone
  }
}

function globbed(glob: string): string {
  return glob
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
}
