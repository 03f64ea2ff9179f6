import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { systemClock } from '../../src/replay/clock.js';
import { within } from '../wait.js';

/** The process stands still for so long, in ms. */
const STILL = 50;

test('what has come while the process stood still is read before a wait ends that was over meanwhile', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const here = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [there] = (await once(server, 'connection')) as [Socket];
  const order: string[] = [];
  here.on('data', () => order.push('read'));
  const waited = new Promise<void>(resolve => {
    systemClock.after(STILL / 2, () => {
      order.push('over');
      resolve();
    });
  });
  there.write('x');
  standStill();
  await within('the wait ends', waited);
  here.destroy();
  there.destroy();
  server.close();
  assert.deepEqual(order, ['read', 'over']);
});

test('a wait does not end that is called off, though its time is over and it waits for the sockets', async () => {
  let ended = false;
  const callOff = systemClock.after(1, () => {
    ended = true;
  });
  const next = new Promise<void>(resolve => setTimeout(() => resolve(callOff()), 1));
  standStill(); // both are over, one after the other
  await next;
  await new Promise<void>(resolve => systemClock.after(1, resolve));
  assert.equal(ended, false);
});

function standStill(): void {
  for (const end = performance.now() + STILL; performance.now() < end; );
}
