import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { found } from '../wait.js';

/** Reads datagrams as systemd does, says each as JSON, and lets go of the descriptor by which the sender waits. */
const SCRIPT = `
import json, os, socket, sys
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o777)
print('"bound"', flush=True)
while True:
    data, descriptors, _flags, _address = socket.recv_fds(server, 65536, 4)
    print(json.dumps(data.decode()), flush=True)
    for descriptor in descriptors:
        os.close(descriptor)
`;

/** A socket as systemd gives it to a service (NOTIFY_SOCKET), with what comes there. */
export class Datagrams {
  readonly folder = mkdtempSync(join(tmpdir(), 'respool-notify-'));
  readonly path = join(this.folder, 'notify');
  /** Each by its names; without those by which a sender waits. */
  readonly messages: Record<string, string>[] = [];
  #isBound = false;
  readonly #child: ChildProcess;

  constructor() {
    this.#child = spawn('python3', ['-c', SCRIPT, this.path], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    this.#child.stdout?.setEncoding('utf8').on('data', (more: string) => {
      const lines = (text + more).split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) this.#read(JSON.parse(line));
    });
  }

  static async open(): Promise<Datagrams> {
    const opened = new Datagrams();
    await opened.#until('it listens', () => opened.#isBound || undefined);
    return opened;
  }

  /** Waits until somebody has sent this. */
  heard(name: string, value?: RegExp): Promise<true> {
    const fits = (message: Record<string, string>) =>
      name in message && (value?.test(message[name] ?? '') ?? true);
    return this.#until(`${name} ${value ?? ''} is sent`, () => this.messages.some(fits) || undefined);
  }

  async close(): Promise<void> {
    this.#child.kill('SIGKILL');
    await once(this.#child, 'close');
    rmSync(this.folder, { recursive: true });
  }

  #until(what: string, look: () => true | undefined): Promise<true> {
    return found(what, this.#child.stdout as NodeJS.ReadableStream as never, 'data', look);
  }

  #read(datagram: string): void {
    if (datagram === 'bound') this.#isBound = true;
    else if (datagram !== 'BARRIER=1') {
      const pairs = datagram.trimEnd().split('\n');
      this.messages.push(
        Object.fromEntries(
          pairs.map(pair => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
        ),
      );
    }
  }
}
