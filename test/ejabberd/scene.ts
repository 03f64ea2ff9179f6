import { after, before } from 'node:test';
import type { Config } from '../../src/config/config.js';
import { Respool } from './respool.js';
import { type EjabberdOptions, startEjabberd } from './server.js';
import { Users } from './users.js';

/** A server with respool attached for the tests of one suite, and clients that are gone when it ends. */
export class Scene extends Users {
  respool!: Respool;

  protected async detach(): Promise<void> {
    await this.respool?.[Symbol.asyncDispose]();
  }
}

/** Sets a scene for the suite that is being described. */
export function scene(options: EjabberdOptions = {}, changes?: (config: Config) => void): Scene {
  const set = new Scene();
  before(async () => {
    set.server = await startEjabberd(options);
    set.respool = await Respool.attached(set.server, changes);
  });
  after(() => set.end());
  return set;
}

/** The stamp of a message's delay in ms, and how many it has. */
export function delayOf(
  message:
    | { getChildren(name: string, xmlns?: string): { attrs: Record<string, string | undefined> }[] }
    | undefined,
): {
  stamps: number;
  at: number;
} {
  const delays = message?.getChildren('delay', 'urn:xmpp:delay') ?? [];
  return { stamps: delays.length, at: Date.parse(delays[0]?.attrs.stamp ?? '') };
}
