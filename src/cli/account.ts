import { parseJid } from '../xmpp/jid.js';
import { UsageError } from './usage.js';

/**
 * Reads the ACCOUNT of a command line.
 * @throws UsageError where it is none
 */
export function readAccount(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const jid = parseJid(text);
  if (jid === null || jid.local === '') {
    throw new UsageError(`"${text}" is no account; write it as user@example.org`);
  }
  if (jid.resource !== '') throw new UsageError(`write the account without its device: ${jid.bare}`);
  return jid.bare;
}

/** Reads the name of a device of a command line, in the form in which it is known. */
export function readResource(text: string): string {
  return parseJid(`example.org/${text}`)?.resource ?? text;
}
