import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';

/** So much is read at once, in bytes. */
const LARGEST_READ = 1 << 16;
/** In one turn of the event loop nothing more is read after so many ms. */
const MOST_OF_TURN = 5;
/** Nothing is read for so many ms after all that was there has been read, unless that was plenty (in bytes). */
const REST = 2;
const PLENTY = 48 << 10;
/** And for so many ms after each read while who reads is behind; so much is read even then. */
const LONG_REST = 20;

/** How long nothing is read after so many bytes, in ms; 0: it goes on in the next turn. */
export function restAfter(amount: number, isBehind: boolean): number {
  if (isBehind) return LONG_REST;
  return amount >= PLENTY ? 0 : REST;
}

/**
 * A socket that reads in lots: to be woken for each stanza costs more than to read it, so what comes in the two ms after
 * a read of little waits for the next. And in turns: Node would read on as long as there is something, for two
 * megabytes, before timers and other sockets have their turn. All is read into one block of memory.
 * @param read is given what came, each byte as one character (`latin1`)
 * @param isBehind says whether what was read waits to be worked off: then it is better kept by the network than here
 * @param fd of a connection that is open already
 */
export function readingSocket(
  read: (bytes: string) => void,
  isBehind: () => boolean = () => false,
  fd?: number,
): Socket {
  const buffer = Buffer.alloc(LARGEST_READ);
  let began: number | null = null;
  let amount = 0;
  const onread: OnReadOpts = {
    buffer,
    callback(length) {
      began ??= performance.now();
      amount += length;
      read(buffer.toString('latin1', 0, length));
      const behind = isBehind();
      if (length === LARGEST_READ && !behind && performance.now() - began < MOST_OF_TURN) return true;
      const rest = restAfter(amount, behind);
      if (rest === 0) setImmediate(() => socket.resume());
      else setTimeout(() => socket.resume(), rest);
      began = null;
      amount = 0;
      return false;
    },
  };
  // the types know of onread for connect() alone
  const options: SocketConstructorOpts & { onread: OnReadOpts } = { onread };
  if (fd !== undefined) Object.assign(options, { fd, readable: true, writable: true });
  const socket = new Socket(options);
  return socket;
}
