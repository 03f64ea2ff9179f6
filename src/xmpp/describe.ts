/** @returns the message of an error; of several attempts (IPv4, IPv6) the first one's, as the sum of them has none */
export function describe(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return describe(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
