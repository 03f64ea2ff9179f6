import type { Clock } from '../replay/clock.js';
import type { Quarantine } from '../replay/quarantine.js';
import { pingOf } from '../replay/stanza.js';
import type { SpoolPort } from '../spool/client.js';
import type { Taken } from '../spool/content.js';
import { Backoff } from '../xmpp/backoff.js';
import type { Jid } from '../xmpp/jid.js';
import { domainOf } from '../xmpp/jid.js';
import { retryOf } from './stanza.js';

/** What one domain's retries need of the rest. */
export interface Surroundings {
  clock: Clock;
  spool: SpoolPort;
  minWait: number;
  maxWait: number;
  /** Puts stanzas on the stream; false while there is none. */
  send(text: string): boolean;
  /** Puts messages there. */
  put: Quarantine['put'];
  /** An id for a ping that nobody can guess. */
  nextId(): string;
  /** Of these writers, one who is online; another one at the next attempt, where there are several. */
  voiceOf(senders: readonly string[], attempt: number): Jid | null;
  /** Nobody is online who could speak to this domain, or somebody is again. */
  voiceless(domain: string, is: boolean): void;
  /** It has taken these, sent again. */
  arrived(messages: readonly Taken[]): void;
  /** Nothing is kept for the domain any more. */
  done(domain: string): void;
  /** Its attempt has failed, and another domain that waits for its turn gets its place. Returns false where none does. */
  yields(domain: string): boolean;
  /** One line worth an operator's knowing. */
  note(line: string): void;
}

/** Messages sent before the next ping. */
const CHUNK = 50;
/** What is not answered for so long has failed, in ms: ejabberd tries to connect for a minute or two. */
const PROOF_TIMEOUT = 120_000;
/**
 * A ping is sent again after so long, in ms, and then after twice as long each time: what ejabberd is given at the
 * moment when it gives up a connection is lost without a word (seen on 23.01).
 */
const PING_AGAIN = 5_000;

type Which = 'any' | 'first';

/**
 * Retries to one domain, one attempt at a time: a ping in the name of a writer who is online, and only if the domain
 * answers it the messages, in chunks, each proved by the next ping.
 *
 * Why in a writer's name, seen on ejabberd 23.01: an answer to a vhost, a bare JID or a session that is gone is shown
 * to nobody; an answer to the component's own name is never given where that name is not in DNS, for the other server
 * cannot verify it (dialback). What a session gets is copied, an error of ejabberd's and an answer of the other server
 * alike, and a client passes over an answer to a request that it has not made: the writer sees nothing of failed
 * attempts. Ping and messages go over one connection, which keeps their order: an answered ping proves that the other
 * server has taken what was sent before it.
 */
export class RemoteDomain {
  readonly #domain: string;
  readonly #around: Surroundings;
  readonly #backoff: Backoff;
  #attempts = 0;
  /** The next attempt; null while one is under way. */
  #next: { at: number; cancel: () => void } | null = null;
  /** The pings under way, and of which an answer shows what is asked. */
  #ping: { ids: string[]; which: Which; resolve(reached: boolean): void } | null = null;
  /** Something came back while the spool was being asked whether there is anything. */
  #more = false;
  #ended = false;

  constructor(domain: string, around: Surroundings) {
    this.#domain = domain;
    this.#around = around;
    const { minWait, maxWait } = around;
    this.#backoff = new Backoff({ first: Math.min(2 * minWait, maxWait), least: minWait, most: maxWait });
    this.#wait(this.#backoff.next());
  }

