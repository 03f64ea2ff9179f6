import type { ConfigDocument } from './document.js';
import type { Kind } from './kinds.js';
import { nearest } from './nearest.js';
import { KEYS, SWITCHES } from './schema.js';

const PREFIX = 'RESPOOL_';
/** What a command of alerts finds, and may pass on to a respool that it runs. */
const FACTS = 'RESPOOL_ALERT_';
/** Read elsewhere: the file's name by the command line, the secret with the other places of a secret. */
const ELSEWHERE = ['RESPOOL_CONFIG', 'RESPOOL_SECRET'];

/** The environment variable that sets a key: its name in capitals, but for the secret, which has a short one. */
export function variableOf(key: string): string {
  return key === 'component.secret' ? 'RESPOOL_SECRET' : `${PREFIX}${key.replaceAll('.', '_').toUpperCase()}`;
}

/**
 * Puts what the environment says in the place of what the file says. An empty variable says nothing.
 * @returns warnings about variables that look like one of respool's but are none
 */
export function applyEnvironment(document: ConfigDocument, env: NodeJS.ProcessEnv): string[] {
  for (const section of SWITCHES) {
    const variable = variableOf(section);
    const off = env[variable];
    if (off) document.override([section], off === 'false' ? false : off, variable);
  }
  for (const [key, { kind }] of KEYS) {
    const variable = variableOf(key);
    const text = env[variable];
    if (!text || ELSEWHERE.includes(variable)) continue;
    document.override(key.split('.'), readText(kind, text), variable);
  }
  return misspelt(env);
}

/** The form of a text that the key takes: the text itself, a number, true or false, a list. */
function readText(kind: Kind<unknown>, text: string): unknown {
  const forms = [text, ...scalar(text), text.replace(/^\[|\]$/g, '').split(/[\s,]+/)];
  return forms.find(form => kind.read(form) !== undefined) ?? text;
}

function scalar(text: string): (number | boolean)[] {
  if (text === 'true' || text === 'false') return [text === 'true'];
  return /^\d+(\.\d+)?$/.test(text) ? [Number(text)] : [];
}

/** Not an error: Kubernetes sets RESPOOL_PORT and the like where a service is called respool. */
function misspelt(env: NodeJS.ProcessEnv): string[] {
  const known = new Set([...KEYS.keys(), ...SWITCHES].map(variableOf).concat(ELSEWHERE));
  const short = [...known].map(name => name.slice(PREFIX.length).toLowerCase());
  return Object.keys(env)
    .filter(name => name.startsWith(PREFIX) && env[name] !== '' && !known.has(name))
    .filter(name => !name.startsWith(FACTS))
    .flatMap(name => {
      const meant = nearest(name.slice(PREFIX.length), short);
      if (meant === undefined) return [];
      return `the environment variable ${name} means nothing to respool; did you mean ${PREFIX}${meant.toUpperCase()}?`;
    });
}
