import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that Linux gives to outgoing connections, so that none of those takes one between test and use. */
const [LOWEST, HIGHEST] = [15_000, 32_000];

/** Finds a port that nobody listens on. As long as this process lives, neither it nor another one is given it again. */
export async function freePort(ip = '127.0.0.1'): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST);
    if ((await isReserved(port, ip)) && (await isFree(port, ip))) return port;
  }
}

/** Takes the UDP port of this number, which nothing here uses, for a sign to others. False where another one has it. */
function isReserved(port: number, ip: string): Promise<boolean> {
  const sign = createSocket('udp4').unref();
  return new Promise(resolve => {
    sign.once('error', () => {
      sign.close();
      resolve(false);
    });
    sign.bind({ port, address: ip, exclusive: true }, () => resolve(true));
  });
}

async function isFree(port: number, ip: string): Promise<boolean> {
  const server = createServer();
  const free = await new Promise<boolean>(resolve => {
    server.once('error', () => resolve(false));
    server.listen(port, ip, () => resolve(true));
  });
  if (!free) return false;
  server.close();
  await once(server, 'close');
  return true;
}
