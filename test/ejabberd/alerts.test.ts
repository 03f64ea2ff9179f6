import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Alerts } from '../../src/alerts/alert.js';
import { checkAlerts } from '../../src/cli/check/alerts.js';
import { SpoolReader } from '../../src/spool/spool-reader.js';
import { NO_ALERTS } from '../no-alerts.js';
import type { Client } from './client.js';
import { Respool } from './respool.js';
import { delayOf, Scene } from './scene.js';
import { startEjabberd } from './server.js';

const OPS = 'ops@alpha.test';

/** A respool whose alerts are looked at often, and the command that it runs for them. */
function staged(thresholds: Partial<ConstructorParameters<typeof Alerts>[0]>) {
  const stage = new Scene();
  const log = () => join(stage.respool.folder, 'command.log');
  before(async () => {
    stage.server = await startEjabberd();
    await stage.server.register('ops');
    stage.respool = new Respool(stage.server, config => {
      config.alerts = { ...NO_ALERTS, thresholds: { ...NO_ALERTS.thresholds, ...thresholds }, to: [OPS] };
    });
    const path = join(stage.respool.folder, 'command');
    const line = '$RESPOOL_ALERT_NAME $RESPOOL_ALERT_STATE $RESPOOL_ALERT_VALUE $RESPOOL_ALERT_THRESHOLD';
    writeFileSync(path, `#!/bin/sh\nread words\necho "${line}: $words" >> '${log()}'\n`, { mode: 0o755 });
    writeFileSync(log(), '');
    stage.respool.config.alerts = { ...stage.respool.config.alerts, command: [path] };
    stage.respool.waits = { every: 100, calm: 1_000 };
    await stage.respool.start();
  });
  after(() => stage.end());
  /** What the command has written. */
  const ran = () => readFileSync(log(), 'utf8').split('\n').slice(0, -1);
  return { stage, ran };
}

const told = (ops: Client) => ops.texts().map(text => text.replace('respool.alpha.test: ', ''));

describe('too much pending', () => {
  const { stage, ran } = staged({ pending: 2 });

  test('is told once when it is crossed, and once when it is over, by message and command', async () => {
    const { respool } = stage;
    const [alice, bob] = [await stage.login(`${await stage.user('alice')}/pc`), await stage.user('bob')];
    const ops = await stage.login(`${OPS}/desk`);
    alice.message(bob, 'one');
    alice.message(bob, 'two');
    await respool.until('two are pending', () => respool.counter('pending') === 2);
    await respool.until(
      'the alert is kept',
      () => respool.query("SELECT 1 FROM counter WHERE name = 'alert.pending'").length > 0,
    );
    assert.equal(respool.counter('alert.pending'), 0, 'two are not more than two');
    alice.message(bob, 'three');
    await ops.received(message => message.getChildText('body')?.includes('3 pending') === true);
    await respool.until('the command has run', () => ran().length === 1);
    assert.match(ran()[0] ?? '', /^pending crossed 3 2: respool\.alpha\.test: 3 pending: more than 2 /);
    await respool.until('it is kept', () => respool.counter('alert.pending') > 0);
    const reader = SpoolReader.open(respool.config.spool.path);
    assert.notEqual(respool.live.alerts.pending, null);
    const findings = [...checkAlerts(respool.config, reader.stats(), Date.now())];
    assert.deepEqual(
      findings.map(({ level }) => level),
      ['ok', 'warning'],
    );
    const phone = await stage.login(`${bob}/phone`);
    await phone.bodies(3);
    await ops.received(message => message.getChildText('body')?.includes('over after') === true);
    await respool.until('the command has run again', () => ran().length === 2);
    assert.match(ran()[1] ?? '', /^pending over \d 2: respool\.alpha\.test: over after/);
    await respool.until('that is kept too', () => respool.counter('alert.pending') === 0);
    assert.equal(respool.live.alerts.pending, null);
    reader.close();
    await respool.empty();
    await ops.flush();
    assert.equal(told(ops).length, 2);
    const [message] = ops.messages;
    assert.deepEqual([message?.attrs.from, message?.attrs.type], ['respool.alpha.test', 'chat']);
    assert.equal(delayOf(message).stamps, 0);
  });

  test('a restart tells nothing again, but still that it is over', async () => {
    const { respool } = stage;
    const [alice, bob] = [await stage.login(`${await stage.user('alice')}/pc`), await stage.user('bob')];
    for (const body of ['one', 'two', 'three']) alice.message(bob, body);
    await respool.until('it is crossed', () => ran().length === 3);
    await respool.stop();
    await respool.start();
    const phone = await stage.login(`${bob}/phone`);
    await phone.bodies(3);
    await respool.until('it is over', () => ran().length === 4);
    assert.deepEqual(
      ran().map(line => line.split(' ').slice(0, 2).join(' ')),
      ['pending crossed', 'pending over', 'pending crossed', 'pending over'],
    );
  });
});

describe('no connection to ejabberd', () => {
  const { stage, ran } = staged({ disconnected_for: 2_000 }); // longer than a start under load

  test('is told by the command at once, and by message when it is there again', async () => {
    const { server, respool } = stage;
    await server.stop();
    await respool.until('the command has run', () => ran().length === 1);
    assert.match(ran()[0] ?? '', /^disconnected_for crossed \d+ 2000: .* not connected to ejabberd for /);
    const connected = respool.connected();
    await server.start();
    await connected;
    await respool.until('the command has run again', () => ran().length === 2);
    // only now: ejabberd itself may leave in its queue what comes in the midst of a login
    const ops = await stage.login(`${OPS}/desk`);
    const [, over] = await ops.bodies(2);
    assert.match(over ?? '', /: over after .*: connected to ejabberd /);
    const delay = delayOf(ops.messages[0]);
    assert.ok(delay.stamps >= 1 && Date.now() - delay.at > 500, 'it says when that was');
  });
});

describe('an alert that fails to reach somebody', () => {
  const { stage } = staged({ pending: 1 });

  test('is a line in the log: no such JID, a command that fails', async () => {
    const { respool } = stage;
    writeFileSync(respool.config.alerts.command?.[0] ?? '', '#!/bin/sh\necho "no mailer" >&2\nexit 7\n');
    respool.config.alerts = { ...respool.config.alerts, to: ['ghost@alpha.test'] };
    await respool.stop();
    await respool.start();
    const [alice, bob] = [await stage.login(`${await stage.user('alice')}/pc`), await stage.user('bob')];
    for (const body of ['one', 'two']) alice.message(bob, body);
    const said = (pattern: RegExp) => respool.lines.some(line => pattern.test(line));
    await respool.until('the command has failed', () => said(/^alerts\.command .*ended with 7: no mailer/));
    await respool.until('the message is back', () => said(/^the alert to ghost@alpha\.test was returned/));
  });
});
