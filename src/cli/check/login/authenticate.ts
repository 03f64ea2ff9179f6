import type { Element } from '@xmpp/component';
import { LoginError } from './login-error.js';
import { SCRAM_HASHES, Scram } from './scram.js';

const SASL = 'urn:ietf:params:xml:ns:xmpp-sasl';

type Ask = (stanza: string, fits: (element: Element) => boolean) => Promise<Element>;

/**
 * Logs in with SASL (RFC 6120, 6): by SCRAM where the server has it, else by PLAIN.
 * @param features of the stream @param ask sends, and waits for the first element that fits
 * @throws LoginError
 */
export async function authenticate(
  features: Element,
  user: string,
  password: string,
  ask: Ask,
): Promise<void> {
  const offered =
    features
      .getChild('mechanisms', SASL)
      ?.getChildren('mechanism')
      .map(one => one.getText()) ?? [];
  const [mechanism, hash] = [...SCRAM_HASHES].find(([name]) => offered.includes(name)) ?? [];
  if (mechanism !== undefined && hash !== undefined) {
    const scram = new Scram(hash, user, password);
    const challenge = await sasl(ask, 'auth', scram.first, mechanism);
    const answer = await scram.answer(textOf(challenge));
    if (answer === null)
      throw new LoginError('the server sent a SASL challenge that this check cannot answer');
    if (!scram.proves(textOf(await sasl(ask, 'response', answer)))) {
      throw new LoginError(
        'the server did not prove that it knows the password: it may not be the right server',
      );
    }
    return;
  }
  if (!offered.includes('PLAIN')) {
    throw new LoginError(`the server offers no way of login that is known here (${offered.join(', ')})`);
  }
  await sasl(ask, 'auth', `\0${user}\0${password}`, 'PLAIN');
}

async function sasl(ask: Ask, name: 'auth' | 'response', text: string, mechanism?: string): Promise<Element> {
  const attribute = mechanism === undefined ? '' : ` mechanism='${mechanism}'`;
  const encoded = Buffer.from(text).toString('base64');
  const answer = await ask(`<${name} xmlns='${SASL}'${attribute}>${encoded}</${name}>`, element =>
    ['challenge', 'success', 'failure'].includes(element.name),
  );
  if (answer.name !== 'failure') return answer;
  const condition = answer.getChildElements()[0]?.name ?? 'failure';
  throw new LoginError(`the server refused the login (${condition})`, 'see to the JID and the password');
}

function textOf(element: Element): string {
  return Buffer.from(element.getText(), 'base64').toString('utf8');
}
