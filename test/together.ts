import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Folders of plain logic: no process, signal or environment, nothing that one file leaves to another one. By the process
 * that their files share.
 */
const PLAIN: Readonly<Record<string, string>> = {
  ...{ alerts: 'logic', bench: 'logic', cli: 'cli', commands: 'logic', config: 'logic', control: 'logic' },
  ...{ daemon: 'logic', docs: 'logic', hostile: 'logic', monitor: 'logic', page: 'logic', presence: 'logic' },
  ...{ remote: 'logic', removal: 'logic', replay: 'replay', requests: 'logic', rules: 'logic' },
  ...{ spool: 'spool', standby: 'logic', tap: 'logic', xmpp: 'logic' },
};
/** What waits for real sockets is not to wait for the work of others. */
const ALONE = 'xmpp/reading-socket';
/** A hook of a whole file would be one of all files that share its process. */
const HOOK = /^(before|after)(Each)?\(/m;

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
  const isPlain = (name: string) =>
    dirname(name) in PLAIN &&
    !isAlone(name) &&
    !name.includes(ALONE) &&
    !HOOK.test(readFileSync(join(root, name), 'utf8'));
  const shared = new Map<string, string[]>();
  for (const name of names) {
    const process = isPlain(name) ? join(temporary, `${PLAIN[dirname(name)]}.js`) : join(root, name);
    shared.set(process, [...(shared.get(process) ?? []), join(root, name)]);
  }
  for (const [process, paths] of shared) {
    const imports = paths.map(path => `import ${JSON.stringify(pathToFileURL(path).href)};\n`);
    if (paths[0] !== process) writeFileSync(process, imports.join(''));
  }
  return shared;
}
