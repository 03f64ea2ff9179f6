import assert from 'node:assert/strict';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { readingSocket } from '../../src/xmpp/reading-socket.js';
import { nextEvent, until } from '../wait.js';

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

  test('reads what comes in small pieces in a few reads', async () => {
    let reads = 0;
    let came = 0;
    const [here, there] = await connected(text => {
      reads++;
      came += text.length;
    });
    for (let piece = 0; piece < 300; piece++) {
      there.write('x'.repeat(50));
      await new Promise(setImmediate);
    }
    await until('all has come', () => came >= 15_000);
    assert.ok(reads < 150, `${reads} reads of 300 writes`);
    here.destroy();
  });

  test('does not wait for more where plenty came', async () => {
    /** Sends pieces of a size, each when the one before it was read. Returns how long that took, in ms. */
    const took = async (size: number) => {
      let came = 0;
      const [here, there] = await connected(text => {
        came += text.length;
        if (came % size === 0) here.emit('whole');
      });
      const began = performance.now();
      for (let piece = 0; piece < 50; piece++) {
        const whole = nextEvent(here, 'whole');
        there.write(Buffer.alloc(size));
        await whole;
      }
      here.destroy();
      return performance.now() - began;
    };
    const [little, plenty] = [await took(1 << 10), await took(60 << 10)];
    assert.ok(little >= 90, 'a rest after each read');
    assert.ok(plenty < 0.8 * little, `${plenty} ms for plenty, ${little} for little`);
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
