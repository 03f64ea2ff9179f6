import type { VhostView } from './view.js';
import { asMap, type Yaml } from './yaml.js';

/** mod_offline's own limit where no rule gives a number (?MAX_USER_MESSAGES). */
const FALLBACK = 100;
const DEFAULT_RULE = 'max_user_offline_messages';

/** How many messages mod_offline keeps for an ordinary user, who is in no list of users that ejabberd.yml has. */
export function offlineLimit(vhost: VhostView): number {
  const access = vhost.module('mod_offline')?.get('access_max_user_messages') ?? DEFAULT_RULE;
  return limitOf(access, vhost);
}

function limitOf(access: Yaml, vhost: VhostView): number {
  const plain = numberOf(access);
  if (plain !== undefined) return plain;
  const rules = typeof access === 'string' ? asMap(vhost.option('shaper_rules')).get(access) : access;
  if (rules === undefined) return FALLBACK;
  const single = numberOf(rules);
  if (single !== undefined) return single;
  for (const [limit, whom] of rulesOf(rules)) {
    if (matchesEverybody(whom, vhost)) return numberOf(limit) ?? FALLBACK;
  }
  return FALLBACK;
}

/** In the order of the file: `{5000: admin, 100: all}`, or a list of such, or of plain limits for all. */
function rulesOf(rules: Yaml): [limit: Yaml, whom: Yaml][] {
  if (rules instanceof Map) return [...rules];
  return Array.isArray(rules)
    ? rules.flatMap(one => (one instanceof Map ? rulesOf(one) : [[one, 'all'] as [Yaml, Yaml]]))
    : [];
}

function numberOf(value: Yaml): number | undefined {
  if (value === 'infinity' || value === 'infinite') return Number.POSITIVE_INFINITY;
  return /^\d+$/.test(String(value)) ? Number(value) : undefined;
}

/** An access rule of `acl:` entries, all of which have to match; names that only some users match do not. */
function matchesEverybody(whom: Yaml, vhost: VhostView): boolean {
  if (whom === 'all') return true;
  if (typeof whom === 'string') return isOfAll(asMap(vhost.option('acl')).get(whom));
  if (Array.isArray(whom)) return whom.every(one => matchesEverybody(one, vhost));
  if (whom instanceof Map)
    return [...whom].every(([kind, one]) => kind === 'acl' && matchesEverybody(one, vhost));
  return false;
}

/** The `local` of the sample config: `user_regexp: ""`. */
function isOfAll(acl: Yaml | undefined): boolean {
  if (acl === 'all') return true;
  return asMap(acl).get('user_regexp') === '';
}
