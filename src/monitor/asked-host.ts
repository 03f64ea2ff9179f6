import { isIP } from 'node:net';
import { isLoopback } from '../config/loopback.js';

/**
 * May it be answered under this name? On the loopback interface only under an address, or as localhost: a web site may
 * lead its own name there, and a browser would then let its scripts read what is served (DNS rebinding).
 * @param listen where it is served @param asked the header Host, such as `127.0.0.1:9280`
 */
export function mayAsk(listen: string, asked: string | undefined): boolean {
  if (!isLoopback(listen) || asked === undefined) return true;
  const name = asked.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  return isIP(name) !== 0 || name.toLowerCase() === 'localhost';
}
