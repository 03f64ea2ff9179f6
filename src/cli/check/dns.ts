import { Resolver } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import { domainToASCII } from 'node:url';
import { type Finding, findingsOn } from './finding.js';

const { ok, skipped, warning } = findingsOn('dns');

/** What is asked of DNS; a test brings its own. */
export type Asked = Pick<Resolver, 'resolve4' | 'resolve6' | 'resolveSrv' | 'cancel'>;

/** Where a name leads to, by DNS. */
export type Whereabouts =
  | { is: 'nowhere' }
  /** Addresses, and names of its records of service. */
  | { is: 'somewhere'; at: readonly string[] }
  | { is: 'unknown'; why: string };

const NO_SUCH = ['ENOTFOUND', 'ENODATA'];
/** So many places are named. */
const MOST_NAMED = 3;

/**
 * Where would ejabberd find a server of this name? It looks for one whenever no component of the name is connected
 * (RFC 6120, 3.2: records of service, then addresses).
 * @param patience in ms; what has not been answered then is not known
 */
export async function whereIs(
  domain: string,
  patience: number,
  asked: Asked = new Resolver({ timeout: Math.max(1, patience), tries: 1 }),
): Promise<Whereabouts> {
  const late = setTimeout(() => asked.cancel(), patience);
  try {
    return await lookFor(domain, asked);
  } finally {
    clearTimeout(late);
  }
}

async function lookFor(domain: string, asked: Asked): Promise<Whereabouts> {
  const name = domainToASCII(domain) || domain;
  const services = ['_xmpp-server._tcp', '_xmpps-server._tcp'].map(async service => {
    const records = await asked.resolveSrv(`${service}.${name}`);
    return records.filter(record => record.name !== '').map(record => record.name); // "." offers none
  });
  const answers = await Promise.allSettled([...services, asked.resolve4(name), asked.resolve6(name)]);
  const at = answers.flatMap(answer => (answer.status === 'fulfilled' ? answer.value : []));
  if (at.length > 0) return { is: 'somewhere', at };
  const failure = answers.flatMap(answer => (answer.status === 'rejected' ? [codeOf(answer.reason)] : []));
  const why = failure.find(code => !NO_SUCH.includes(code));
  return why === undefined ? { is: 'nowhere' } : { is: 'unknown', why };
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}

/**
 * May the copies leave this machine? While respool is away ejabberd takes its name for that of another server.
 * @param barred ejabberd.yml forbids that; null: it was not read
 * @param rule the access rule that s2s_access names now; undefined: none
 */
export function checkDns(
  domain: string,
  whereabouts: Whereabouts,
  barred: boolean | null,
  rule?: string,
  own: ReadonlySet<string> = ownAddresses(),
): Finding {
  if (barred) return ok(`ejabberd does not look for ${domain} on other servers (s2s_access)`);
  if (whereabouts.is === 'unknown')
    return skipped(`whether ${domain} is in DNS is not known: DNS does not answer (${whereabouts.why})`);
  if (whereabouts.is === 'nowhere')
    return ok(`${domain} is not in DNS: while respool is away, no copy leaves this machine`);
  const elsewhere = whereabouts.at.filter(one => !own.has(one));
  if (elsewhere.length === 0) return ok(`${domain} leads to this machine by DNS`);
  const more = elsewhere.length > MOST_NAMED ? ' and others' : '';
  return warning(`${domain} leads to ${elsewhere.slice(0, MOST_NAMED).join(', ')}${more} by DNS`, {
    means: 'while respool is away, ejabberd sends the copies there: all that users write and get',
    remedy: `take the name out of DNS (a wildcard record may be the cause), or forbid it in ejabberd.yml: ${ruleFor(domain, rule)}; then ejabberdctl reload_config`,
  });
}

/** What is to be pasted, where something is there already added. */
function ruleFor(domain: string, rule: string | undefined): string {
  const acl = `acl: {respool: {server: ${domain}}}`;
  if (rule !== undefined) return `${acl}, and {deny: respool} as the first of access_rules: ${rule}`;
  return `${acl}, access_rules: {s2s: [{deny: respool}, {allow: all}]}, s2s_access: s2s`;
}

function ownAddresses(): ReadonlySet<string> {
  return new Set(Object.values(networkInterfaces()).flatMap(all => all?.map(({ address }) => address) ?? []));
}
