import { after, before } from 'node:test';
import { Random } from '../../bench/random.js';
import { Line } from '../../faults/line.js';
import { RespoolProcess } from '../process.js';
import { type EjabberdOptions, SECRET, startEjabberd } from '../server.js';
import { Users } from '../users.js';

const [A, B] = ['respool.alpha.test', 'respool-b.alpha.test'] as const;

/** Two respools as processes, each with a spool of its own, on one server that sends both all copies. */
export class Pair extends Users {
  /** By the alphabet `b` is the first, and acts where the two stand alike. */
  a!: RespoolProcess;
  b!: RespoolProcess;
  /** The network of `a`. */
  line!: Line;
  async start(options: EjabberdOptions): Promise<void> {
    const modules = { mod_service_log: { loggers: [A, B] }, ...options.modules };
    this.server = await startEjabberd({ ...options, otherComponent: B, modules });
    const { ip, componentPort, otherPort } = this.server;
    this.line = new Line({ ip, port: componentPort }, new Random(1), () => undefined);
    await this.line.listen();
    this.a = this.#respool(A, { host: '127.0.0.1', port: this.line.port }, B);
    this.b = this.#respool(B, { host: ip, port: otherPort }, A);
  }

  /** Both are there; `a` acts. */
  async bothUp(): Promise<void> {
    await this.acts(this.a);
    await this.comes(this.b);
  }

  /** The one that says so last of itself; null: none does now. */
  get acting(): RespoolProcess | null {
    const both = [this.a, this.b];
    const saysSo = ({ said }: RespoolProcess) =>
      said.lastIndexOf('acts now') > said.lastIndexOf('watches now');
    return both.find(one => one.pid !== undefined && saysSo(one)) ?? null;
  }

  /** Starts one while the other one is not there. */
  async acts(respool: RespoolProcess): Promise<void> {
    respool.said = '';
    await respool.start();
    await respool.says(/this respool acts now/);
  }

  /** Starts one beside the other, and waits until it has what that has. */
  async comes(respool: RespoolProcess): Promise<void> {
    respool.said = '';
    await respool.start();
    await respool.says(/all that .+ has is here now/);
  }

  protected async detach(): Promise<void> {
    await this.a?.[Symbol.asyncDispose]();
    await this.b?.[Symbol.asyncDispose]();
    await this.line?.close();
  }

  #respool(domain: string, at: { host: string; port: number }, peer: string): RespoolProcess {
    const component = { ...at, domain, secret: SECRET };
    return new RespoolProcess(this.server, undefined, { sections: { component, standby: { peer } } });
  }
}

/** Two respools for the suite that is being described. */
export function pair(options: EjabberdOptions = {}): Pair {
  const both = new Pair();
  before(() => both.start(options));
  after(() => both.end());
  return both;
}
