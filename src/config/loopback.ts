const LOOPBACK = /^(127\.|::1$|localhost$)/;

/** Is this host, as a name or an address, the machine itself, over its loopback interface? */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}
