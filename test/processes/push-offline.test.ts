import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Element } from '@xmpp/component';
import { SpoolReader } from '../../src/spool/spool-reader.js';
import type { Stats } from '../../src/spool/stats.js';
import { Process, respool } from '../cli/process.js';
import { until } from '../wait.js';
import { transcript } from '../way.js';
import { FakeServer } from '../xmpp/fake-server.js';

const PHONE = 'bob@alpha.test/phone';
/** The flood that a purge has taken. */
const FLOOD = /urn:xmpp:forward:0.*Offline storage/;

describe('mod_push_offline, through the whole daemon', () => {
  const folder = mkdtempSync(join(tmpdir(), 'respool-push-'));
  const file = join(folder, 'respool.yml');
  const spool = join(folder, 'spool.db');
  const server = new FakeServer();
  let daemon: Process;
  let there = true;

  before(async () => {
    await server.start();
    const config = {
      component: { port: server.port, domain: 'respool.alpha.test', secret: server.secret },
      hosts: ['alpha.test'],
      spool: { path: spool },
      replay: { settle: '200ms', proof_after: '100ms' },
      http: false,
    };
    writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
    server.on('element', answer);
    daemon = new Process(['run', '-c', file]);
    await daemon.said(/connected to/);
    // it has asked its spool who was there before: this answer comes after that one
    await respool(['devices', 'forget', 'nobody@alpha.test', 'phone', '-c', file]);
  });
  after(async () => {
    daemon.child.kill('SIGKILL');
    await daemon.ended();
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  /** A ping to bob's phone is answered by it, which is copied, or by the server: there is no such session. */
  function answer({ name, attrs }: Element): void {
    if (name !== 'iq' || attrs.to !== PHONE) return;
    const answers = `from='${PHONE}' to='respool.alpha.test' id='${attrs.id}'`;
    const error =
      "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
    const result = `<iq ${answers} type='result' xmlns='jabber:client'/>`;
    void server.write(
      there
        ? `<message from='alpha.test' to='respool.alpha.test'><forwarded xmlns='urn:xmpp:forward:0'>${result}</forwarded></message>`
        : `<iq ${answers} type='error'>${error}</iq>`,
    );
  }

  /** Waits until the daemon's spool says so. */
  function shows(what: string, right: (stats: Stats) => boolean): Promise<void> {
    return until(what, () => {
      const reader = SpoolReader.open(spool);
      const stats = reader.stats();
      reader.close();
      return right(stats);
    });
  }

  test('transcript 11: zoe writes to bob who is away; his queue is purged; he gets it when he is back', async () => {
    const replay = server.element(({ name, attrs }) => name === 'message' && attrs.id === 's-2');
    for (const { note = '', stanza } of transcript('11-other-server')) {
      if (note.startsWith('bob closes')) {
        await shows('he has proved the first one', ({ outcomes }) => outcomes.delivered === 1);
        there = false;
      } else if (note.startsWith('bob/phone returns')) {
        await shows('the second one is owed, to his phone and to the account', stats => stats.pending === 2);
        there = true;
      } else if (note.startsWith('bob got')) break;
      if (stanza !== undefined && !FLOOD.test(stanza)) await server.write(stanza);
    }
    const message = await replay;
    assert.deepEqual([message.attrs.from, message.attrs.to], ['zoe@beta.test/web', PHONE]);
    assert.equal(message.getChild('delay', 'urn:xmpp:delay')?.attrs.stamp, '2026-11-23T04:43:24.563Z');
    await shows('he has proved it', ({ pending, outcomes }) => pending === 0 && outcomes.replayed === 1);
    assert.equal(server.received.split("id='s-2'").length - 1, 1, 'once');
    await shows('the copies are counted', ({ copies }) => copies.push === 1 && copies.message > 0);
    const { stdout } = await respool(['check', '-c', file]);
    assert.match(stdout, /^ok +sources +mod_service_log: \d+ copies, and mod_push_offline: 1 messages$/m);
  });
});
