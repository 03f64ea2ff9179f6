import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Alerts, type Facts, type Thresholds } from '../../src/alerts/alert.js';
import { environmentFor, textOfChange } from '../../src/alerts/words.js';
import type { AlertName } from '../../src/spool/alert-names.js';
import { FakeClock } from '../fake-clock.js';

const THRESHOLDS: Thresholds = {
  pending: 100,
  oldest: 3_600_000,
  success_rate: 0.99,
  disk_free: 1_000,
  disconnected_for: 60_000,
};
const RIGHT: Facts = { pending: 100, oldest: 0, success_rate: 0.99, disk_free: 1_000, disconnected_for: 0 };
const NONE: Thresholds = {
  pending: null,
  oldest: null,
  success_rate: null,
  disk_free: null,
  disconnected_for: null,
};

/** Looks every 15 s, as the daemon does, and gathers what is told. */
class Watcher {
  readonly clock = new FakeClock();
  readonly told: string[] = [];
  readonly alerts: Alerts;

  constructor(thresholds: Thresholds = THRESHOLDS, before?: ReadonlyMap<AlertName, number>) {
    this.alerts = new Alerts(thresholds, before);
  }

  async look(facts: Partial<Facts>, times = 1): Promise<void> {
    for (let n = 0; n < times; n++) {
      const changes = this.alerts.judge({ ...RIGHT, ...facts }, this.clock.date());
      this.told.push(...changes.map(({ alert, state }) => `${alert} ${state}`));
      await this.clock.pass(15_000);
    }
  }
}

describe('an alert', () => {
  const WRONG: Record<AlertName, number> = {
    pending: 101,
    oldest: 3_600_001,
    success_rate: 0.9899,
    disk_free: 999,
    disconnected_for: 60_001,
  };

  for (const [alert, value] of Object.entries(WRONG)) {
    test(`${alert}: told once when it is crossed, and once when it is over`, async () => {
      const watcher = new Watcher();
      await watcher.look({}, 3);
      assert.deepEqual(watcher.told, [], 'at the threshold nothing is wrong');
      await watcher.look({ [alert]: value }, 100);
      assert.deepEqual(watcher.told, [`${alert} crossed`]);
      assert.deepEqual([...watcher.alerts.crossed.keys()], [alert]);
      await watcher.look({}, 100);
      assert.deepEqual(watcher.told, [`${alert} crossed`, `${alert} over`]);
      assert.equal(watcher.alerts.crossed.size, 0);
      await watcher.look({ [alert]: value });
      assert.equal(watcher.told.length, 3, 'and again the next time');
    });
  }

  test('that goes to and fro is told once, and is over when it has been right for a minute', async () => {
    const watcher = new Watcher();
    for (let n = 0; n < 20; n++) {
      await watcher.look({ pending: 101 });
      await watcher.look({ pending: 99 }, 2);
    }
    assert.deepEqual(watcher.told, ['pending crossed']);
    await watcher.look({ pending: 99 }, 60_000 / 15_000 - 2);
    assert.equal(watcher.told.length, 1);
    await watcher.look({ pending: 99 });
    assert.deepEqual(watcher.told, ['pending crossed', 'pending over']);
  });

  test('of what is not known at the moment neither begins nor ends', async () => {
    const watcher = new Watcher();
    await watcher.look({ pending: null }, 10);
    await watcher.look({ pending: 101 });
    await watcher.look({ pending: null }, 10);
    assert.deepEqual(watcher.told, ['pending crossed']);
  });

  test('that has no threshold is never told', async () => {
    const watcher = new Watcher(NONE);
    await watcher.look(WRONG, 10);
    assert.deepEqual(watcher.told, []);
  });

  test('that was told before a restart is not told again, but that it is over', async () => {
    const watcher = new Watcher(
      { ...THRESHOLDS, oldest: null },
      new Map([
        ['pending', 1],
        ['oldest', 1],
      ]),
    );
    assert.deepEqual([...watcher.alerts.crossed], [['pending', 1]]);
    await watcher.look({ pending: 500 }, 5);
    assert.deepEqual(watcher.told, []);
    await watcher.look({}, 10);
    assert.deepEqual(watcher.told, ['pending over']);
  });

  test('several at once are told each', async () => {
    const watcher = new Watcher();
    await watcher.look(WRONG);
    assert.equal(watcher.told.length, 5);
  });
});

describe('the words', () => {
  const change = { alert: 'pending', state: 'crossed', value: 12_345, threshold: 10_000, since: 0 } as const;

  test('say what is so and what should be, in a line', () => {
    const words = (alert: AlertName, value: number, threshold: number) =>
      textOfChange({ ...change, alert, value, threshold }, 'respool.example.org', 0);
    assert.equal(
      words('pending', 12_345, 10_000),
      'respool.example.org: 12,345 pending: more than 10,000 (alerts.pending)',
    );
    assert.match(words('oldest', 7_200_000, 3_600_000), /pending for 2h: more than 1h \(alerts\.oldest\)$/);
    assert.match(words('success_rate', 0.9, 0.99), / 90% of .* delivered: less than 99% /);
    assert.match(words('disk_free', 1_048_576, 2_097_152), / 1\.0 MiB free .*: less than 2\.0 MiB /);
    assert.match(
      words('disconnected_for', 61_000, 60_000),
      / not connected to ejabberd for 1m 1s: more than 1m /,
    );
    const over = textOfChange({ ...change, state: 'over', value: 5 }, 'respool.example.org', 90_000);
    assert.equal(over, 'respool.example.org: over after 1m 30s: 5 pending (alerts.pending)');
  });

  test('and the facts for a command', () => {
    assert.deepEqual(environmentFor(change, 'respool.example.org', 'words'), {
      RESPOOL_ALERT_NAME: 'pending',
      RESPOOL_ALERT_STATE: 'crossed',
      RESPOOL_ALERT_VALUE: '12345',
      RESPOOL_ALERT_THRESHOLD: '10000',
      RESPOOL_ALERT_SINCE: '1970-01-01T00:00:00.000Z',
      RESPOOL_ALERT_DOMAIN: 'respool.example.org',
      RESPOOL_ALERT_TEXT: 'words',
    });
  });
});
