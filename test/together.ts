import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Folders whose files may share a process, by the process. */
const PLAIN: Readonly<Record<string, string>> = {
  ...{ alerts: 'logic', bench: 'logic', cli: 'cli', commands: 'logic', config: 'logic', control: 'logic' },
  ...{ daemon: 'logic', docs: 'logic', hostile: 'logic', monitor: 'logic', package: 'logic', page: 'logic' },
  ...{ presence: 'logic', remote: 'logic', removal: 'logic', replay: 'replay', requests: 'logic' },
  ...{ rules: 'logic', spool: 'spool', standby: 'logic', 'take-over': 'logic', tap: 'logic', xmpp: 'logic' },
};
/** What waits for real sockets is not to wait for the work of others. */
const ALONE = 'xmpp/reading-socket';
/** What a file does to the whole process would meet the files that share it. */
const OF_THE_PROCESS = /process\.(env\.\w+ \??\??=|umask|chdir|exitCode|on\(|once\()|\bmock\./;

/**
 * Has the test files of a plain folder share a process, for to start one and load the modules takes longer than most
 * files' tests.
 * @param names of files, from `root`
 * @param isAlone says which get a process of their own wherever they are
 * @param temporary a folder for what imports them
 * @returns for each process the file that it runs, as a path, and the paths of those that share it
 */
export function sharing(
  names: readonly string[],
  root: string,
  isAlone: (name: string) => boolean,
  temporary: string,
): Map<string, string[]> {
  mkdirSync(temporary, { recursive: true });
  writeFileSync(join(temporary, 'package.json'), '{"type": "module"}');
  const processOf = (name: string) => {
    const [folder = ''] = name.split(sep);
    const isPlain = folder in PLAIN && !isAlone(name) && !name.includes(ALONE);
    return isPlain && !OF_THE_PROCESS.test(readFileSync(join(root, name), 'utf8'))
      ? join(temporary, `${PLAIN[folder]}.js`)
      : join(root, name);
  };
  const shared = new Map<string, string[]>();
  for (const name of names) {
    const process = processOf(name);
    shared.set(process, [...(shared.get(process) ?? []), name]);
  }
  for (const [process, files] of shared) {
    if (process !== join(root, files[0] ?? '')) writeFileSync(process, imports(files, root));
  }
  return new Map([...shared].map(([process, files]) => [process, files.map(name => join(root, name))]));
}

/** A suite for each file, so that a hook of a file is of that file alone. */
function imports(files: readonly string[], root: string): string {
  const suites = files.map(name => {
    const url = JSON.stringify(pathToFileURL(join(root, name)).href);
    return `describe(${JSON.stringify(name)}, async () => { await import(${url}); });\n`;
  });
  return `import { describe } from 'node:test';\n${suites.join('')}`;
}
