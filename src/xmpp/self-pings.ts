import { randomUUID } from 'node:crypto';
import type { Element } from '@xmpp/component';
import { ping } from './stanza.js';

/** A server that reads at all has read in this time, in ms; of two components with one name the other may get the echo. */
const PATIENCE = 10_000;

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

  /** @returns a ping, and what resolves true with its echo; false where the stream has ended before */
  awaited(): { ping: string; read: Promise<boolean> } {
    const id = `${this.#prefix}-${++this.#count}`;
    const read = new Promise<boolean>(resolve => {
      const giveUp = setTimeout(() => this.#resolve(id, true), PATIENCE).unref();
      this.#awaited.set(id, isRead => {
        clearTimeout(giveUp);
        resolve(isRead);
      });
    });
    return { ping: ping(this.#domain, this.#domain, id), read };
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
