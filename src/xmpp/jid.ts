import { domainToASCII, domainToUnicode } from 'node:url';

/** A JID in normal form (RFC 7622): two JIDs are the same if and only if their `full` are. */
export interface Jid {
  readonly local: string;
  readonly domain: string;
  readonly resource: string;
  /** local@domain, or the domain alone */
  readonly bare: string;
  /** the bare JID, with /resource where there is one */
  readonly full: string;
}

const PLAIN = /^[\x21-\x7e]*$/;
const UPPER = /[A-Z]/;
const FORBIDDEN_IN_LOCAL = /[\s"&'/:<>@]/u;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f]/;
const NON_ASCII_SPACE = /[^\S ]/gu;
const LONGEST_PART = 1023; // bytes, RFC 7622 section 3.1

/**
 * Reads a JID and brings it into normal form.
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
  if ((at >= 0 && local === '') || (slash >= 0 && resource === '')) return null;
  const bare = at < 0 ? domain : `${local}@${domain}`;
  return { local, domain, resource, bare, full: slash < 0 ? bare : `${bare}/${resource}` };
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

/** UsernameCaseMapped; the compatibility mapping goes as far as ejabberd's own (nodeprep, NFKC). */
function normalLocal(text: string): string | null {
  const normal =
    PLAIN.test(text) && !UPPER.test(text) ? text : text.normalize('NFKC').toLowerCase().normalize('NFKC');
  return FORBIDDEN_IN_LOCAL.test(normal) || CONTROL.test(normal) || tooLong(normal) ? null : normal;
}

function normalDomain(text: string): string | null {
  let normal = text.endsWith('.') ? text.slice(0, -1) : text;
  if (!PLAIN.test(normal)) normal = domainToUnicode(domainToASCII(normal));
  else if (UPPER.test(normal)) normal = normal.toLowerCase();
  return normal === '' || normal.includes('@') || CONTROL.test(normal) || tooLong(normal) ? null : normal;
}

/** OpaqueString: case stays, spaces become plain ones. */
function normalResource(text: string): string | null {
  const normal = PLAIN.test(text) ? text : text.replace(NON_ASCII_SPACE, ' ').normalize('NFC');
  return CONTROL.test(normal) || tooLong(normal) ? null : normal;
}

function tooLong(part: string): boolean {
  return part.length > LONGEST_PART / 3 && Buffer.byteLength(part) > LONGEST_PART;
}
