import type { SafeEmitter } from './safe-emitter.js';
import type { StreamEvents } from './stream-options.js';

/** What there is between respool and the server: one stream (XEP-0114), or one to each node of a cluster. */
export interface Wire extends SafeEmitter<StreamEvents> {
  readonly counts: { readonly attempts: number; handlerErrors: number };
  /** Whether send() has somebody to send to. */
  readonly online: boolean;
  /** What has been sent but is not yet in the kernel's hands, about in bytes (UTF-16 units). */
  readonly bufferedBytes: number;
  /** The descriptor of the stream, for a process that takes it over. null: it is offline, or cannot be handed over. */
  readonly fd: number | null;
  /** Connects, and connects again whenever it is lost. */
  start(): void;
  /** Resolves when it is closed; never rejects. */
  stop(): Promise<void>;
  /**
   * Sends stanzas.
   * @param text one or more whole stanzas, each with `from` and `to`
   * @returns false if it is not online: nothing was sent. True does not mean received.
   */
  send(text: string): boolean;
  /** Resolves true once the server has read what was sent so far; false where it has not, and will not. */
  confirm(): Promise<boolean>;
  /** Goes on with a stream that another process has opened and released. */
  adopt(fd: number): void;
  /** Lets go of the stream without a word to the server; false where that cannot be. */
  release(): Promise<boolean>;
}
