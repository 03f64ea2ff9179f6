import type { Directory } from '../presence/directory.js';
import type { SpoolPort } from '../spool/client.js';
import type { Jid } from '../xmpp/jid.js';
import type { Clock } from './clock.js';
import { Introductions } from './introductions.js';
import { Recall } from './recall.js';
import { Regain } from './regain.js';
import type { OnlineSessions } from './sessions.js';

export interface SearchSurroundings {
  clock: Clock;
  spool: SpoolPort;
  directory: Directory;
  /** Is told who is found. */
  sessions: OnlineSessions;
  settings: { readonly proofTimeout: number };
  ping(jid: Jid, number: number): void;
  /** Whether the operator wants no ping to it. */
  neverPing(jid: Jid): boolean;
  /** A device may have answered a ping of before respool was away. */
  answered(from: Jid, id: string): void;
}

/** Finds out who is there though nobody told: it asks the spool, and pings. */
export class Search {
  readonly recall: Recall;
  readonly regain: Regain;
  readonly introductions: Introductions;

  constructor({ sessions, answered, ...around }: SearchSurroundings) {
    const { spool } = around;
    this.recall = new Recall({
      ...around,
      recalled: (sleeper, askAt) => sessions.recalled(sleeper, askAt),
      answered,
    });
    this.regain = new Regain({
      ...around,
      found: (jid, device, askedAt, answers) => sessions.found(jid, device, askedAt, answers),
      gone: ({ bare: account, resource }) => spool.tell({ do: 'gone', account, resource }),
      heardOf: (account, priority) => sessions.soughtNoMore(account, priority),
      over: account => sessions.allFound(account),
    });
    this.introductions = new Introductions({
      ...around,
      // asked as those are that respool looks for when it comes back
      introduce: device => void this.regain.ask({ ...device, online: true }),
    });
  }

  /** The stream is there. */
  async begin(): Promise<void> {
    if (await this.recall.start()) await this.regain.start();
  }

  stop(): void {
    this.recall.stop();
    this.regain.stop();
    this.introductions.clear();
  }
}
