import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

/** What a process has taken since it began: time on all cores, in ms, and bytes that it had written to disk. */
export interface Used {
  cpu: number;
  written: number;
}

/** What a child process tells the benchmark. */
export type FromChild =
  | { is: 'counting' }
  | { is: 'counted' }
  | { is: 'ready' }
  | { is: 'memory'; rss: number }
  | ({ is: 'used' } & Used);
/** What the benchmark asks of a child process. */
export type ToChild = { do: 'count'; until: number } | { do: 'memory' } | { do: 'use' } | { do: 'stop' };

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const process of running) process.kill('SIGKILL');
});

/** A component in a process of its own: the daemon, or a bare one. */
export class Child {
  readonly #process: ChildProcess;
  /** Rejects when it ends. */
  readonly #ended: Promise<never>;

  /**
   * @param entry the file beside this one that it runs
   * @param settings passed as JSON
   */
  constructor(entry: string, settings: object) {
    const profiles = process.env.BENCH_PROFILE;
    const execArgv = profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`];
    const file = new URL(`./${entry}.js`, import.meta.url);
    this.#process = fork(file, [JSON.stringify(settings)], { execArgv });
    running.add(this.#process);
    this.#ended = once(this.#process, 'exit').then(() => {
      running.delete(this.#process);
      throw new Error('a process of the benchmark ended too early');
    });
    this.#ended.catch(() => undefined); // of interest only while it is to tell something
  }

  ask<Is extends FromChild['is']>(question: ToChild, is: Is): Promise<Extract<FromChild, { is: Is }>> {
    this.#process.send(question);
    return this.hear(is);
  }

  /** Waits for what it tells next. */
  async hear<Is extends FromChild['is']>(is: Is): Promise<Extract<FromChild, { is: Is }>> {
    const answered = new Promise<FromChild>(resolve => this.#process.once('message', resolve));
    const answer = await Promise.race([this.#ended, answered]);
    if (answer.is !== is) throw new Error(`expected ${is}, got ${answer.is}`);
    return answer as Extract<FromChild, { is: Is }>;
  }

  async memory(): Promise<number> {
    return (await this.ask({ do: 'memory' }, 'memory')).rss;
  }

  used(): Promise<Used> {
    return this.ask({ do: 'use' }, 'used');
  }

  /** Has it stand still, or go on: another's turn has come, or its own. */
  pause(paused: boolean): void {
    this.#process.kill(paused ? 'SIGSTOP' : 'SIGCONT');
  }

  async stop(): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.send({ do: 'stop' });
    const [code] = await ended;
    if (code !== 0) throw new Error(`a process of the benchmark ended with ${code}`);
  }
}

/** In the child: hears what the benchmark asks; what every child can answer is answered here. */
export function serve(stop: () => Promise<void>, other: (question: ToChild) => void = () => undefined): void {
  process.on('message', (question: ToChild) => {
    switch (question.do) {
      case 'memory':
        return tell({ is: 'memory', rss: process.memoryUsage.rss() });
      case 'use': {
        const { user, system } = process.cpuUsage();
        return tell({ is: 'used', cpu: (user + system) / 1000, written: written() });
      }
      case 'stop':
        void stop().then(() => process.disconnect());
        return;
      default:
        other(question);
    }
  });
}

/** In bytes, by proc_pid_io(5): what is written anew before it has reached the disk counts once. */
function written(): number {
  return Number(/^write_bytes: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
}

export function tell(message: FromChild): void {
  process.send?.(message);
}
