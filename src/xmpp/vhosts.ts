import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Element } from '@xmpp/component';
import { NS } from './namespaces.js';
import { escapeAttribute } from './serialize.js';
import type { Wire } from './wire.js';

/** What a server says of a vhost when it is asked for its version (XEP-0092). */
export interface Vhost {
  name: string;
  /** null: nobody answered. */
  served: boolean | null;
  /** What runs there, where it tells: mod_version may be off. */
  version: string | null;
  /** Why it is not served, in the server's words. */
  reason: string | null;
}

/** Asks for several vhosts at once. @param patience for an answer, in ms */
export async function askVhosts(
  stream: Wire,
  domain: string,
  names: Iterable<string>,
  patience: number,
): Promise<Vhost[]> {
  const waiting = [...names].map(name => ({ name, id: `version-${randomUUID()}` }));
  const answers = new Map<string, Element>();
  const hear = (stanza: Element, done: () => void) => {
    const { id = '', from, type } = stanza.attrs;
    if (stanza.name !== 'iq' || (type !== 'result' && type !== 'error')) return;
    if (!waiting.some(asked => asked.id === id && asked.name === from)) return;
    answers.set(id, stanza);
    if (answers.size === waiting.length) done();
  };
  let listener: (stanza: Element) => void = () => undefined;
  const all = new Promise<void>(resolve => {
    listener = stanza => hear(stanza, resolve);
    stream.on('stanza', listener);
  });
  for (const { name, id } of waiting) stream.send(question(domain, name, id));
  const timer = new AbortController();
  await Promise.race([all, sleep(patience, undefined, { signal: timer.signal })]);
  timer.abort();
  stream.off('stanza', listener);
  return waiting.map(({ name, id }) => readVhost(name, answers.get(id)));
}

function question(from: string, to: string, id: string): string {
  const [f, t, i] = [from, to, id].map(escapeAttribute);
  return `<iq type='get' from='${f}' to='${t}' id='${i}'><query xmlns='${NS.version}'/></iq>`;
}

/**
 * A vhost of ejabberd answers, or says that no module handles this (`service-unavailable`); for any other name ejabberd
 * looks elsewhere, and says that it may not or cannot (seen: forbidden, remote-server-not-found, remote-server-timeout).
 */
function readVhost(name: string, answer: Element | undefined): Vhost {
  const unknown = { name, version: null, reason: null };
  if (answer === undefined) return { ...unknown, served: null };
  if (answer.attrs.type === 'result') {
    const query = answer.getChild('query', NS.version);
    const [software, version] = [query?.getChildText('name'), query?.getChildText('version')];
    return { name, served: true, version: version ? `${software ?? '?'} ${version}` : null, reason: null };
  }
  const conditions = answer.getChild('error')?.getChildElements() ?? [];
  const condition = conditions.find(child => child.name !== 'text')?.name ?? 'undefined-condition';
  if (condition === 'service-unavailable' || condition === 'feature-not-implemented') {
    return { ...unknown, served: true };
  }
  return { ...unknown, served: false, reason: condition };
}
