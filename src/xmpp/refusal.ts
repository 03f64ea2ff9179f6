import type { StreamError } from './stanza.js';
import { StreamFailure, type StreamOptions } from './stream-options.js';

/** @returns the failure where a stream error would only come again, with what an operator has to do; else undefined */
export function failureOf(
  { condition, said }: StreamError,
  wasOnline: boolean,
  options: StreamOptions,
): StreamFailure | undefined {
  const remedy = refusal(condition, wasOnline, options);
  return remedy === null ? undefined : new StreamFailure(condition, `${remedy} (the server says: ${said})`);
}

/** @returns what an operator has to do about a stream error that would only come again, or null for any other */
function refusal(condition: string, wasOnline: boolean, options: StreamOptions): string | null {
  const { domain, host, port } = options;
  const at = `${domain} on ${host}:${port}`;
  const listener = 'the ejabberd_service listener in ejabberd.yml';
  const advice = new Map(
    wasOnline
      ? [
          [
            'conflict',
            `another component took over the name ${at}: stop the other one, then start respool again`,
          ],
          [
            'invalid-from',
            `ejabberd lets ${at} send only in its own name: set check_from: false in ${listener}`,
          ],
        ]
      : [
          [
            'not-authorized',
            `ejabberd refused the secret for ${at}: make component.secret equal to the password of this domain ` +
              `under ${listener}; if the domain is not under its hosts, add it there`,
          ],
          [
            'conflict',
            `the name ${at} is taken, by a virtual host of ejabberd or by another component: set component.domain ` +
              `to a name of its own, for example respool.${domain}, and add it under hosts of ${listener}`,
          ],
          ['host-unknown', `the server does not know ${at}: add the domain under hosts of ${listener}`],
          [
            'invalid-namespace',
            `${host}:${port} is not for components: set component.port to that of ${listener}`,
          ],
          ['invalid-xml', `the server does not accept the name ${at}: correct component.domain`],
          ['improper-addressing', `the server does not accept the name ${at}: correct component.domain`],
        ],
  );
  return advice.get(condition) ?? null;
}
