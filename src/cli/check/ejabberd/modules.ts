import { type Advice, type Finding, findingsOn } from '../finding.js';
import { offlineLimit } from './limit.js';
import { management } from './management.js';
import { isTrue, normalName, type VhostView } from './view.js';

const { ok, warning, error } = findingsOn('ejabberd');

/** An offline queue of fewer messages overflows in an ordinary absence. */
const SMALL_QUEUE = 1_000;
/** What a vhost's modules do to messages: each of these says what is so in a few words, or what is wrong. */
export const MODULE_RULES: readonly ((vhost: VhostView) => Finding[])[] = [
  offline,
  management,
  archive,
  carbons,
  databases,
];

/** Does mod_service_log of this vhost send its copies there? */
export function namesLogger(vhost: VhostView, domain: string): boolean {
  const loggers = vhost.module('mod_service_log')?.get('loggers');
  return (Array.isArray(loggers) ? loggers : []).some(name => normalName(String(name)) === domain);
}

/** Does the vhost send its copies there? */
export function copies(vhost: VhostView, domain: string): Finding[] {
  if (namesLogger(vhost, domain)) return [ok(`mod_service_log sends copies to ${domain}`)];
  const means = 'respool sees nothing of this vhost, and keeps nothing';
  if (vhost.module('mod_service_log') === undefined) {
    return [
      error('mod_service_log is off', {
        means,
        remedy: `under modules: mod_service_log: {loggers: [${domain}]}`,
      }),
    ];
  }
  return [
    error(`mod_service_log does not have ${domain} among its loggers`, {
      means,
      remedy: `loggers: [${domain}]`,
    }),
  ];
}

function offline(vhost: VhostView): Finding[] {
  if (vhost.module('mod_offline') === undefined) {
    return [
      warning('mod_offline is off', {
        means: 'who writes to somebody offline gets an error, though respool delivers the message later',
        remedy: 'under modules: mod_offline: {}',
      }),
    ];
  }
  const limit = offlineLimit(vhost);
  if (limit >= SMALL_QUEUE)
    return [
      ok(
        `mod_offline keeps ${limit === Number.POSITIVE_INFINITY ? 'any number of' : limit} messages for a user`,
      ),
    ];
  return [
    warning(`mod_offline keeps ${limit} messages for a user`, {
      means:
        'above that the sender gets "queue is full", and ejabberd throws the message away; respool keeps it',
      remedy: 'raise what access_max_user_messages leads to, such as shaper_rules: max_user_offline_messages',
    }),
  ];
}

function archive(vhost: VhostView): Finding[] {
  const options = vhost.module('mod_mam');
  const without: Advice = {
    means:
      'only respool brings a second device what the first one got, and a new device gets nothing from before its first login',
    remedy: 'mod_mam: {default: always} with an SQL database, if an archive is wanted',
  };
  if (options === undefined) return [warning('mod_mam is off: there is no archive', without)];
  const mode = String(options.get('default') ?? 'never');
  const found: Finding[] = [];
  if (isTrue(options.get('assume_mam_usage'))) {
    found.push(
      warning('mod_mam assumes that every client reads its archive (assume_mam_usage)', {
        means:
          'what a dead session had is not sent again once it is archived; respool does that for clients that do not read it',
        remedy: 'nothing while respool runs',
      }),
    );
  }
  if (mode === 'never')
    found.push(warning('mod_mam archives only for those who ask for it (default: never)', without));
  else
    found.push(
      ok(`mod_mam archives ${mode === 'roster' ? 'what contacts write' : 'everything'} (default: ${mode})`),
    );
  return found;
}

function carbons(vhost: VhostView): Finding[] {
  if (vhost.module('mod_carboncopy') !== undefined) return [ok('mod_carboncopy is on')];
  return [
    warning('mod_carboncopy is off', {
      means:
        'devices that are online together do not see what the others send and get at once, but from respool later',
      remedy: 'under modules: mod_carboncopy: {}',
    }),
  ];
}

/** The modules whose data are messages. */
const STORES = ['mod_offline', 'mod_mam'] as const;

function databases(vhost: VhostView): Finding[] {
  const stores = STORES.filter(module => vhost.module(module) !== undefined);
  const on = (database: string) => stores.filter(module => vhost.database(module) === database);
  const [inMnesia, inSql] = [on('mnesia'), on('sql')];
  const found: Finding[] = [];
  if (inMnesia.includes('mod_mam')) found.push(archiveInMnesia());
  if (inMnesia.includes('mod_offline') && offlineLimit(vhost) === Number.POSITIVE_INFINITY) {
    found.push(
      warning('mod_offline has no limit and keeps its messages in mnesia', {
        means: 'a table of mnesia on disk ends at 2 GB, and long queues of one user are slow there',
        remedy: 'mod_offline: {db_type: sql}, or a limit',
      }),
    );
  }
  if (inSql.length > 0) found.push(...sql(inSql, vhost));
  return found;
}

function archiveInMnesia(): Finding {
  return warning('mod_mam keeps the archive in mnesia', {
    means: 'above 2 GB nothing more is archived, and such tables get damaged',
    remedy: 'mod_mam: {db_type: sql}',
  });
}

function sql(modules: readonly string[], vhost: VhostView): Finding[] {
  const who = modules.join(' and ');
  const type = vhost.option('sql_type');
  if (type === undefined) {
    return [
      error(`${who}: in SQL, but sql_type says not in which`, {
        means: 'ejabberd then tries ODBC; what cannot be stored is lost',
        remedy: 'set sql_type: pgsql, mysql, mssql or sqlite, and with it sql_server and the rest',
      }),
    ];
  }
  const pool = Number(vhost.option('sql_pool_size') ?? Number.NaN);
  if (pool < 2 && type !== 'sqlite') {
    return [
      warning(`${who}: all of the vhost shares one connection to ${type} (sql_pool_size: ${pool})`, {
        means: 'under load queries wait, time out, and messages are not stored',
        remedy: 'sql_pool_size: 10, as by default',
      }),
    ];
  }
  return [ok(`${who}: in SQL (${type})`)];
}
