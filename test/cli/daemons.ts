import { until } from '../wait.js';
import { FakeServer } from '../xmpp/fake-server.js';
import { Process, respool } from './process.js';
import { Workspace } from './workspace.js';

const PING =
  "<iq type='get' from='example.org' to='respool.example.org' id='p1'><ping xmlns='urn:xmpp:ping'/></iq>";

/** The copy of a message to romeo@example.org. */
export const copy = (id: string) =>
  "<message from='example.org' to='respool.example.org'><forwarded xmlns='urn:xmpp:forward:0'>" +
  `<message xmlns='jabber:client' from='juliet@example.org/balcony' to='romeo@example.org' type='chat' id='${id}'>` +
  '<body>hush</body></message></forwarded></message>';

/** A server, a config and a spool, and the processes of `respool run` that a test starts on them. */
export class Daemons {
  readonly work = new Workspace();
  readonly server = new FakeServer();
  readonly started: Process[] = [];

  /** @param more sections of the config */
  async open(more?: string): Promise<void> {
    await this.server.start();
    this.work.configure(this.server.port, more);
  }

  run(...args: string[]): Process {
    const started = new Process(['run', ...args, '-c', this.work.config]);
    this.started.push(started);
    return started;
  }

  /** Returns once it is connected. */
  async online(...args: string[]): Promise<Process> {
    const daemon = this.run(...args);
    await daemon.said(/connected to/);
    return daemon;
  }

  /** Waits until the component has read what was written before. */
  async read(): Promise<void> {
    const answer = this.server.element(element => element.attrs.id === 'p1');
    await this.server.write(PING);
    await answer;
  }

  /** Waits until this one is pending, for what was read is committed a moment later. Returns the ids of all. */
  async pending(last: string): Promise<string[]> {
    let ids: string[] = [];
    await until(`${last} is pending`, async () => {
      const { stdout } = await respool(['queue', 'list', '--json', '-c', this.work.config]);
      ids = JSON.parse(stdout).map(({ stanza_id }: { stanza_id: string }) => stanza_id);
      return ids.includes(last);
    });
    return ids;
  }

  async close(): Promise<void> {
    for (const { child } of this.started) child.kill('SIGTERM');
    await Promise.all(this.started.map(one => one.ended()));
    await this.server.stop();
    this.work.remove();
  }
}