  /** The domain, or ejabberd in its place, has answered a request of this id. */
  answered(id: string, reached: boolean): void {
    if (this.#ping?.ids.includes(id) !== true) return;
    const { ids, which, resolve } = this.#ping;
    resolve(reached && (which === 'any' || id === ids[0]));
  }

  /** A message to it has just come back. */
  bounced(unreachable: boolean): void {
    this.#more = true;
    if (unreachable) this.#ping?.resolve(false);
  }

  /** Something has come from it, so that it may be reached again. */
  heard(): void {
    this.#backoff.reset();
    const ms = this.#backoff.next();
    if (this.#next !== null && this.#around.clock.now() + ms < this.#next.at) this.#wait(ms);
  }

  /** A writer of what is kept for it has come online. */
  voiceFound(): void {
    if (this.#next !== null) this.#wait(0);
  }

  /** No more attempts, and none under way. */
  end(): void {
    this.#ended = true;
    this.#next?.cancel();
    this.#ping?.resolve(false);
  }

  #wait(ms: number): void {
    if (this.#ended) return;
    const { clock } = this.#around;
    this.#next?.cancel();
    const cancel = clock.after(ms, () => {
      this.#next = null;
      void this.#attempt();
    });
    this.#next = { at: clock.now() + ms, cancel };
  }

  async #attempt(): Promise<void> {
    const { spool, clock, voiceOf } = this.#around;
    this.#more = false;
    const due = await spool.ask({ ask: 'remote-due', domain: this.#domain, at: clock.date() });
    if (this.#ended) return;
    if (due === undefined) return this.#wait(this.#backoff.next()); // the spool has failed, and is tried again
    if (due.senders.length === 0) {
      if (due.nextAt !== null) return this.#wait(Math.max(due.nextAt - clock.date(), this.#around.minWait));
      return this.#more ? this.#wait(this.#backoff.next()) : this.#around.done(this.#domain);
    }
    const voice = voiceOf(due.senders, this.#attempts++);
    this.#around.voiceless(this.#domain, voice === null);
    // Without one nothing would be seen of a failure: it waits for one of them to come online.
    if (voice === null) return this.#waitOrYield();
    const sent = (await this.#answers(voice, 'any')) ? await this.#send(voice) : false;
    if (!sent) return this.#waitOrYield();
    this.#backoff.reset();
    this.#wait(this.#backoff.next());
  }

  #waitOrYield(): void {
    if (!this.#ended && !this.#around.yields(this.#domain)) this.#wait(this.#backoff.next());
  }

  /** Sends what is due until nothing is left. @returns false where it could not be proved */
  async #send(voice: Jid): Promise<boolean> {
    const { spool, clock, put } = this.#around;
    const domain = this.#domain;
    for (let count = 0; !this.#ended; ) {
      const at = clock.date();
      const messages = await spool.ask({ ask: 'remote-take', domain, limit: CHUNK, at });
      if (messages === undefined || this.#ended) break;
      if (messages.length === 0) {
        if (count > 0) this.#around.note(`${domain} can be reached again: ${count} messages sent`);
        return true;
      }
      if (!(await put(messages.map(message => retryOf(message, domainOf(message.from)))))) break;
      if (!(await this.#answers(voice, 'first'))) break;
      spool.tell({ do: 'remote-proved', domain, at: clock.date() });
      this.#around.arrived(messages);
      count += messages.length;
    }
    spool.tell({ do: 'remote-release', domain });
    return false;
  }

  /**
   * Pings the domain, a few times.
   * @param which ping has to be answered: `first`, where it is to prove what was sent right before it, for what is lost
   * with that one another does not prove; where a later one is answered, there is no more to wait for
   */
  #answers(voice: Jid, which: Which): Promise<boolean> {
    const { clock, nextId, send } = this.#around;
    return new Promise(resolve => {
      const ids: string[] = [];
      let pingNoMore = () => {};
      const finish = (reached: boolean) => {
        giveUpNoMore();
        pingNoMore();
        this.#ping = null;
        resolve(reached && !this.#ended);
      };
      const giveUpNoMore = clock.after(PROOF_TIMEOUT, () => finish(false));
      const ping = (wait: number) => {
        const id = nextId();
        ids.push(id);
        if (!send(pingOf(voice.full, this.#domain, id))) return finish(false);
        pingNoMore = clock.after(wait, () => ping(2 * wait));
      };
      this.#ping = { ids, which, resolve: finish };
      ping(PING_AGAIN);
    });
  }
}
