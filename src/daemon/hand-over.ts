import type { Config } from '../config/config.js';
import type { Directory } from '../presence/directory.js';
import { systemClock } from '../replay/clock.js';
import type { Replay } from '../replay/replay.js';
import { Successor } from '../take-over/successor.js';
import type { Wire } from '../xmpp/wire.js';
import type { Part } from './part.js';
import { placeOf } from './settings.js';

/** respool waits so long for the proofs that are outstanding before it leaves, in ms. */
export const LAST_PROOFS = 1_500;

const SEVERAL = 'it is connected to several nodes of a cluster, and only one connection can be handed over';

export interface HandOverOptions {
  config: Config;
  stream: Wire;
  directory: Directory;
  replay: Pick<Replay, 'finish' | 'goOn'>;
  /** Why there is no stream to be handed over. */
  trouble(): string | null;
}

/** Gives the stream to another process, of another version mostly. */
export class HandOver implements Part {
  readonly #options: HandOverOptions;
  #isUnderWay = false;
  #isStopping = false;
  #succeed: (successor: Successor) => void = () => undefined;
  /** Resolves when another process has the stream. */
  readonly done = new Promise<Successor>(resolve => {
    this.#succeed = resolve;
  });

  constructor(options: HandOverOptions) {
    this.#options = options;
  }

  /** It is too late to go on where a hand-over fails now. */
  stop(): void {
    this.#isStopping = true;
  }

  /**
   * @param by Node, and the program of the new version
   * @throws Error where the new one cannot go on; this one does then
   */
  async handOver(by: { node: string; launcher: string }): Promise<{ pid: number }> {
    const { stream, directory, trouble } = this.#options;
    const { fd } = stream;
    if (this.#isUnderWay) throw new Error('another one is taking over already');
    if (fd === null) throw new Error(`${trouble() ?? SEVERAL}; restart respool instead`);
    this.#isUnderWay = true;
    const successor = await this.#release(by, fd);
    await successor.go(directory.list(systemClock.now()));
    setImmediate(() => this.#succeed(successor)); // the answer goes first: its socket ends with this daemon
    return { pid: successor.pid };
  }

  async #release(by: { node: string; launcher: string }, fd: number): Promise<Successor> {
    const { config, stream, replay } = this.#options;
    const attempt = stream.counts.attempts;
    let successor: Successor | undefined;
    try {
      // as the first process of a container this one would inherit it again, and would not notice its end
      const isOrphan = Boolean(process.env.NOTIFY_SOCKET) && process.pid !== 1;
      successor = await Successor.start({ ...by, file: config.file, fd, place: placeOf(config), isOrphan });
      await replay.finish(LAST_PROOFS); // so that little is to be repeated
      if (stream.counts.attempts !== attempt || !(await stream.release())) {
        throw new Error('the connection to ejabberd was lost or is too busy to be handed over; try again');
      }
      return successor;
    } catch (error) {
      successor?.abandon();
      this.#isUnderWay = false;
      if (!this.#isStopping) replay.goOn();
      throw error;
    }
  }
}
