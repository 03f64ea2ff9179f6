import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { statusJson, statusNagios } from '../../src/cli/status/formats.js';
import { judge } from '../../src/cli/status/judge.js';
import type { Seen, SpoolSeen } from '../../src/cli/status/look.js';
import { statusText } from '../../src/cli/status/text.js';
import type { Live } from '../../src/monitor/live.js';
import { measuredIn } from '../../src/spool/histograms.js';
import type { StandbyState } from '../../src/standby/standby.js';
import { NO_ALERTS } from '../no-alerts.js';

const NOW = Date.UTC(2026, 10, 29, 12);
const HOUR = 3_600_000;
const GIB = 1024 ** 3;
const none = { session: 0, purge: 0, full: 0, device: 0, room: 0, server: 0 };
const well = { delivered: 900, replayed: 100, lost: 0, saved: { ...none, purge: 100 } };

const SPOOL: SpoolSeen = {
  stats: {
    ...{ copies: { message: 1, presence: 0, iq: 0, push: 0, other: 0 }, forged: 0, unreadable: 0, mended: 0 },
    ...{ stored: 1, bounced: 0, lost: 0, saved: none, forgotten: 0, pending: 12, oldestAt: NOW - HOUR },
    outcomes: { delivered: 0, replayed: 0, expired: 0, refused: 0, evicted: 0, dropped: 0 },
    ...{ bytes: GIB, connected: true, startedAt: NOW - 5 * HOUR, lastCopyAt: NOW - 2_000 },
    alerts: { pending: null, oldest: null, success_rate: null, disk_free: null, disconnected_for: null },
    times: measuredIn(new Map()),
    onHold: 0,
  },
  ...{ hour: well, day: well, facts: { pending: 12, oldest: HOUR, success_rate: 1 } },
};

const LIVE: Live = {
  ...{ version: '1.2.3', startedAt: NOW - 5 * HOUR, connected: true, away: null },
  ...{ acts: true, peer: null },
  ...{
    lastCopyAt: NOW - 2_000,
    sessions: 7,
    pings: 0,
    loopLag: 0,
    commit: 0,
    failing: false,
    backlog: 0,
    lost: 0,
  },
  alerts: SPOOL.stats.alerts,
};

const STANDBY: StandbyState = {
  ...{ role: 'acts', other: { is: 'there', role: 'watches', isFilled: true }, isFilled: true },
  ...{ pending: 12, pendingThere: 12, clockAhead: 0 },
};

const limits = {
  path: '/x',
  maxAge: 14 * 24 * HOUR,
  maxPerAccount: 10,
  maxPerSender: 10,
  maxSizePerAccount: GIB,
  maxSize: 4 * GIB,
};

function seen(
  changes: Partial<Seen> & { live?: Partial<Live>; peer?: string; standbyState?: StandbyState } = {},
): Seen {
  const { live, peer = null, standbyState = null, ...rest } = changes;
  return {
    config: { spool: limits, alerts: NO_ALERTS, standby: { peer }, domain: 'respool.example.org' },
    now: NOW,
    daemon: { is: 'asked', live: { ...LIVE, ...live }, standby: standbyState },
    ...{ spool: SPOOL, diskFree: 20 * GIB, disk: null, wrong: [] },
    ...rest,
  };
}

const spoolWith = (changes: Partial<SpoolSeen>, stats: Partial<SpoolSeen['stats']> = {}): SpoolSeen => {
  return { ...SPOOL, ...changes, stats: { ...SPOOL.stats, ...stats } };
};
const thresholds = {
  pending: 10,
  oldest: HOUR / 2,
  success_rate: 0.99,
  disk_free: 30 * GIB,
  disconnected_for: 1,
};
const alerts = { ...NO_ALERTS, thresholds };

