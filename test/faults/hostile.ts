import { setTimeout as sleep } from 'node:timers/promises';
import { Stream } from '../../src/xmpp/stream.js';
import type { Random } from '../bench/random.js';
import { Client } from '../ejabberd/client.js';
import { type Ejabberd, SECRET } from '../ejabberd/server.js';
import { type Scene, SERVER, TRICKS, USER } from './tricks.js';

/** Tricks of one round, and the pause between two of them at most, in ms. */
const MOST_TRICKS = 25;
const PAUSE = 120;
/** He comes under one of so many resources. */
const RESOURCES = 30;

/** Somebody who does all that he can against the others: as a user of the vhost, and on another server. */
export class Hostile {
  /** How often each trick was played. */
  readonly played = new Map<string, number>();
  readonly #server: Ejabberd;
  readonly #rooms: readonly string[];
  readonly #stream: Stream;
  #client: Client | null = null;
  #isComing = false;
  readonly #tell: (what: string) => void;

  /** @param tell writes the history */
  constructor(server: Ejabberd, rooms: readonly string[], tell: (what: string) => void) {
    this.#tell = tell;
    this.#server = server;
    this.#rooms = rooms;
    this.#stream = new Stream({
      ...{ host: server.ip, port: server.otherPort, domain: SERVER, secret: SECRET },
    });
    this.#stream.start();
  }

  /** Plays tricks for a while. @param sceneFor whom and what he has before him at the moment */
  async rage(random: Random, sceneFor: (random: Random) => Scene): Promise<void> {
    for (let n = 0; n < MOST_TRICKS; n++) {
      const [pause, resource, leaves] = [random.below(PAUSE), random.below(RESOURCES), random.below(8) === 0];
      const scene = sceneFor(random);
      const [name, trick] = random.pick(Object.entries(TRICKS));
      const { as, texts } = trick(scene, random);
      await sleep(pause);
      if (leaves) this.#client?.reset();
      if (this.#client === null) void this.#come(resource);
      if (!this.#send(as, texts)) continue;
      this.#tell(`trick: ${name}`);
      this.played.set(name, (this.played.get(name) ?? 0) + 1);
    }
  }

  async close(): Promise<void> {
    this.#client?.reset();
    await this.#stream.stop();
  }

  #send(as: 'user' | 'server', texts: readonly string[]): boolean {
    if (as === 'server') return texts.every(text => this.#stream.send(text));
    for (const text of texts) this.#client?.send(text);
    return this.#client !== null;
  }

  async #come(resource: number): Promise<void> {
    if (this.#isComing) return;
    this.#isComing = true;
    try {
      const client = await Client.at(this.#server, `${USER}@${this.#server.host}/r${resource}`);
      client.once('closed', () => {
        this.#client = null;
      });
      this.#client = client;
      for (const room of this.#rooms) {
        client.send(
          `<presence to='${room}/${USER}'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>`,
        );
      }
    } catch {
      // the server is away: he tries again with the next trick
    } finally {
      this.#isComing = false;
    }
  }
}
