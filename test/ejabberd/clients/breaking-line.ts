import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { freePort } from '../../free-port.js';

/** A way between clients and a server that breaks as mobile networks do. */
export class BreakingLine {
  /** Where clients connect to. */
  readonly port: number;
  readonly #target: { ip: string; c2sPort: number };
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer({ noDelay: true }, client => this.#accepted(client));

  private constructor(target: { ip: string; c2sPort: number }, port: number) {
    this.#target = target;
    this.port = port;
  }

  static async open(target: { ip: string; c2sPort: number }): Promise<BreakingLine> {
    const line = new BreakingLine(target, await freePort(target.ip));
    line.#server.listen(line.port, target.ip);
    await once(line.#server, 'listening');
    return line;
  }

  /** Lets nothing through any more, an end neither, on the connections that there are. */
  swallow(): void {
    for (const socket of this.#sockets) socket.pause();
  }

  /** Breaks the connections that there are, which both ends notice. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #accepted(client: Socket): void {
    const server = connect({ host: this.#target.ip, port: this.#target.c2sPort, noDelay: true });
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.on('data', bytes => to.writable && to.write(bytes));
      from.on('end', () => to.end());
      from.on('error', () => from.destroy()); // resets are what this is for
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }
}
