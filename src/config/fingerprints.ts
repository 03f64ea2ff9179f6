import { createHmac } from 'node:crypto';

/**
 * What each key says, so that two readings of a config can be compared without either being shown: secrets are in it.
 * @param salt of one comparison
 */
export function fingerprints(values: ReadonlyMap<string, unknown>, salt: string): Record<string, string> {
  const of = (value: unknown) =>
    createHmac('sha256', salt)
      .update(
        JSON.stringify(value, (_key, one) => (one instanceof Set ? [...one].sort() : one)) ?? 'undefined',
      )
      .digest('base64url');
  return Object.fromEntries([...values].map(([key, value]) => [key, of(value)]));
}
