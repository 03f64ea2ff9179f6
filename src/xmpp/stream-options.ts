import type { Element } from '@xmpp/component';
import { Backoff } from './backoff.js';
import type { StreamError } from './stanza.js';

/** What the stream attaches to, and its waits in milliseconds (the defaults are right outside of tests). */
export interface StreamOptions {
  host: string;
  port: number;
  domain: string;
  secret: string;
  backoff?: Backoff;
  /** for the TCP connection, and then again for header and handshake */
  connectTimeout?: number;
  /** after this long without a byte the server is pinged; after twice as long the connection is given up */
  keepAlive?: number;
  /** a stream that lasted this long starts the back-off afresh */
  steady?: number;
  /** how long stop() waits for the server to close its side */
  closeTimeout?: number;
  /** whether what was read waits to be worked off, so that less is to be read for a while */
  isBehind?: () => boolean;
  /** how long release() waits for a moment between two stanzas */
  releaseTimeout?: number;
}

export function withDefaults(options: StreamOptions): Required<StreamOptions> {
  const waits = { connectTimeout: 10_000, keepAlive: 20_000, steady: 10_000 };
  const ends = { closeTimeout: 2000, releaseTimeout: 10_000 };
  return { backoff: new Backoff(), isBehind: () => false, ...waits, ...ends, ...options };
}

/** What a Stream tells. */
export interface StreamEvents {
  /** the handshake is accepted */
  online: [];
  /** one more node of a cluster is there, by its host */
  node: [host: string];
  /** one of several nodes is not there, though others are: why */
  away: [reason: string];
  /**
   * the stream was lost or an attempt failed: why, in how many milliseconds the next attempt follows, and with which error
   * the server ended it, if with one
   */
  offline: [reason: string, retryIn: number, error: StreamError | null];
  /** a message, presence or iq */
  stanza: [element: Element];
  /** a stanza that was too deep or too big to be read: why */
  dropped: [reason: string];
  /** something in the stanza that comes next was left out: why */
  mended: [reason: string];
  /** all that was sent is in the kernel's hands; does not come for what a lost stream took with it (see offline) */
  drain: [];
  /** the stream ended for good; no attempt follows */
  fatal: [failure: StreamFailure];
  /** a listener of another event threw this; the stream goes on */
  handlerError: [error: unknown, event: string];
}

/** Trying again cannot help. The message says what happened, where, and what the operator can do. */
export class StreamFailure extends Error {
  override readonly name = 'StreamFailure';
  /** @param condition the stream error by its name in RFC 6120, section 4.9.3 */
  constructor(
    readonly condition: string,
    message: string,
  ) {
    super(message);
  }
}
