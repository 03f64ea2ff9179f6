import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/** SCRAM (RFC 5802) by the names of SASL, best first. Without channel binding. */
export const SCRAM_HASHES: ReadonlyMap<string, string> = new Map([
  ['SCRAM-SHA-512', 'sha512'],
  ['SCRAM-SHA-256', 'sha256'],
  ['SCRAM-SHA-1', 'sha1'],
]);

/** A server that asks for more rounds than this wants to keep us busy. */
const MOST_ROUNDS = 1_000_000;
const NO_CHANNEL_BINDING = 'n,,';

/** One authentication: `first`, then `answer` to the challenge, then `proves` of what the server says at its end. */
export class Scram {
  readonly first: string;
  readonly #bare: string;
  readonly #nonce: string;
  readonly #hash: string;
  readonly #password: string;
  #expected: Buffer = Buffer.alloc(0);

  constructor(hash: string, user: string, password: string, nonce = randomBytes(18).toString('base64')) {
    this.#hash = hash;
    this.#nonce = nonce;
    this.#password = password.normalize('NFKC');
    this.#bare = `n=${user.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${nonce}`;
    this.first = NO_CHANNEL_BINDING + this.#bare;
  }

  /** @returns the answer, or null where the challenge is none that this client may answer */
  async answer(challenge: string): Promise<string | null> {
    const { r: nonce, s: salt, i: rounds } = attributesOf(challenge);
    const count = Number(rounds);
    if (nonce === undefined || salt === undefined || !nonce.startsWith(this.#nonce)) return null;
    if (!Number.isInteger(count) || count < 1 || count > MOST_ROUNDS) return null;
    const length = createHash(this.#hash).digest().length;
    const salted = await promisify(pbkdf2)(
      this.#password,
      Buffer.from(salt, 'base64'),
      count,
      length,
      this.#hash,
    );
    const bare = `c=${Buffer.from(NO_CHANNEL_BINDING).toString('base64')},r=${nonce}`;
    const signed = `${this.#bare},${challenge},${bare}`;
    const key = this.#hmac(salted, 'Client Key');
    const signature = this.#hmac(createHash(this.#hash).update(key).digest(), signed);
    this.#expected = this.#hmac(this.#hmac(salted, 'Server Key'), signed);
    return `${bare},p=${Buffer.from(key.map((byte, at) => byte ^ (signature[at] ?? 0))).toString('base64')}`;
  }

  /** Does the server's last word prove that it knows the password too? */
  proves(last: string): boolean {
    const given = Buffer.from(attributesOf(last).v ?? '', 'base64');
    return (
      given.length > 0 && given.length === this.#expected.length && timingSafeEqual(given, this.#expected)
    );
  }

  #hmac(key: Buffer, text: string): Buffer {
    return createHmac(this.#hash, key).update(text).digest();
  }
}

function attributesOf(text: string): Record<string, string | undefined> {
  return Object.fromEntries(text.split(',').map(part => [part.slice(0, 1), part.slice(2)]));
}