describe('what a status says', () => {
  const cases: [what: string, of: Seen, state: string, problems: RegExp[]][] = [
    ['all is well', seen(), 'ok', []],
    ['stopped', seen({ daemon: { is: 'stopped' } }), 'critical', [/the daemon is not running/]],
    [
      'not connected, whatever the spool says, and why',
      seen({ live: { connected: false, away: 'connect ECONNREFUSED 127.0.0.1:5347' } }),
      'critical',
      [/^the running daemon is not connected: connect ECONNREFUSED 127\.0\.0\.1:5347$/],
    ],
    [
      'a quiet night, just started',
      seen({ live: { lastCopyAt: NOW - 10 * 60_000, startedAt: NOW - 60_000 } }),
      'ok',
      [],
    ],
    [
      'nothing came since the start, some time ago',
      seen({ live: { lastCopyAt: NOW - 6 * HOUR } }),
      'warning',
      [/the last copy came 6h ago, before the daemon started 5h ago/],
    ],
    ['the spool cannot be written', seen({ live: { failing: true } }), 'critical', [/cannot be written/]],
    [
      'the config is wrong, and the daemon goes on with what it was',
      seen({ wrong: ['/x.yml, line 4, column 3: spool.max_age: 14 is not allowed', 'another'] }),
      'warning',
      [/^\/x\.yml, line 4, .* is not allowed, and 1 more$/],
    ],
    ['copies were lost', seen({ live: { lost: 3 } }), 'warning', [/3 copies were lost/]],
    [
      'no copy for long',
      seen({ live: { lastCopyAt: NOW - HOUR } }),
      'warning',
      [/the last copy came 1h ago/],
    ],
    [
      'the spool is nearly full',
      seen({ spool: spoolWith({}, { bytes: 3.5 * GIB }) }),
      'warning',
      [/3\.5 GiB of 4\.0 GiB/],
    ],
    [
      'something waits for very long',
      seen({ spool: spoolWith({}, { oldestAt: NOW - 13 * 24 * HOUR }) }),
      'warning',
      [/the oldest for 13d/],
    ],
    [
      'something was lost',
      seen({ spool: spoolWith({ hour: { ...well, lost: 2 } }) }),
      'warning',
      [/2 messages were lost for good/],
    ],
    [
      'thresholds of the config are crossed, and only these',
      seen({ config: { ...seen().config, alerts } }),
      'warning',
      [/12 pending: more than 10/, /pending for 1h: more than 30m/, /20\.0 GiB free .*: less than 30\.0 GiB/],
    ],
    [
      'the other respool is not there',
      seen({ peer: 'b.example.org', standbyState: { ...STANDBY, other: { is: 'gone' } } }),
      'critical',
      [/b\.example\.org is not there/],
    ],
    ['the other respool watches', seen({ peer: 'b.example.org', standbyState: STANDBY }), 'ok', []],
    [
      'the daemon does not answer',
      seen({ daemon: { is: 'unasked', why: 'no answer', stuck: false } }),
      'warning',
      [/cannot be asked \(no answer\)/],
    ],
    [
      'the daemon is stuck',
      seen({ daemon: { is: 'unasked', why: 'no answer', stuck: true }, spool: { why: 'it is locked' } }),
      'critical',
      [/the daemon is stuck: no answer/, /it is locked/],
    ],
    ['the spool cannot be read', seen({ spool: { why: 'it is damaged' } }), 'critical', [/it is damaged/]],
    [
      'neither can be asked',
      seen({ daemon: { is: 'unasked', why: 'EACCES', stuck: false }, spool: { why: 'EACCES' } }),
      'unknown',
      [/EACCES/, /EACCES/],
    ],
    [
      'the worst comes first',
      seen({ spool: spoolWith({}, { bytes: 4 * GIB }), live: { failing: true } }),
      'critical',
      [/cannot be written/, /4\.0 GiB of 4\.0/],
    ],
  ];
  for (const [what, of, state, wrong] of cases) {
    test(what, () => {
      const verdict = judge(of);
      assert.equal(verdict.state, state);
      const texts = verdict.problems.map(({ text }) => text);
      assert.equal(texts.length, wrong.length, texts.join('\n'));
      wrong.forEach((one, at) => void assert.match(texts[at] ?? '', one));
      assert.ok(
        verdict.problems.every(({ remedy }) => remedy !== undefined),
        'each says what to do',
      );
    });
  }
});

describe('how it is written', () => {
  const bad = seen({
    ...{ peer: 'respool-b.example.org', standbyState: { ...STANDBY, other: { is: 'gone' } as const } },
    ...{ spool: spoolWith({ hour: { ...well, lost: 2 } }, { bytes: 3.5 * GIB }) },
  });

  test('as text: one screen, no line wider than the terminal', () => {
    for (const columns of [60, 80, 120]) {
      const text = statusText(bad, judge(bad), { columns, colours: false, unicode: true });
      const lines = text.split('\n');
      assert.ok(lines.length <= 24, text);
      assert.ok(Math.max(...lines.map(line => line.length)) <= columns, text);
    }
  });

  test('as text: what matters', () => {
    const text = statusText(bad, judge(bad), null);
    assert.match(text, /^respool\.example\.org: critical\n/);
    assert.match(text, /\ndaemon +running since 2026-11-29T07:00:00Z \(5h\), version 1\.2\.3\n/);
    assert.match(text, /\nejabberd +connected, last copy 2s ago, 7 believed online\n/);
    assert.match(text, /\nrole +this one acts; respool-b\.example\.org is not there\n/);
    assert.match(text, /\npending +12, the oldest for 1h of 14d\n/);
    assert.match(text, /\nspool +3\.5 GiB of 4\.0 GiB \(87\.5%\), 20\.0 GiB free on its disk\n/);
    assert.match(
      text,
      /\nlast hour +99\.8% of 1,002 due delivered, 100 of them by respool, 2 lost for good\n/,
    );
    assert.match(text, /\nlast day +100% of 1,000 due delivered, 100 of them by respool\n/);
  });

  test('for Nagios: the worst in the first line, the others below, numbers with their thresholds', () => {
    const [first = '', ...rest] = statusNagios(bad, judge(bad)).trimEnd().split('\n');
    assert.match(
      first,
      /^RESPOOL CRITICAL - this respool acts, and respool-b\.example\.org is not there; .*\(and 2 more\) \| /,
    );
    assert.equal(rest.length, 2);
    const of = seen({ config: { ...seen().config, alerts } });
    const [, data] = statusNagios(of, judge(of)).split('\n')[0]?.split(' | ') ?? [];
    assert.equal(
      data,
      `pending=12;10;;0 oldest=3600s;1800;;0 spool=${GIB}B;${Math.floor(0.8 * 4 * GIB)};;0;${4 * GIB} ` +
        `disk_free=${20 * GIB}B;${30 * GIB}:;;0 success_hour=100.00%;99:;;0;100 success_day=100.00%;;;0;100 lost_hour=0;0;;0 sessions=7;;;0`,
    );
    assert.match(
      statusNagios(seen(), judge(seen())),
      /^RESPOOL OK - connected, 12 pending, the oldest for 1h, 100% of the last hour delivered \| /,
    );
  });

  test('as JSON: with role and peer', () => {
    const { role, peer, peer_role } = statusJson(bad, judge(bad));
    assert.deepEqual([role, peer, peer_role], ['acts', 'respool-b.example.org', null]);
  });
});
