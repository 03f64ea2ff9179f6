import { accessSync, constants } from 'node:fs';
import type { Config } from '../../../config/config.js';
import { type Finding, findingsOn } from '../finding.js';
import { reviewEjabberd, type Seen, speaksOf } from './review.js';
import { type EjabberdFile, EjabberdYamlError, readEjabberdYaml } from './yaml.js';

/** Where packages, installers and containers have it. */
const USUAL = [
  '/etc/ejabberd/ejabberd.yml',
  '/opt/ejabberd/conf/ejabberd.yml',
  '/usr/local/etc/ejabberd/ejabberd.yml',
  '/home/ejabberd/conf/ejabberd.yml',
];

/** The file that was named, false for none, undefined for whichever is found. */
export type WhichFile = string | false | undefined;

const { ok, skipped, warning, error } = findingsOn('ejabberd');

/** What there is to be reviewed, read: ejabberd.yml is mostly for root and ejabberd alone. */
export type FoundFile =
  | { is: 'unwanted' | 'missing' }
  | { is: 'wrong'; error: EjabberdYamlError; named: boolean }
  | { is: 'read'; path: string; file: EjabberdFile; named: boolean };

/** Reads ejabberd.yml, where it can be. */
export function findEjabberd(which: WhichFile, usual: readonly string[] = USUAL): FoundFile {
  if (which === false) return { is: 'unwanted' };
  const path = which ?? usual.find(isReadable);
  const named = which !== undefined;
  if (path === undefined) return { is: 'missing' };
  try {
    return { is: 'read', path, file: readEjabberdYaml(path), named };
  } catch (failure) {
    if (!(failure instanceof EjabberdYamlError)) throw failure;
    return { is: 'wrong', error: failure, named };
  }
}

/** Reviews ejabberd.yml, where it could be read. */
export function checkEjabberd(
  config: Pick<Config, 'component' | 'hosts'>,
  found: FoundFile,
  seen: Seen,
): Finding[] {
  switch (found.is) {
    case 'unwanted':
      return [];
    case 'missing':
      return [
        skipped(
          'ejabberd.yml was not reviewed: this user can read none in the usual places (root may; --ejabberd FILE names one)',
        ),
      ];
    case 'wrong': {
      const denied =
        found.error.code === 'EACCES' ? 'run this check as root, or leave it out: --no-ejabberd' : undefined;
      const remedy = denied ?? 'correct it there, or name another file with --ejabberd FILE';
      return [
        found.named ? error(found.error.message, { remedy }) : warning(found.error.message, { remedy }),
      ];
    }
    case 'read':
      return review(config, found, seen);
  }
}

function review(
  config: Pick<Config, 'component' | 'hosts'>,
  { path, file, named }: Extract<FoundFile, { is: 'read' }>,
  seen: Seen,
): Finding[] {
  if (!named && seen.connected && !speaksOf(config, file.options)) {
    return [
      warning(`${path} does not speak of ${config.component.domain}, though ejabberd lets it connect`, {
        means: 'it is perhaps not the file of that server, and was not reviewed',
        remedy: 'name the right one: --ejabberd FILE',
      }),
    ];
  }
  const [, ...more] = file.files;
  const included = more.length === 0 ? '' : `, with ${more.join(', ')}`;
  return [ok(`reviewing ${path}${included}`), ...reviewEjabberd(config, file.options, seen)];
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
