import { readFileSync, type Stats, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { cause } from './cause.js';
import type { ConfigDocument } from './document.js';
import type { Problem } from './problem.js';

export interface FoundSecret {
  secret: string;
  warnings: string[];
  problems: Problem[];
}

/** A file of root's may be readable by the group of the service (0640), which could not change it then. */
export function isReadableByOthers({ mode, uid, gid }: Pick<Stats, 'mode' | 'uid' | 'gid'>): boolean {
  const isOfService = uid === 0 && gid !== 0;
  return (mode & (isOfService ? 0o004 : 0o044)) !== 0;
}

/**
 * Finds the secret: RESPOOL_SECRET, else the file named by RESPOOL_COMPONENT_SECRET_FILE, else component.secret, else
 * the file named by component.secret_file.
 * Values of a wrong kind are the schema's to report.
 * @param folder where a relative path starts
 */
export function findSecret(document: ConfigDocument, folder: string, env: NodeJS.ProcessEnv): FoundSecret {
  const found: FoundSecret = { secret: '', warnings: [], problems: [] };
  const bad = (name: string, what: string) => {
    const path = ['component', name];
    found.problems.push({ ...document.originOf(path), key: path.join('.'), what });
  };
  const inline = document.valueAt(['component', 'secret']);
  const file = document.valueAt(['component', 'secret_file']);
  const fileByVariable = document.variableAt(['component', 'secret_file']) !== undefined;
  if (inline !== undefined && file !== undefined && !fileByVariable) {
    bad('secret_file', 'component.secret is set too; remove one of the two');
  } else if (env.RESPOOL_SECRET) {
    found.secret = env.RESPOOL_SECRET;
  } else if (typeof inline === 'string' && !fileByVariable) {
    found.secret = inline;
  } else if (typeof file === 'string') {
    const path = resolve(folder, file);
    try {
      found.secret = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
      if (found.secret === '')
        bad('secret_file', `${path} is empty; write the password of the listener into it`);
      if (isReadableByOthers(statSync(path))) {
        found.warnings.push(`${path} holds the secret and others can read it: chmod 600 ${path}`);
      }
    } catch (error) {
      const remedy = 'write the password of the listener into it and give it to the user that runs respool';
      bad('secret_file', `${path} cannot be read (${cause(error)}); ${remedy}`);
    }
  } else if (inline === undefined && file === undefined) {
    bad(
      'secret',
      'is missing; set it, or component.secret_file, or the environment variable RESPOOL_SECRET, to the password ' +
        'that ejabberd.yml has for this domain',
    );
  }
  return found;
}
