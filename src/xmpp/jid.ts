import { NAMEPREP, NODEPREP, type Profile, prepare, RESOURCEPREP } from './stringprep.js';

/** A JID in normal form (RFC 6122): two JIDs are the same if and only if their `full` are. */
export interface Jid {
  readonly local: string;
  readonly domain: string;
  readonly resource: string;
  /** local@domain, or the domain alone */
  readonly bare: string;
  /** the bare JID, with /resource where there is one */
  readonly full: string;
}

/** What needs no preparing, as nearly all do. */
const PLAIN_LOCAL = /^[!#-%(-.0-9;=?[-~]+$/;
const PLAIN_DOMAIN = /^[!-.0-?[-~]+$/;
const PLAIN_RESOURCE = /^[\x20-\x7e]+$/;
const NOT_IN_DOMAIN = /[\0-\x20/@\x7f]/;
const EMPTY_LABEL = /^\.|\.\./;
const LONGEST_PART = 1023; // bytes, RFC 6122 section 2.1

/**
 * Reads a JID and brings it into normal form, as ejabberd does (RFC 6122; its `jid:decode` and `jid:tolower`).
 * @param text as it came on the wire
 * @returns the JID, or null where the text is not one
 */
export function parseJid(text: string | undefined): Jid | null {
  if (text === undefined) return null;
  const slash = text.indexOf('/');
  const bareText = slash < 0 ? text : text.slice(0, slash);
  const at = bareText.indexOf('@');
  const local = at < 0 ? '' : normalLocal(bareText.slice(0, at));
  const domain = normalDomain(at < 0 ? bareText : bareText.slice(at + 1));
  const resource = slash < 0 ? '' : normalResource(text.slice(slash + 1));
  if (local === null || domain === null || resource === null) return null;
  const bare = local === '' ? domain : `${local}@${domain}`;
  return { local, domain, resource, bare, full: resource === '' ? bare : `${bare}/${resource}` };
}

/** The bare JID, in normal form, of a JID as it was given; what cannot be read stays as it is. */
export function accountOf(text: string): string {
  return parseJid(text)?.bare ?? bareOf(text);
}

/** A JID in normal form without its resource. */
export function bareOf(jid: string): string {
  const slash = jid.indexOf('/');
  return slash < 0 ? jid : jid.slice(0, slash);
}

/** The domain of a JID in normal form. */
export function domainOf(jid: string): string {
  const bare = bareOf(jid);
  return bare.slice(bare.indexOf('@') + 1);
}

function normalLocal(text: string): string | null {
  if (PLAIN_LOCAL.test(text)) return withinLimit(text);
  return text === '' ? null : prepared(text, NODEPREP);
}

function normalDomain(text: string): string | null {
  if (PLAIN_DOMAIN.test(text)) return EMPTY_LABEL.test(text) ? null : withinLimit(text);
  const normal = prepared(text, NAMEPREP);
  if (normal === null || normal === '' || EMPTY_LABEL.test(normal)) return null;
  // ejabberd lets pass what becomes an @ or a / only then; here it would look like another JID
  return NOT_IN_DOMAIN.test(normal) ? null : normal;
}

function normalResource(text: string): string | null {
  if (PLAIN_RESOURCE.test(text)) return withinLimit(text);
  return text === '' ? null : prepared(text, RESOURCEPREP);
}

function prepared(text: string, profile: Profile): string | null {
  if (withinLimit(text) === null) return null;
  const normal = prepare(text, profile);
  return normal === null ? null : withinLimit(normal);
}

function withinLimit(part: string): string | null {
  return part.length > LONGEST_PART / 3 && Buffer.byteLength(part) > LONGEST_PART ? null : part;
}
