import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ejabberdYaml } from '../../src/cli/init/init.js';
import { VERSION } from '../../src/version.js';
import { Machine } from './machine.js';
import { nextVersion } from './next-version.js';

/**
 * `npm run try-package -- bookworm [trixie …]`, after `npm run package`: installs the .deb on a new Debian without Node,
 * takes README's steps to the first replay, upgrades, removes and purges it. As root, for amd64; ten minutes at most.
 */
const DEB = new URL(`../../package/respool_${VERSION}_amd64.deb`, import.meta.url).pathname;
const PASSWORD = 'secret123';
/** Waits until the daemon serves its spool, which nothing tells. */
const SERVES = "timeout 60 sh -c 'until [ -S /var/lib/respool/spool.db.sock ]; do sleep 0.1; done'";
const LOGIN = 'respool check --login tester@localhost --password-file /root/password';

const suites = process.argv.slice(2);
if (suites.length === 0 || process.geteuid?.() !== 0) {
  process.stderr.write('as root: npm run try-package -- bookworm [trixie ...]\n');
  process.exit(2);
}
for (const suite of suites) await tryOn(suite);

async function tryOn(suite: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'respool-debian-'));
  const machine = new Machine(folder);
  const began = performance.now();
  const say = (what: string) =>
    process.stdout.write(
      `${suite} ${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${what}\n`,
    );
  try {
    machine.install(suite);
    copyFileSync(DEB, join(folder, 'root/now.deb'));
    nextVersion(DEB, join(folder, 'root/next.deb'));
    await machine.boot();
    say(`Debian ${readFileSync(join(folder, 'etc/debian_version'), 'utf8').trim()} with ejabberd is up`);

    install(machine, 'now');
    assert.match(machine.sh('respool --version; command -v node || echo no node'), /^\d.*\nno node\n$/);
    assert.match(machine.sh('stat -c "%U:%G %a" /etc/respool'), /^root:respool 750$/m);
    assert.match(
      machine.sh('systemctl is-enabled respool; systemctl is-active respool; true'),
      /^disabled\ninactive$/m,
    );
    assert.equal(machine.sh('man -w respool respool.yml | wc -l').trim(), '2');
    say('installed, nothing of it runs');

    attach(machine, folder);
    machine.sh('respool check');
    machine.sh('systemctl enable --now respool');
    assert.match(
      machine.sh(`${SERVES}; ${LOGIN}`),
      /the message was replayed.*\n.*the device proved that it has the message/,
    );
    say('attached by the steps of README; a message was lost, replayed and proved');

    const told = machine.sh('systemctl show -p Type -p StatusText respool');
    assert.match(told, /^Type=notify$/m);
    assert.match(told, /^StatusText=connected to ejabberd as respool\.localhost$/m);
    const [, pid] =
      /process (\d+)\) has taken over, with the supervisor, environment and log of the old one/.exec(
        install(machine, 'next'),
      ) ?? [];
    assert.ok(pid !== undefined, 'it has taken over');
    machine.sh(
      `timeout 30 sh -c 'until [ "$(systemctl show -p MainPID --value respool)" = ${pid} ]; do sleep 0.1; done'`,
    );
    machine.sh(`timeout 30 sh -c 'while [ "$(pgrep -cf -u respool respool.js)" != 1 ]; do sleep 0.1; done'`);
    assert.match(
      machine.sh(`systemctl is-active respool; respool --version; ${LOGIN}`),
      /^active\n\d.*-next/,
    );
    say('upgraded: the running one has handed over');
    machine.sh(`systemctl restart respool; ${SERVES}`);
    machine.sh('systemctl stop respool');
    assert.equal(machine.sh('systemctl show -p Result --value respool').trim(), 'success');
    install(machine, 'next');
    assert.equal(machine.sh('systemctl is-active respool; true').trim(), 'inactive');
    say('what does not run is not started by an upgrade');

    machine.sh(`systemctl start respool; ${SERVES}; apt-get -y remove respool`);
    assert.equal(
      machine.sh('pgrep -f "^[^ ]*node .*respool.js"; ls /etc/respool /var/lib/respool'),
      '/etc/respool:\nrespool.yml\n\n/var/lib/respool:\nspool.db\nspool.db.history\nspool.db.lock\n',
    );
    machine.sh('apt-get -y purge respool');
    assert.equal(machine.sh('find / -xdev -name "*respool*" -not -path "/root/*" -not -path "/proc/*"'), '');
    say('removed: config and spool stayed; purged: nothing stayed but the user');
  } finally {
    machine.end();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function install(machine: Machine, which: string): string {
  return machine.sh(
    `DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends --reinstall install /root/${which}.deb`,
  );
}

/** What README says under "Attach it": respool init, ejabberd.yml, reload_config; and an account for the check. */
function attach(machine: Machine, folder: string): void {
  const domain = 'respool.localhost';
  const said = machine.sh(`respool init --domain ${domain}`);
  const secret = /password: "(.*)"/.exec(said)?.[1] ?? '';
  assert.match(
    said,
    /3\. Look whether all is right.*\n\n {4}respool check\n {4}systemctl enable --now respool\n/,
  );
  const [, listener = '', module = ''] =
    /^listen:\n(.*)^modules:\n(.*)/ms.exec(
      ejabberdYaml({ domain, host: undefined, port: undefined } as never, secret),
    ) ?? [];
  const file = join(folder, 'etc/ejabberd/ejabberd.yml');
  const yaml = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    yaml.replace(/^listen:\n/m, `listen:\n${listener}`).replace(/^modules:\n/m, `modules:\n${module}`),
  );
  writeFileSync(join(folder, 'root/password'), PASSWORD);
  machine.sh(
    `ejabberdctl started && ejabberdctl reload_config && ejabberdctl register tester localhost ${PASSWORD}`,
  );
}
