import { request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';

/**
 * Calls a URL (GET) and cares for nothing but that it is answered. What the URL holds beside its host may be a secret:
 * no word of it is in what is returned.
 * @param timeout of the whole call, in ms
 * @returns why it failed, or null
 */
export function callUrl(
  url: URL,
  { timeout, signal }: { timeout: number; signal: AbortSignal },
): Promise<string | null> {
  const call = url.protocol === 'https:' ? overHttps : overHttp;
  return new Promise(resolve => {
    // its end may come more than once, and the first counts; agent: a connection of its own, which ends with it
    const request = call(url, { agent: false, headers: { 'user-agent': 'respool' } }, response => {
      const { statusCode = 0 } = response;
      finish(statusCode >= 200 && statusCode < 300 ? null : refusal(statusCode));
    });
    const finish = (why: string | null) => {
      clearTimeout(late);
      signal.removeEventListener('abort', cut);
      request.destroy();
      resolve(why);
    };
    const late = setTimeout(() => finish(`no answer within ${timeout / 1_000} s`), timeout);
    const cut = () => finish('it was cut short');
    signal.addEventListener('abort', cut, { once: true });
    request.on('error', (error: NodeJS.ErrnoException) => finish(reason(error)));
    request.end();
  });
}

function refusal(status: number): string {
  const elsewhere =
    status >= 300 && status < 400 ? ', which is a redirection: name the URL that it leads to' : '';
  return `it answers ${status}${elsewhere}`;
}

/** Of several addresses each has its own error. */
function reason({ message, code = '' }: NodeJS.ErrnoException): string {
  return message === '' ? code : message;
}
