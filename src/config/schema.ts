import { Key, type KeyDoc, key, optional, required } from './key.js';
import {
  domain,
  domains,
  duration,
  hostOrHosts,
  listenAddress,
  oneOf,
  size,
  text,
  wholeNumber,
  yesOrNo,
} from './kinds.js';
import { LOG_FORMATS, LOG_LEVELS } from './log-settings.js';
import { accounts, addresses, heartbeat, orNone, percentage, program, sessions } from './operator-kinds.js';

/** The longest wait that a timer of Node takes is 24 days; no wait here is of use beyond an hour. */
const WAIT = '1h';
const YEARS = '3650d';

const sections = {
  component: {
    host: key(
      hostOrHosts,
      '127.0.0.1',
      'where ejabberd listens for components; a list where it is a cluster, one host for each node: respool then connects to all of them',
    ),
    port: key(wholeNumber(1, 65_535), 5347, 'the port of its `ejabberd_service` listener'),
    domain: required(domain, "respool's own name, as under `hosts` of the listener; required"),
    secret: optional(
      text('the password of the listener'),
      'the password under that name; required, here or by one of the two below',
    ),
    secret_file: optional(
      text("a file's path"),
      'a file that holds the secret, instead of `secret`; the environment variable `RESPOOL_SECRET` wins over both',
    ),
  },
  spool: {
    path: key(
      text("a file's path"),
      '/var/lib/respool/spool.db',
      'the SQLite file; a relative path starts at the folder of the config file',
    ),
    max_age: key(duration('1s', YEARS), '14d', 'a message lives this long, then it counts as expired'),
    max_per_account: key(
      wholeNumber(1, 10_000_000),
      10_000,
      'messages kept for one account; above that the oldest go (evicted)',
    ),
    max_per_sender: optional(
      wholeNumber(1, 10_000_000),
      'of those, messages of one sender; above that his oldest go (evicted); without it, a quarter of `max_per_account`, but at least 100',
    ),
    max_size_per_account: optional(
      size('64KiB'),
      'bytes kept for one account; above that the oldest of the sender that has most there go (evicted); without it, a sixteenth of `max_size`, but at least 1MiB',
    ),
    max_size: key(
      size('1MiB'),
      '4GiB',
      'size of the spool; above it respool evicts the oldest messages of whoever has most, of the kind that is most over its share',
    ),
  },
  replay: {
    settle: key(
      duration('0s', WAIT),
      '2s',
      "the wait after a device's presence in which ejabberd may still bring the messages itself",
    ),
    proof_after: key(
      duration('1ms', WAIT),
      '3s',
      'the longest time from a message to the ping that asks for its proof; up to four times this where a thousand or more are asked each second',
    ),
    proof_timeout: key(duration('1ms', WAIT), '30s', 'a ping not answered for this long proves nothing'),
    chunk: key(wholeNumber(1, 10_000), 100, 'messages sent in a replay between two pings, at most'),
  },
  devices: {
    sync: key(
      yesOrNo,
      true,
      'keep messages for each device of an account, not only for the first that comes',
    ),
    forget_after: key(duration('1s', YEARS), '30d', 'a device not seen for this long is forgotten'),
    max_per_account: key(
      wholeNumber(1, 50),
      10,
      'devices known of one account, beside three at most on probation; the one not seen for longest goes',
    ),
    never_ping: optional(
      sessions,
      "sessions that are never asked for proof, for their clients cannot bear a ping: ejabberd's copy counts as proof",
    ),
  },
  rooms: {
    replay: key(yesOrNo, true, 'keep and replay what was said in rooms'),
    max_age: key(duration('1s', YEARS), '7d', 'what was said in a room lives this long'),
    max_per_room: key(
      wholeNumber(1, 1_000_000),
      1_000,
      'messages kept of one room; above that respool evicts the oldest of the occupant who has most there',
    ),
  },
  remote: {
    retry: key(
      yesOrNo,
      true,
      'keep messages to other servers that could not be reached, and send them again',
    ),
    max_age: key(duration('1s', YEARS), '2d', 'such a message lives this long'),
    retry_unknown: key(
      duration('0s', YEARS),
      '10m',
      'a message to a server from which nothing ever came lives no longer than this: the name may be a mistake',
    ),
    min_wait: key(duration('1ms', WAIT), '1m', 'the first wait before another attempt to reach a server'),
    max_wait: key(duration('1ms', '1d'), '1h', 'waits grow up to this'),
  },
  alerts: {
    pending: key(
      orNone(wholeNumber(1, 1_000_000_000)),
      false,
      'an alert begins when more than this is pending; a message counts once for each device',
    ),
    oldest: key(
      orNone(duration('1s', YEARS)),
      false,
      'an alert begins when the oldest message in the spool is older than this',
    ),
    success_rate: key(
      orNone(percentage),
      false,
      'an alert begins when less than this part of what was due in the last hour was delivered; not judged while fewer than 20 were due',
    ),
    disk_free: key(
      orNone(size('1MiB')),
      '256MiB',
      'an alert begins when less than this is free on the disk of the spool',
    ),
    disconnected_for: key(
      orNone(duration('1s', '30d')),
      '5m',
      'an alert begins when respool has not been connected to ejabberd for longer than this',
    ),
    to: optional(accounts, 'who gets an XMPP message when an alert begins, and when it is over'),
    command: optional(
      program,
      'a program that is run when an alert begins and when it is over, without a shell; the facts are in its environment, `RESPOOL_ALERT_*`, and the words on its stdin',
    ),
    heartbeat: optional(
      heartbeat,
      'a URL that is called (GET) while all is well: connected, the spool can be written, and none of these alerts crossed; its silence raises the alarm elsewhere',
    ),
  },
  log: {
    level: key(
      oneOf(LOG_LEVELS),
      'info',
      'the least serious lines that are written: `error`, `warn`, `info` or `debug`; devices that do not answer pings share one line a minute, and each has its own at `debug`',
    ),
    format: key(
      oneOf(LOG_FORMATS),
      'text',
      'lines for people, or one JSON object a line with `time`, `level`, `message` and what the line speaks of',
    ),
  },
  standby: {
    peer: optional(
      domain,
      'the domain of another respool on the same server, with copies and a spool of its own: one of the two acts, the other one watches and takes over; without it, this one is alone',
    ),
  },
  history: {
    keep: key(
      duration('1m', YEARS),
      '24h',
      'what became of messages is kept so long, for `respool trace`: when, and by which JIDs and ids, but nothing of what they say; `history: false` keeps none of it',
    ),
    max_size: key(
      size('1MiB'),
      '256MiB',
      'the history takes no more disk than this; the oldest part goes first',
    ),
  },
  http: {
    listen: key(
      listenAddress,
      '127.0.0.1:9280',
      'where the status page (`/`), `/metrics` and `/healthz` are served; `http: false` turns all of them off',
    ),
    names: key(
      yesOrNo,
      false,
      'the status page shows the names of the accounts with most messages, to whoever can reach it',
    ),
  },
};

const hosts = optional(domains, 'the vhosts served; without it, `component.domain` without its first label');

const admins = optional(accounts, 'who may use the ad-hoc commands of the component; without it, nobody');
const contact = optional(
  addresses,
  'where the people behind the component are reached, for service discovery; without it, the `admins`',
);

const { component, ...others } = sections;

/** The form of the config file: its keys, alone and in sections, in the order of the documentation. */
export const SCHEMA = { component, hosts, admins, contact, ...others };

/** Sections that may be off, and are so where they are empty or `false`; all others are what their defaults say. */
export const SWITCHES = ['history', 'http'] as const;

/** All keys in the order of the documentation, by their full names. */
export const KEYS: ReadonlyMap<string, KeyDoc> = new Map(
  Object.entries(SCHEMA).flatMap(([name, entry]): [string, KeyDoc][] =>
    entry instanceof Key
      ? [[name, entry]]
      : Object.entries(entry).map(([inner, one]) => [`${name}.${inner}`, one]),
  ),
);
