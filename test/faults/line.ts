import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import type { Element } from '@xmpp/component';
import { StreamParser } from '../../src/xmpp/parser.js';
import type { Random } from '../bench/random.js';
import { freePort } from '../free-port.js';

interface Joined {
  respool: Socket;
  server: Socket;
}

/** Pieces that a split chunk goes in have so many bytes at most. */
const LARGEST_PIECE = 90;

/** The TCP connection between respool and ejabberd, with somebody in it who cuts, stalls and splits. */
export class Line {
  /** Where respool connects to. */
  port = 0;
  /** Whether what the server sends goes on in small pieces, split anywhere. */
  splitting = false;
  readonly #target: { ip: string; port: number };
  readonly #random: Random;
  readonly #onStanza: (by: 'respool' | 'ejabberd', stanza: Element) => void;
  readonly #joined = new Set<Joined>();
  readonly #server = createServer({ noDelay: true }, socket => this.#accepted(socket));
  #stalled = false;

  /** @param onStanza is called with each stanza that respool sends or gets, at the moment it passes */
  constructor(
    target: { ip: string; port: number },
    random: Random,
    onStanza: (by: 'respool' | 'ejabberd', stanza: Element) => void,
  ) {
    this.#target = target;
    this.#random = random;
    this.#onStanza = onStanza;
  }

  async listen(): Promise<void> {
    this.port = await freePort();
    this.#server.listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** Breaks the connection; what is on its way is gone. @param rudely with a reset instead of an end */
  cut(rudely: boolean): void {
    for (const { respool, server } of this.#joined) {
      if (rudely) {
        respool.resetAndDestroy();
        server.resetAndDestroy();
      } else {
        respool.destroy();
        server.destroy();
      }
    }
  }

  /** Lets nothing through, either way, until it is told to again. */
  stall(stalled: boolean): void {
    this.#stalled = stalled;
    for (const { respool, server } of this.#joined) {
      for (const socket of [respool, server]) {
        if (stalled) socket.pause();
        else socket.resume();
      }
    }
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.cut(false);
    await closed;
  }

  #accepted(respool: Socket): void {
    const server = connect({ ...this.#target, host: this.#target.ip, noDelay: true });
    const joined = { respool, server };
    this.#joined.add(joined);
    const [sends, gets] = [this.#reader('respool'), this.#reader('ejabberd')];
    respool.on('data', bytes => {
      sends(bytes as Buffer);
      server.write(bytes);
    });
    server.on('data', bytes => {
      gets(bytes as Buffer);
      this.#pass(bytes as Buffer, respool);
    });
    for (const [one, other] of [
      [respool, server],
      [server, respool],
    ] as const) {
      one.on('error', () => one.destroy()); // resets are what this is for
      one.on('end', () => other.end());
      one.on('close', () => {
        other.destroy();
        this.#joined.delete(joined);
      });
      if (this.#stalled) one.pause();
    }
  }

  #pass(bytes: Buffer, to: Socket): void {
    if (!this.splitting) {
      to.write(bytes);
      return;
    }
    for (let at = 0; at < bytes.length; ) {
      const end = at + 1 + this.#random.below(LARGEST_PIECE);
      to.write(bytes.subarray(at, end));
      at = end;
    }
  }

  #reader(by: 'respool' | 'ejabberd'): (bytes: Buffer) => void {
    const decoder = new StringDecoder('utf8');
    const parser = new StreamParser();
    parser.on('element', stanza => this.#onStanza(by, stanza));
    return bytes => parser.write(decoder.write(bytes));
  }
}
