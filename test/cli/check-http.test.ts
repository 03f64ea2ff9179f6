import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { checkHttp } from '../../src/cli/check/http.js';

describe('respool check looks at http.listen', () => {
  let server: Server;
  let port: number;
  let page: string;
  beforeEach(async () => {
    page = 'respool_build_info{version="1"} 1\n';
    server = createServer((_request, response) => response.end(page)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  afterEach(async () => {
    server.closeAllConnections();
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  });
  const found = async (served: boolean, host = '127.0.0.1') =>
    (await checkHttp({ host, port }, served)).map(({ level, text }) => `${level}: ${text}`);

  test('while no daemon runs: free, or somebody else has it', async () => {
    assert.deepEqual(await found(false), [`warning: another program listens on 127.0.0.1:${port}`]);
    server.close();
    await once(server, 'close');
    assert.deepEqual(await found(false), [`ok: 127.0.0.1:${port} is free`]);
  });

  test('while one runs: its own metrics are there, or those of nobody', async () => {
    assert.deepEqual(await found(true), [`ok: respool serves http on 127.0.0.1:${port}`]);
    page = 'hello';
    assert.deepEqual(await found(true), [`warning: another program listens on 127.0.0.1:${port}`]);
    server.close();
    await once(server, 'close');
    assert.match(
      (await found(true)).join(),
      /^warning: the running daemon does not serve http on .*ECONNREFUSED/,
    );
  });

  test('one that others can reach is a warning', async () => {
    server.close();
    await once(server, 'close');
    assert.match(
      (await found(false, '0.0.0.0')).join(),
      /warning: http\.listen is 0\.0\.0\.0:\d+, which is not this machine/,
    );
  });

  test('an address that this machine does not have', async () => {
    assert.match(
      (await found(false, '192.0.2.77')).join(),
      /cannot be used: this machine has no such address/,
    );
  });

  test('http: false has nothing to look at, and what the system chooses is skipped', async () => {
    assert.deepEqual(await checkHttp(null, false), []);
    const [first] = await checkHttp({ host: '::1', port: 0 }, false);
    assert.equal(first?.level, 'skipped');
  });
});
