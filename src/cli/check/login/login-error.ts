/** A login or a request failed; the message says why, `remedy` what to do. */
export class LoginError extends Error {
  constructor(
    message: string,
    readonly remedy?: string,
  ) {
    super(message);
  }
}
