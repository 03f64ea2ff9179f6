import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from '../../src/spool/command.js';
import { effortOf } from '../effort.js';
import { opened } from '../spool/opened.js';

const BUSY = 2_000;
const EACH = 10;
/** Of the processor's time, in ms. */
const AT_MOST = 200;

test('a sweep and an attempt with thousands of recipients whose server takes nothing for them', async context => {
  const { spool } = opened({ maxPerAccount: 1_000_000 });
  const policy = { retryUnknown: 0, minWait: 1, maxWait: 10 };
  const back: Command[] = [];
  for (let id = 0; id < BUSY * EACH; id++) {
    const recipientAccount = `u${id % BUSY}@far.test`;
    const common = { account: 'eve@example.org', recipientAccount, identity: `i${id}`, stanzaId: `s${id}` };
    const written = {
      content: `${id}`,
      originId: null,
      refersTo: null,
      from: 'eve@example.org/pc',
      to: recipientAccount,
    };
    const times = { receivedAt: 1, stamp: 1, expiresAt: 1e12 };
    const rest = { domain: 'far.test', type: 'chat', lang: null, payload: '<body>x</body>' };
    back.push({ do: 'remote-sent', message: { ...common, ...written, ...times, ...rest } });
    const bounce = { ...common, sender: written.from, verdict: 'busy' as const };
    back.push({ do: 'remote-bounced', bounce, policy, at: 1 });
  }
  for (let n = 0; n < back.length; n += 2_000) spool.apply(back.slice(n, n + 2_000));
  const sweep = await effortOf(() => spool.apply([{ do: 'sweep', at: 1e9 }]), AT_MOST);
  const due = await effortOf(() => spool.apply([{ ask: 'remote-due', domain: 'far.test', at: 5 }]), AT_MOST);
  context.diagnostic(`a sweep ${sweep.toFixed(0)} ms, an attempt ${due.toFixed(0)} ms`);
  assert.ok(sweep < AT_MOST && due < AT_MOST, `${sweep} ms, ${due} ms`);
});
