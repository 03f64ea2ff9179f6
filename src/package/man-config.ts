import { isLive } from '../config/changes.js';
import { variableOf } from '../config/environment.js';
import { briefly, type KeyDoc } from '../config/key.js';
import { KEYS } from '../config/schema.js';
import { type Edition, item, paragraph, section, title, verbatim } from './roff.js';

const EXAMPLE = `\
component:
  domain: respool.example.org
  secret_file: /etc/respool/secret
hosts: [example.org]
spool:
  max_age: 7d`;

/** Writes respool.yml(5) from the form of the config. */
export function configPage(edition: Edition): string {
  return [
    title('respool.yml', 5, edition),
    section('name', 'respool.yml \\- the config of respool\n'),
    section(
      'description',
      paragraph(
        'A file in YAML, /etc/respool/respool.yml where nothing else is named (respool -c FILE, or RESPOOL_CONFIG). ' +
          'respool init writes one with every key in it. Durations and sizes need their unit (2s, 14d, 4GiB). ' +
          'An unknown key is an error. respool check tells all errors of a file at once.',
      ) + paragraph('Each key has a variable in the environment that wins over the file.'),
    ),
    section('keys', [...KEYS].map(key).join('')),
    section('example', verbatim(EXAMPLE)),
    section('see also', paragraph('respool(1)')),
  ].join('');
}

function key([name, doc]: [string, KeyDoc]): string {
  const { meaning, fallback } = doc;
  const takes = isLive(name) ? 'SIGHUP (systemctl reload respool)' : 'a restart';
  return item(
    name,
    meaning,
    `Allowed: ${briefly(doc)}.`,
    ...(fallback === null ? [] : [`Default: ${fallback}.`]),
    `In the environment: ${variableOf(name)}. A change takes ${takes}.`,
  );
}
