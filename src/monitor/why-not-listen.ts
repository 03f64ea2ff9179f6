/** Why an address cannot be listened on, for people. */
export function whyNotListen({ code, message }: NodeJS.ErrnoException): string {
  const reasons: Record<string, string> = {
    EADDRINUSE: 'another program listens there',
    EACCES: 'this user may not listen there',
    EADDRNOTAVAIL: 'this machine has no such address',
    ENOTFOUND: 'this host name is unknown',
  };
  return reasons[code ?? ''] ?? message;
}
