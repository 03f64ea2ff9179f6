import { accessSync, constants } from 'node:fs';
import type { Config } from '../../../config/config.js';
import { type Finding, findingsOn } from '../finding.js';
import { reviewEjabberd, speaksOf } from './review.js';
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

const { ok, warning, error } = findingsOn('ejabberd');

/** Reviews ejabberd.yml, where it can be read. */
export function checkEjabberd(
  config: Pick<Config, 'component' | 'hosts'>,
  which: WhichFile,
  connected: boolean,
  usual: readonly string[] = USUAL,
): Finding[] {
  if (which === false) return [];
  const path = which ?? usual.find(isReadable);
  if (path === undefined) {
    return [
      ok(
        'no ejabberd.yml was reviewed: this user can read none in the usual places (root may; --ejabberd FILE names one)',
      ),
    ];
  }
  let file: EjabberdFile;
  try {
    file = readEjabberdYaml(path);
  } catch (failure) {
    if (!(failure instanceof EjabberdYamlError)) throw failure;
    const denied =
      failure.code === 'EACCES' ? 'run this check as root, or leave it out: --no-ejabberd' : undefined;
    const remedy = denied ?? 'correct it there, or name another file with --ejabberd FILE';
    return [which === undefined ? warning(failure.message, { remedy }) : error(failure.message, { remedy })];
  }
  if (which === undefined && connected && !speaksOf(config, file.options)) {
    return [
      warning(`${path} does not speak of ${config.component.domain}, though ejabberd lets it connect`, {
        means: 'it is perhaps not the file of that server, and was not reviewed',
        remedy: 'name the right one: --ejabberd FILE',
      }),
    ];
  }
  const [, ...more] = file.files;
  const included = more.length === 0 ? '' : `, with ${more.join(', ')}`;
  return [ok(`reviewing ${path}${included}`), ...reviewEjabberd(config, file.options, connected)];
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
