import assert from 'node:assert/strict';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { readingSocket, restAfter } from '../../src/xmpp/reading-socket.js';
import { nextEvent } from '../wait.js';

describe('a socket that reads in lots and in turns', () => {
  const server = createServer({ noDelay: true });
  before(async () => {
    server.listen(0, '127.0.0.1');
    await nextEvent(server, 'listening');
  });
  after(() => server.close());

  /** A connection, and the server's end of it. */
  async function connected(
    read: (bytes: string) => void,
    isBehind?: () => boolean,
  ): Promise<[here: Socket, there: Socket]> {
    const here = readingSocket(read, isBehind);
    const accepted = nextEvent(server, 'connection');
    here.connect((server.address() as AddressInfo).port, '127.0.0.1');
    const [there] = (await accepted) as [Socket];
    return [here, there];
  }

  test('gives all that came, byte by byte, in order', async () => {
    const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, n) => n % 251));
    let came = '';
    const [here, there] = await connected(text => {
      came += text;
    });
    const closed = nextEvent(here, 'close');
    there.end(bytes);
    await closed;
    assert.ok(Buffer.from(came, 'latin1').equals(bytes));
  });

  test('lets others have their turn while much is to be read', async () => {
    let [turns, reads, readAtOnce, most] = [0, 0, 0, 0];
    const count = () => {
      turns++;
      most = Math.max(most, readAtOnce);
      readAtOnce = 0;
      if (!here.destroyed) setImmediate(count);
    };
    const [here, there] = await connected(() => {
      reads++;
      readAtOnce++;
      const until = performance.now() + 4;
      while (performance.now() < until); // whoever reads has much to do
    });
    setImmediate(count);
    const closed = nextEvent(here, 'close');
    there.end(Buffer.alloc(2_000_000));
    await closed;
    assert.ok(reads >= 30 && most <= 3, `${reads} reads in ${turns} turns, ${most} in one`);
  });

  // time stands still, so that a rest is not over before all has been written, however slowly that goes
  test('reads what comes in small pieces in a few reads', async context => {
    let reads = 0;
    let came = 0;
    const [here, there] = await connected(text => {
      reads++;
      came += text.length;
    });
    context.mock.timers.enable({ apis: ['setTimeout'] });
    for (let piece = 0; piece < 300; piece++) {
      there.write('x'.repeat(50));
      await new Promise(setImmediate);
    }
    for (const end = performance.now() + 30_000; came < 15_000; ) {
      assert.ok(performance.now() < end, `${came} characters came`);
      context.mock.timers.tick(restAfter(1, false));
      await new Promise(setImmediate);
    }
    assert.ok(reads < 150, `${reads} reads of 300 writes`);
    here.destroy();
  });

  test('rests after a read, unless plenty came; longer while who reads is behind', () => {
    const plenty = 48 << 10;
    assert.deepEqual(
      [restAfter(1, false), restAfter(plenty - 1, false), restAfter(plenty, false)],
      [2, 2, 0],
    );
    assert.deepEqual([restAfter(1, true), restAfter(plenty, true)], [20, 20]);
  });

  test('leaves with the network what comes while who reads is behind, but not all of it', async () => {
    let [came, behind] = [0, true];
    const times: number[] = [];
    const [here, there] = await connected(
      text => {
        came += text.length;
        times.push(performance.now());
        if (times.length === 5) behind = false;
      },
      () => behind,
    );
    const closed = nextEvent(here, 'close');
    there.end(Buffer.alloc(2_000_000));
    await closed;
    assert.equal(came, 2_000_000);
    const waits = times.slice(1, 5).map((at, read) => at - (times[read] ?? 0));
    assert.ok(Math.min(...waits) >= 15, `${waits} ms between reads`);
  });
});
