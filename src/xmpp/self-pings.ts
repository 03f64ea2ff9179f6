import { randomUUID } from 'node:crypto';
import type { Element } from '@xmpp/component';
import { ping } from './stanza.js';

/** A ping whose echo has not come is sent again after so long, in ms: another component of the same name may have got it. */
const AGAIN = 2_000;

/**
 * Pings of the component to itself, which ejabberd routes back without any module (a ping of the vhost needs mod_ping).
 * It reads what it is sent in order: one that comes back shows that it has read all before it.
 */
export class SelfPings {
  readonly #domain: string;
  readonly #prefix = `ping-${randomUUID()}`;
  #count = 0;
  readonly #awaited = new Map<string, (read: boolean) => void>();

  constructor(domain: string) {
    this.#domain = domain;
  }

  /** A ping whose echo nobody awaits. */
  ping(): string {
    return ping(this.#domain, this.#domain, this.#prefix);
  }

  /** Sends a ping, and resolves true with its echo; false where the stream has ended before. */
  echo(send: (ping: string) => void): Promise<boolean> {
    const id = `${this.#prefix}-${++this.#count}`;
    const text = ping(this.#domain, this.#domain, id);
    return new Promise(resolve => {
      const again = setInterval(send, AGAIN, text).unref();
      this.#awaited.set(id, isRead => {
        clearInterval(again);
        resolve(isRead);
      });
      send(text);
    });
  }

  /** True where this is one of them that has come back, which is no stanza for anybody else. */
  take({ name, attrs: { id = '' } }: Element): boolean {
    if (name !== 'iq' || !id.startsWith(this.#prefix)) return false;
    this.#resolve(id, true);
    return true;
  }

  /** The stream has ended. */
  lost(): void {
    for (const id of [...this.#awaited.keys()]) this.#resolve(id, false);
  }

  #resolve(id: string, read: boolean): void {
    const resolve = this.#awaited.get(id);
    this.#awaited.delete(id);
    resolve?.(read);
  }
}
