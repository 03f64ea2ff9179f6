import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** A command on a new machine failed; the message has what it said. */
export class MachineError extends Error {}

/** What every machine has here: Debian's smallest, its systemd, and an ejabberd as Debian has it. */
const PACKAGES = ['systemd', 'systemd-sysv', 'dbus', 'ejabberd', 'man-db'];
const PATH = 'PATH=/usr/sbin:/usr/bin:/sbin:/bin';
const SYSTEMD = '/lib/systemd/systemd';
/** For one command, in ms. */
const PATIENCE = 180_000;
/** Between looks whether systemd is up, in ms. */
const LOOK = 200;

/**
 * A Debian with systemd as its first process, in namespaces of its own: processes, mounts, and a network that knows
 * nobody but itself. Root alone can make one. `debootstrap` and `apt-get` bring it.
 */
export class Machine {
  readonly root: string;
  #outer: ChildProcess | null = null;
  #pid = 0;

  /** @param root a new folder for its files */
  constructor(root: string) {
    this.root = root;
  }

  /** Installs it. @param suite such as bookworm */
  install(suite: string): void {
    run('debootstrap', ['--variant=minbase', suite, this.root]);
    chmodSync(this.root, 0o755); // others than root are to live in it too
    writeFileSync(join(this.root, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 });
    const apt = 'apt-get -q update && apt-get -q install -y --no-install-recommends';
    const install = `mount -t proc proc /proc; DEBIAN_FRONTEND=noninteractive; export DEBIAN_FRONTEND; ${apt}`;
    run('unshare', ['--mount', 'chroot', this.root, '/bin/sh', '-c', `${install} ${PACKAGES.join(' ')}`]);
    run('rm', [join(this.root, 'usr/sbin/policy-rc.d')]);
    appendFileSync(join(this.root, 'etc/hosts'), `127.0.0.1 localhost ${hostname()}\n`);
    mkdirSync(join(this.root, 'old-root'));
  }

  /** Starts systemd, and waits until it has started ejabberd. */
  async boot(): Promise<void> {
    const script = `set -e
      mount --make-rprivate /; mount --bind "$1" "$1"; cd "$1"
      mount --rbind /dev dev; mount -t proc proc proc; mount -t sysfs sys sys
      mount -t tmpfs tmpfs run; mount -t cgroup2 cgroup2 sys/fs/cgroup
      ip link set lo up
      pivot_root . old-root; umount -l /old-root
      container=other exec chroot . ${SYSTEMD} --log-target=null`;
    const namespaces = ['--mount', '--pid', '--net', '--uts', '--ipc', '--cgroup', '--fork', '--kill-child'];
    this.#outer = spawn('unshare', [...namespaces, '/bin/sh', '-c', script, 'sh', this.root], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    for (
      const end = Date.now() + PATIENCE;
      Date.now() < end;
      await new Promise(done => setTimeout(done, LOOK))
    ) {
      if (this.#outer.exitCode !== null) break;
      const parent = String(this.#outer.pid);
      const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', parent], { encoding: 'utf8' }); // none as yet: 1
      const [child] = stdout.trim().split(/\s+/);
      this.#pid = Number(child ?? 0);
      if (this.#pid > 0 && this.#tried('systemctl is-active --quiet ejabberd')) return;
    }
    throw new MachineError('systemd or ejabberd is not up');
  }

  /**
   * Runs a line of shell on it, as root.
   * @returns what it wrote, to stdout and stderr
   * @throws MachineError where it does not end with 0
   */
  sh(line: string): string {
    return run('nsenter', [...this.#inside(), `${line} 2>&1`]);
  }

  #tried(line: string): boolean {
    return spawnSync('nsenter', [...this.#inside(), line], { stdio: 'ignore' }).status === 0;
  }

  #inside(): string[] {
    const namespaces = ['-m', '-p', '-n', '-u', '-i', '-C', '-r', '-w'];
    return ['-t', String(this.#pid), ...namespaces, 'env', '-i', PATH, 'HOME=/root', '/bin/sh', '-c'];
  }

  /** Ends all of its processes. */
  end(): void {
    if (this.#outer !== null && this.#outer.exitCode === null) this.#outer.kill('SIGKILL');
  }
}

function run(program: string, args: readonly string[]): string {
  const options = { encoding: 'utf8', timeout: PATIENCE * 3, maxBuffer: 1 << 26 } as const;
  const { status, stdout, stderr, error } = spawnSync(program, args, options);
  if (status === 0) return stdout;
  const why = error === undefined ? `ended with ${status}` : error.message;
  throw new MachineError(`${program} ${args.join(' ')} ${why}:\n${stdout}${stderr}`);
}
